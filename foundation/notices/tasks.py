"""Sends what waits. The rows are the memory; a message to this task only says: look now."""

import time

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.notices.services import claim_due, deliver

log = structlog.get_logger(__name__)

# One run ends well before a worker's time limit; the next one goes on where it stopped.
LONGEST_RUN_SECONDS = 240


@shared_task(name="foundation.deliver_notices")
def deliver_notices() -> int:
    """Send due notices one by one until none is left, and return how many were tried."""
    tried = 0
    started = time.monotonic()
    while time.monotonic() - started < LONGEST_RUN_SECONDS:
        claimed = claim_due(limit=1, now=timezone.now())
        if not claimed:
            break
        for notice in claimed:
            deliver(notice=notice, now=timezone.now())
            tried += 1
    return tried


def wake_sender() -> None:
    """Ask a worker to look now. Without a broker the beat finds the notice a minute later."""
    try:
        deliver_notices.apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as problem:
        log.warning("broker not reached, the beat will send the notice", problem=type(problem).__name__)
