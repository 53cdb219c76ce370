"""Who may do something, in templates: `{% permitted "sponsors.approve_amendment" proposer as names %}`."""

from django import template

from foundation.people.models import User

register = template.Library()

_NAMED = 3


@register.simple_tag
def permitted(permission: str, but: User) -> str:
    """Return the names of the first colleagues who hold the permission, without one of them; nothing when nobody does."""
    others = User.objects.colleagues().with_permission(permission).exclude(pk=but.pk).order_by("name", "pk")
    names = [str(one) for one in others[: _NAMED + 1]]
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and others"
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
