"""Sends messages that wait. The rows are the memory; a call of this task only says: look now."""

import time

import structlog
from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.rules import DeliveryState
from foundation.webhooks.services import claim_due, deliver, put_off

log = structlog.get_logger(__name__)

# One run ends well before a worker's time limit; the next one goes on where it stopped.
LONGEST_RUN_SECONDS = 240


@shared_task(name="foundation.deliver_webhooks")
def deliver_webhooks() -> int:
    """Send due messages one by one until none is left, and return how many were tried.

    An endpoint that did not take one is left alone for the rest of the run, so that the others need not
    wait for its time-outs.
    """
    tried = 0
    resting: set[int] = set()
    started = time.monotonic()
    while time.monotonic() - started < LONGEST_RUN_SECONDS:
        claimed = claim_due(limit=1, now=timezone.now(), resting=resting)
        if not claimed:
            break
        for message in claimed:
            if send(message) is not DeliveryState.DELIVERED:
                resting.add(message.endpoint_id)
            tried += 1
    return tried


def send(message: WebhookDelivery) -> DeliveryState:
    """Deliver a claimed message. One that breaks the program is put off, so that it does not hold up the others."""
    try:
        return deliver(message=message, now=timezone.now())
    except DatabaseError:
        # Nothing can be written about it: the lease runs out, and it is tried again.
        raise
    except Exception as problem:  # noqa: BLE001  # whatever it is, it is this message's alone
        log.error("webhook not understood", message=message.pk, problem=type(problem).__name__)  # noqa: TRY400  # the text may hold what is secret
        return put_off(message=message, problem=problem)


def wake_sender() -> None:
    """Ask a worker to look now. Without a broker the beat finds the message a minute later."""
    try:
        deliver_webhooks.apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as problem:
        log.warning("broker not reached, the beat will send the message", problem=type(problem).__name__)
