"""Sends what waits. The rows are the memory; a message to this task only says: look now."""

import time

import structlog
from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.notices.models import Notice
from foundation.notices.services import claim_due, deliver, put_off

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
            send(notice)
            tried += 1
    return tried


def send(notice: Notice) -> None:
    """Deliver a claimed notice. One that breaks the program is put off, so that it does not hold up the others."""
    try:
        deliver(notice=notice, now=timezone.now())
    except DatabaseError:
        # Nothing can be written about it: the lease runs out, and it is tried again.
        raise
    except Exception as problem:  # noqa: BLE001  # whatever it is, it is this notice's alone
        log.error("notice not understood", notice=notice.pk, problem=type(problem).__name__)  # noqa: TRY400  # the text may hold an address
        put_off(notice=notice, problem=problem)


def wake_sender() -> None:
    """Ask a worker to look now. Without a broker the beat finds the notice a minute later."""
    try:
        deliver_notices.apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as problem:
        log.warning("broker not reached, the beat will send the notice", problem=type(problem).__name__)
