"""Forgets what was remembered for callers."""

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from foundation.api.models import CallCount, IdempotencyRecord
from foundation.api.throttling import WINDOW_SECONDS

KEYS_ARE_KEPT = timedelta(hours=24)


@shared_task(name="foundation.forget_idempotency_keys")
def forget_idempotency_keys() -> str:
    """Delete answers older than a day and the counts of callers who are gone."""
    keys, _ = IdempotencyRecord.objects.older_than(timezone.now() - KEYS_ARE_KEPT).delete()
    CallCount.objects.before_window(int(time.time()) // WINDOW_SECONDS - 1).delete()
    return f"{keys} keys forgotten"
