"""Invitations as the person who holds a link asks for them, and who has a second factor."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef

from foundation.people.models import Invitation
from foundation.people.querysets import InvitationQuerySet
from foundation.people.rules import SECOND_FACTORS, InvitationClosed, require_open, token_digest


def open_invitation(invitations: InvitationQuerySet, *, token: str, now: datetime) -> Invitation:
    """Return the open invitation of the link's token. Raises InvitationClosed with the reason."""
    invitation = invitations.filter(token_digest=token_digest(token)).first()
    if invitation is None:
        raise InvitationClosed("This link is not an invitation. Copy the whole address from the mail.")
    require_open(invitation.state(now))
    return invitation


def has_second_factor(user: str = "pk") -> Exists:
    """Return the condition that the user named by the column has one, for `annotate`."""
    return Exists(Authenticator.objects.filter(user=OuterRef(user), type__in=SECOND_FACTORS))
