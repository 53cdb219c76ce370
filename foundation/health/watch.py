"""The web process's eye on the periodic jobs: the worker that should do them may be what died.

Each process of the web server looks every few minutes (`gunicorn.conf.py` starts the thread), one of them at a
time. What is to be told is written as rows like all mail, and sent from here, since the worker may not be there.
"""

import random
import threading
from datetime import datetime

import structlog
from django.db import connections
from django.utils import timezone

from foundation.health.locks import only_one
from foundation.health.services import BACK, SILENT, note_schedule, tell_of_jobs
from foundation.notices import tasks as mail
from foundation.notices.models import Notice
from foundation.notices.services import claim_due as claim_notices
from foundation.webhooks import tasks as webhooks
from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.rules import EventKind
from foundation.webhooks.services import claim_due as claim_messages

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 300.0
# A start is busy enough, and brings worker and beat up too.
FIRST_LOOK_AFTER_SECONDS = 60.0
_AT_ONCE = 50


class Watch(threading.Thread):
    """Looks again and again until it is told to stop. It never keeps a process from ending."""

    def __init__(self, *, every: float = LOOK_EVERY_SECONDS, first: float | None = None) -> None:
        super().__init__(name="watch-of-jobs", daemon=True)
        self._every = every
        # Processes that start together do not look together. Guards nothing: a plain random number is enough.
        self._first = random.uniform(FIRST_LOOK_AFTER_SECONDS, every) if first is None else first  # noqa: S311
        self._stopped = threading.Event()

    def run(self) -> None:
        wait = self._first
        while not self._stopped.wait(wait):
            try:
                look(timezone.now())
            except Exception as problem:  # noqa: BLE001  # the database may be away; the next look finds it back
                log.warning("jobs not looked at", problem=type(problem).__name__)
            finally:
                connections.close_all()
            wait = self._every

    def stop(self) -> None:
        self._stopped.set()


def look(now: datetime) -> int:
    """Tell what is to be told of the jobs, send it, and return how much was sent; 0 when another process is at it."""
    with only_one("watch of jobs") as first:
        if not first:
            return 0
        note_schedule(actor=None)
        tell_of_jobs(actor=None, now=now)
        return _send()


def _send() -> int:
    """Send our own mail and messages. A worker that is alive may be quicker: who claims one, sends it."""
    own = Notice.objects.filter(kind__in=[SILENT, BACK])
    notices = claim_notices(limit=_AT_ONCE, now=timezone.now(), among=own)
    for notice in notices:
        mail.send(notice)
    late = WebhookDelivery.objects.filter(kind=EventKind.JOB_LATE)
    messages = claim_messages(limit=_AT_ONCE, now=timezone.now(), among=late)
    for message in messages:
        webhooks.send(message)
    return len(notices) + len(messages)
