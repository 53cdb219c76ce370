"""Sending what waits, once, signed as Standard Webhooks says: https://www.standardwebhooks.com."""

import http.client
import random
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from foundation.audit.actions import action
from foundation.notices.rules import MAX_ATTEMPTS, retry_delay
from foundation.people.sealing import Purpose, unseal
from foundation.webhooks import sending
from foundation.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from foundation.webhooks.querysets import WebhookDeliveryQuerySet
from foundation.webhooks.rules import DeliveryAction, DeliveryState, next_state, secret_is_good
from foundation.webhooks.sending import Answer, MayNotConnect
from foundation.webhooks.services.waking import wake_sender_on_commit

if TYPE_CHECKING:
    from foundation.people.models import User

log = structlog.get_logger(__name__)


def claim_due(
    *,
    limit: int,
    now: datetime,
    among: WebhookDeliveryQuerySet | None = None,
    resting: Collection[int] = (),
) -> list[WebhookDelivery]:
    """Take up to `limit` due messages for sending; two senders never take the same one.

    `among` narrows what is looked at; endpoints whose numbers are in `resting` are left alone. A message whose
    senders died each time is given up after the last attempt.
    """
    messages = WebhookDelivery.objects.all() if among is None else among
    with transaction.atomic():
        due = (
            messages.due(now)
            .exclude(endpoint__in=resting)
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_attempt_at", "pk")
        )
        for worn_out in due.filter(attempts__gte=MAX_ATTEMPTS)[:limit]:
            worn_out.state = next_state(worn_out.state, DeliveryAction.FAIL)
            worn_out.leased_until = None
            worn_out.last_error = "Every attempt was cut short before anybody answered."
            worn_out.save(update_fields=["state", "leased_until", "last_error"])
        claimed = list(due.filter(attempts__lt=MAX_ATTEMPTS).select_related("endpoint")[:limit])
        for message in claimed:
            message.state = next_state(message.state, DeliveryAction.CLAIM)
            message.leased_until = now + settings.DELIVERY_LEASE
            message.attempts += 1
            message.save(update_fields=["state", "leased_until", "attempts"])
    return claimed


def deliver(*, message: WebhookDelivery, now: datetime) -> DeliveryState:
    """Send a claimed message and return the state it is in now; `now` is the time in its signature.

    The attempt is committed before anybody is called, so it must not run inside another transaction. Dying
    after the receiver took it leaves the message leased; the next sender uses the same `webhook-id`.
    """
    with transaction.atomic(durable=True):
        attempt = WebhookAttempt.objects.create(delivery=message, started_at=now)
    try:
        answer = sending.post(
            message.endpoint.url,
            message.body.encode(),
            signed_headers(message, now),
            private=settings.WEBHOOK_ALLOW_PRIVATE,
            loopback=settings.WEBHOOK_ALLOW_LOOPBACK,
        )
    except InvalidToken:
        problem = "The secret cannot be read: SECRET_KEY was changed. Give the endpoint a new secret."
        return _finish(message, attempt, DeliveryAction.FAIL, error=problem)
    except MayNotConnect as problem:
        return _failed(message, attempt, problem.message)
    except (OSError, http.client.HTTPException) as problem:
        # No such name, no connection, no trusted certificate, no answer in time, no HTTP.
        return _failed(message, attempt, f"{type(problem).__name__}: {problem}".removesuffix(": "))
    if answer.is_good:
        return _finish(message, attempt, DeliveryAction.DELIVER, error="", answer=answer)
    if answer.status == http.HTTPStatus.GONE:
        # Standard Webhooks: whoever answers so wants no more of these.
        return _finish(message, attempt, DeliveryAction.FAIL, error=str(answer), answer=answer)
    return _failed(message, attempt, str(answer), answer)


def put_off(*, message: WebhookDelivery, problem: Exception) -> DeliveryState:
    """Write that delivering a claimed message came upon something nobody thought of; return its state."""
    attempt = message.tries.filter(finished_at=None).first()
    if attempt is None:
        attempt = WebhookAttempt.objects.create(delivery=message, started_at=timezone.now())
    return _failed(message, attempt, f"Unexpected: {type(problem).__name__}: {problem}")


def signed_headers(message: WebhookDelivery, now: datetime) -> dict[str, str]:
    """Return the headers of the standard. Raises InvalidToken when the secret was sealed under an unknown key."""
    return {
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Webhook(unseal(secret, Purpose.WEBHOOKS)).sign(
                message.message_id, now.astimezone(UTC), message.body
            )
            for secret in _secrets(message.endpoint, now)
        ),
    }


@action("webhook.retry")
def retry_delivery(
    *,
    actor: "User",  # recorded by @action
    message: WebhookDelivery,
    now: datetime,
) -> WebhookDelivery:
    """Queue a failed message again with a fresh set of attempts. Raises DeliveryNotReady unless it failed."""
    locked = WebhookDelivery.objects.select_for_update().get(pk=message.pk)
    locked.state = next_state(locked.state, DeliveryAction.RETRY)
    locked.attempts = 0
    locked.next_attempt_at = now
    locked.last_error = ""
    locked.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
    wake_sender_on_commit()
    return locked


@action("webhook.cancel")
def cancel_delivery(
    *,
    actor: "User",  # recorded by @action
    message: WebhookDelivery,
) -> WebhookDelivery:
    """Keep a waiting message from being sent. Raises DeliveryNotReady unless it is waiting."""
    locked = WebhookDelivery.objects.select_for_update().get(pk=message.pk)
    locked.state = next_state(locked.state, DeliveryAction.CANCEL)
    locked.save(update_fields=["state"])
    return locked


def _secrets(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    old = [endpoint.previous_secret] if secret_is_good(endpoint.previous_secret_until, now) else []
    return [endpoint.secret, *old]


def _failed(
    message: WebhookDelivery, attempt: WebhookAttempt, error: str, answer: Answer | None = None
) -> DeliveryState:
    given_up = message.attempts >= MAX_ATTEMPTS
    log.warning("webhook not delivered", message=message.pk, attempt=message.attempts, given_up=given_up)
    step = DeliveryAction.FAIL if given_up else DeliveryAction.DEFER
    return _finish(message, attempt, step, error=error, answer=answer)


def _finish(
    message: WebhookDelivery,
    attempt: WebhookAttempt,
    step: DeliveryAction,
    *,
    error: str,
    answer: Answer | None = None,
) -> DeliveryState:
    """Write the outcome, unless the lease ran out and another sender has the message now."""
    finished = max(timezone.now(), attempt.started_at)
    with transaction.atomic():
        WebhookAttempt.objects.filter(pk=attempt.pk).update(
            finished_at=finished, error=error, status=answer.status if answer else None
        )
        locked = WebhookDelivery.objects.select_for_update().get(pk=message.pk)
        if locked.state != DeliveryState.SENDING or locked.leased_until != message.leased_until:
            return DeliveryState(locked.state)
        locked.state = next_state(locked.state, step)
        locked.leased_until = None
        locked.last_error = error
        fields = ["state", "leased_until", "last_error"]
        if step is DeliveryAction.DELIVER:
            locked.delivered_at = finished
            fields.append("delivered_at")
        elif step is DeliveryAction.DEFER:
            # Spreads load, guards nothing: a plain random number is enough.
            locked.next_attempt_at = finished + retry_delay(locked.attempts, random.random())  # noqa: S311
            fields.append("next_attempt_at")
        locked.save(update_fields=fields)
    return DeliveryState(locked.state)
