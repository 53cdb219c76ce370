"""How standings and roles look in templates."""

from django import template

from sponsors.commitments import cells
from sponsors.directory.models import Contact

register = template.Library()
register.filter("standing_badge", cells.standing_badge)


@register.filter
def role_names(contact: Contact) -> str:
    return ", ".join(str(Contact.Role(role).label) for role in contact.roles)
