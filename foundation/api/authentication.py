"""Who is calling: `Authorization: Token …` or `Authorization: Bearer …`."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from foundation.api import tokens
from foundation.api.models import ApiToken
from foundation.audit.actions import identify
from foundation.people.backends import with_rights
from foundation.people.selectors import has_second_factor

if TYPE_CHECKING:
    from foundation.people.models import User

_SCHEMES = {b"token", b"bearer"}
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_KNOWN = ApiToken.objects.annotate(owner_has_factor=has_second_factor("user"))


class TokenAuthentication(BaseAuthentication):
    """Look the token up by its digest; a mistyped one is refused without asking the database."""

    def authenticate(self, request: Request) -> "tuple[User, ApiToken] | None":
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() not in _SCHEMES:
            return None
        if len(parts) != 2:  # noqa: PLR2004  # a scheme and a token
            raise AuthenticationFailed(
                "Send the token as: Authorization: Token bursar_…", code="token_malformed"
            )
        token = _usable_token(parts[1].decode("latin-1"), timezone.now())
        structlog.contextvars.bind_contextvars(actor=token.user_id, token=token.prefix)
        identify(actor=token.user, token=token.prefix)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  # REST framework's signature
        return 'Token realm="Bursar"'


def _usable_token(text: str, now: datetime) -> ApiToken:
    """Return the token when it may be used. Whoever holds a real one may know why it is refused."""
    if not tokens.is_well_formed(text):
        raise AuthenticationFailed(
            "This is not a token of Bursar: copy it again, whole.", code="token_malformed"
        )
    try:
        token = _KNOWN.get(digest=tokens.digest(text))
    except ApiToken.DoesNotExist:
        raise AuthenticationFailed("This token is not known.", code="token_unknown") from None
    if token.revoked_at is not None:
        raise AuthenticationFailed("This token was revoked. Make a new one.", code="token_revoked")
    if token.expires_at <= now:
        msg = f"This token expired on {token.expires_at:%Y-%m-%d}. Make a new one."
        raise AuthenticationFailed(msg, code="token_expired")
    owner = with_rights(token.user_id)  # whose permissions are asked for next
    if owner is None or not owner.is_active:
        raise AuthenticationFailed("The account that owns this token is closed.", code="owner_inactive")
    token.user = owner
    _note_use(token, now)
    return token


def _note_use(token: ApiToken, now: datetime) -> None:
    before = now - _USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < before:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=before), pk=token.pk).update(
            last_used_at=now
        )
