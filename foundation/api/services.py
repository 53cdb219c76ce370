"""Making and revoking API tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from foundation.api import tokens
from foundation.api.models import ApiToken
from foundation.api.scopes import Scope
from foundation.audit.actions import action
from foundation.errors import RuleViolation
from foundation.notices.services import queue_notice
from foundation.people.models import User

LONGEST_NAME = 80
LONGEST_LIFE = timedelta(days=366)
_MANAGE = "foundation.manage_apitoken"


class TokenError(RuleViolation):
    """A token cannot be made or revoked like this."""

    code = "token_refused"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its text, which is known only now."""

    token: ApiToken
    secret: str

    def __repr__(self) -> str:
        return f"NewToken({self.token.prefix}…)"


@action("token.create")
def create_token(
    *,
    actor: User | None,
    owner: User,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    now: datetime,
) -> NewToken:
    """Make a token with the owner's permissions, within the scopes, until `expires_at`.

    A person makes tokens for themselves, an Administrator also for service accounts. `actor` is None
    for the command line, which may make one for anybody: whoever has the shell has everything.
    Raises TokenError.
    """
    name = name.strip()
    _check_may_make(actor, owner)
    if not owner.is_active:
        msg = "Tokens are made only for accounts that are open. Open the account again first."
        raise TokenError(msg, code="owner_inactive", field="owner")
    if not 1 <= len(name) <= LONGEST_NAME:
        msg = f"Name what will use the token, in at most {LONGEST_NAME} characters, such as website."
        raise TokenError(msg, code="name_invalid", field="name")
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown:
        msg = f"Unknown scope {unknown[0]}. Choose from {', '.join(Scope.values)}."
        raise TokenError(msg, code="scope_unknown", field="scopes")
    if not scopes:
        msg = "Choose at least one scope: a token without any can do nothing."
        raise TokenError(msg, code="scope_missing", field="scopes")
    if not now < expires_at <= now + LONGEST_LIFE:
        msg = "A token lasts at least a moment and at most 366 days. Choose an earlier day in the future."
        raise TokenError(msg, code="lifetime_invalid", field="expires_at")
    secret = tokens.generate()
    token = ApiToken.objects.create(
        user=owner,
        name=name,
        prefix=tokens.shown_prefix(secret),
        digest=tokens.digest(secret),
        scopes=[scope.value for scope in Scope if scope in scopes],
        created_by=actor or owner,
        expires_at=expires_at,
    )
    if actor != owner:
        _tell_owner(actor, token)
    return NewToken(token, secret)


@action("token.revoke")
def revoke_token(*, actor: User | None, token: ApiToken, now: datetime) -> ApiToken:
    """Make the token useless from now on. Revoking it again changes nothing."""
    locked = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    _check_may_revoke(actor, locked.user)
    if locked.revoked_at is None:
        locked.revoked_at = now
        locked.save(update_fields=["revoked_at"])
    return locked


def _tell_owner(actor: User | None, token: ApiToken) -> None:
    """Mail whoever the token acts for: nobody should learn from the history what was done as them.

    A service account reads no mail, so the person who answers for it is told.
    """
    owner = token.user
    who = actor or "Somebody with access to the server"
    until = f"within its scopes until {token.expires_at:%Y-%m-%d}"
    if not owner.is_service:
        subject, template = "An API token was made that acts for you", "account_changed"
        what = f"{who} made the API token “{token.name}”. It has your permissions {until}. You can revoke it."
    elif owner.answerable == actor:
        return
    else:
        subject, template = f"An API token was made for {owner.name}", "service_token_made"
        what = (
            f"{who} made the API token “{token.name}” for the service account {owner.name}, for which you "
            f"answer. It has that account's permissions {until}."
        )
    queue_notice(
        actor=actor,
        kind="token_made",
        key=f"token-made:{token.pk}",
        recipient=owner.mail_address,
        subject=subject,
        template=template,
        context={"what": what, "address": settings.BASE_URL + reverse("account_tokens")},
        about=token,
    )


def _check_may_make(actor: User | None, owner: User) -> None:
    if actor is None or actor == owner:
        return
    if not owner.is_service:
        msg = (
            "A token acts as its owner, so people make their own, on their page API tokens. "
            "Choose yourself or a service account."
        )
        raise TokenError(msg, code="not_your_token", field="owner")
    if not actor.has_perm(_MANAGE):
        msg = (
            "Only an Administrator makes tokens for service accounts. Ask one, or make a token for yourself."
        )
        raise TokenError(msg, code="not_your_token", field="owner")


def _check_may_revoke(actor: User | None, owner: User) -> None:
    if actor is not None and actor != owner and not actor.has_perm(_MANAGE):
        msg = "Only an Administrator revokes tokens of other people and services."
        raise TokenError(msg, code="not_your_token", field="owner")
