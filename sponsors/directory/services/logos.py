"""A sponsor's logos: checked by content, kept privately, replaced and removed."""

from foundation.audit.actions import action
from foundation.people.models import User
from foundation.uploads.images import check_picture
from foundation.uploads.storage import discard_on_commit, store
from sponsors.directory.models import Sponsor
from sponsors.directory.services.sponsors import lock_sponsor
from sponsors.directory.services.values import set_values, write


def _field(*, on_dark: bool) -> str:
    return "logo_on_dark" if on_dark else "logo"


@action("sponsor.set_logo")
def set_logo(*, actor: User, sponsor: Sponsor, content: bytes, on_dark: bool = False) -> Sponsor:
    """Keep the picture as the sponsor's logo, in place of the one before.

    Raises UploadRefused, saying what is wrong with the picture, and SponsorIsMerged.
    """
    field = _field(on_dark=on_dark)
    picture = check_picture(content, field=field)
    locked = lock_sponsor(sponsor)
    discard_on_commit(getattr(locked, field).name)
    write(locked, set_values(locked, {field: store(picture, folder="logos")}))
    return locked


@action("sponsor.remove_logo")
def remove_logo(*, actor: User, sponsor: Sponsor, on_dark: bool = False) -> Sponsor:
    """Remove the logo. Nothing happens when there is none."""
    field = _field(on_dark=on_dark)
    locked = lock_sponsor(sponsor)
    discard_on_commit(getattr(locked, field).name)
    write(locked, set_values(locked, {field: ""}))
    return locked
