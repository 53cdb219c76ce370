"""Who is told of what, and with which secret messages are signed."""

import base64
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.fernet import InvalidToken
from django.conf import settings

from foundation.audit.actions import action
from foundation.people.sealing import Purpose, seal, unseal
from foundation.webhooks.models import WebhookEndpoint
from foundation.webhooks.rules import BOTH_SECRETS, EndpointRefused, check_kinds, check_url
from foundation.webhooks.services.waking import wake_sender_on_commit

if TYPE_CHECKING:
    from foundation.people.models import User

_LONGEST_NAME = 80
_LONGEST_URL = 500
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and its secret, which is known only now."""

    endpoint: WebhookEndpoint
    secret: str

    def __repr__(self) -> str:
        return f"NewSecret({self.endpoint})"


@action("webhook.add")
def add_endpoint(*, actor: "User", name: str, url: str, kinds: Collection[str]) -> NewSecret:
    """Have messages of the kinds sent to the address from now on. Raises EndpointRefused."""
    secret = _new_secret()
    endpoint = WebhookEndpoint.objects.create(
        **_checked(name, url, kinds, other_than=None),
        created_by=actor,
        secret=seal(secret, Purpose.WEBHOOKS),
    )
    return NewSecret(endpoint, secret)


@action("webhook.change")
def change_endpoint(
    *,
    actor: "User",  # recorded by @action
    endpoint: WebhookEndpoint,
    name: str,
    url: str,
    kinds: Collection[str],
) -> WebhookEndpoint:
    """Change what an endpoint is called, where it is and what it is told. Raises EndpointRefused."""
    locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    checked = _checked(name, url, kinds, other_than=locked)
    for field, value in checked.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(checked))
    return locked


@action("webhook.rotate_secret")
def rotate_secret(
    *,
    actor: "User",  # recorded by @action
    endpoint: WebhookEndpoint,
    now: datetime,
) -> NewSecret:
    """Give the endpoint a new secret; for a day messages carry signatures by both.

    One that cannot be read any more, because SECRET_KEY was changed, is let go.
    """
    locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    secret = _new_secret()
    locked.previous_secret, locked.previous_secret_until = "", None
    with suppress(InvalidToken):
        unseal(locked.secret, Purpose.WEBHOOKS)
        locked.previous_secret, locked.previous_secret_until = locked.secret, now + BOTH_SECRETS
    locked.secret = seal(secret, Purpose.WEBHOOKS)
    locked.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    return NewSecret(locked, secret)


@action("webhook.switch_off")
def switch_off(
    *,
    actor: "User",  # recorded by @action
    endpoint: WebhookEndpoint,
) -> WebhookEndpoint:
    """Send nothing more there: what waits goes on waiting, and what happens meanwhile is not written."""
    return _switched(endpoint, is_active=False)


@action("webhook.switch_on")
def switch_on(
    *,
    actor: "User",  # recorded by @action
    endpoint: WebhookEndpoint,
) -> WebhookEndpoint:
    """Send there again, beginning with what waits."""
    switched = _switched(endpoint, is_active=True)
    wake_sender_on_commit()
    return switched


def _switched(endpoint: WebhookEndpoint, *, is_active: bool) -> WebhookEndpoint:
    locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    locked.is_active = is_active
    locked.save(update_fields=["is_active"])
    return locked


def _checked(
    name: str, url: str, kinds: Collection[str], *, other_than: WebhookEndpoint | None
) -> dict[str, object]:
    """Return the fields as they are kept. Raises EndpointRefused."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= _LONGEST_NAME:
        msg = f"Name who takes the messages, in at most {_LONGEST_NAME} characters."
        raise EndpointRefused(msg, field="name")
    others = WebhookEndpoint.objects.filter(name=name)
    if (others.exclude(pk=other_than.pk) if other_than else others).exists():
        raise EndpointRefused("Another endpoint has this name. Choose another name.", field="name")
    if len(url) > _LONGEST_URL:
        raise EndpointRefused(
            f"The address is longer than {_LONGEST_URL} characters. Give a shorter one.", field="url"
        )
    return {
        "name": name,
        "url": check_url(url, loopback=settings.WEBHOOK_ALLOW_LOOPBACK),
        "kinds": check_kinds(kinds),
    }


def _new_secret() -> str:
    """Return a secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
