"""How the state of a version looks in the pages of this slice."""

from django.utils.safestring import SafeString

from foundation.audit.badges import badge
from sponsors.agreements.rules import VersionState

_TONES = {
    VersionState.DRAFT: "default",
    VersionState.SENT: "info",
    VersionState.SIGNED: "success",
    VersionState.VOIDED: "warning",
}


def version_badge(state: str) -> SafeString:
    known = VersionState(state)
    return badge(str(known.label), _TONES[known])
