"""Invitations, and who may change whose access. Pure: no models, no HTTP."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from foundation.errors import Conflict, RuleViolation

INVITATION_VALID = timedelta(days=7)


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


def new_invitation_token() -> str:
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
