"""Invitations, and who may change whose access. Pure: no models, no HTTP."""

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from foundation.errors import Conflict, RuleViolation

INVITATION_VALID = timedelta(days=7)
# Recovery codes stand in for a lost factor; alone they are none.
SECOND_FACTORS = ("totp", "webauthn")
# Nothing is ever delivered to a name under .invalid (RFC 2606).
_SERVICE_DOMAIN = "service.invalid"
_LONGEST_SERVICE_NAME = 60


class InvitationState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class InvitationClosed(Conflict):
    """The invitation was used, taken back, has run out, or never was."""

    code = "invitation_closed"


class AlreadyInvited(Conflict):
    code = "already_invited"


class AlreadyAMember(Conflict):
    code = "already_a_member"


class NotOneself(RuleViolation):
    """A change of access that somebody else must make."""

    code = "not_oneself"


class LastAdministrator(Conflict):
    code = "last_administrator"


class NoSuchAccessChange(Conflict):
    """The account is in that state already."""

    code = "nothing_to_change"


class AnswersForServices(Conflict):
    """Somebody else must answer for the person's service accounts first."""

    code = "answers_for_services"


class NotForServices(RuleViolation):
    """What is asked needs a person, or needs a service account."""

    code = "not_for_services"


class InputNotAccepted(RuleViolation):
    """An address, name, role or password that cannot be taken."""

    code = "invalid"


_CLOSED = {
    InvitationState.ACCEPTED: "This invitation was used already. Sign in with the password chosen then.",
    InvitationState.REVOKED: "This invitation was taken back. Ask the colleague who sent it for a new one.",
    InvitationState.EXPIRED: "This invitation has run out. Ask the colleague who sent it for a new one.",
}


def invitation_state(
    *,
    accepted_at: datetime | None,
    revoked_at: datetime | None,
    expires_at: datetime,
    now: datetime,
) -> InvitationState:
    if accepted_at:
        return InvitationState.ACCEPTED
    if revoked_at:
        return InvitationState.REVOKED
    return InvitationState.OPEN if now < expires_at else InvitationState.EXPIRED


def require_open(state: InvitationState) -> None:
    """Raise InvitationClosed with the sentence for the person who holds the link."""
    if state is not InvitationState.OPEN:
        raise InvitationClosed(_CLOSED[state])


def service_address(name: str) -> str:
    """Return what a service account is called where people give an email address. Raises InputNotAccepted."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:_LONGEST_SERVICE_NAME].strip("-")
    if not words:
        raise InputNotAccepted("Name the service with letters or digits, such as Website.", field="name")
    return f"{words}@{_SERVICE_DOMAIN}"


def new_invitation_token() -> str:
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
