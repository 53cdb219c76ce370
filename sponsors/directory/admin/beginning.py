"""What begins on the page of a sponsor, and leads back to it once it is saved."""

from django.http import HttpRequest, HttpResponseRedirect

from foundation.audit.admin import BursarAdmin
from sponsors.directory.models import Contact, Interaction


def back_to_sponsor(
    page: BursarAdmin, request: HttpRequest, saved: Contact | Interaction
) -> HttpResponseRedirect | None:
    """Return the way back to the sponsor whose page led to the form, or None when the form was opened by itself."""
    if request.GET.get("sponsor") != str(saved.sponsor_id):
        return None
    return HttpResponseRedirect(page.url_of(saved.sponsor))
