"""Invitations as the person who holds a link asks for them."""

from datetime import datetime

from foundation.people.models import Invitation
from foundation.people.querysets import InvitationQuerySet
from foundation.people.rules import InvitationClosed, require_open, token_digest


def open_invitation(invitations: InvitationQuerySet, *, token: str, now: datetime) -> Invitation:
    """Return the open invitation of the link's token. Raises InvitationClosed with the reason."""
    invitation = invitations.filter(token_digest=token_digest(token)).first()
    if invitation is None:
        raise InvitationClosed("This link is not an invitation. Copy the whole address from the mail.")
    require_open(invitation.state(now))
    return invitation
