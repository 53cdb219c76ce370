"""Housekeeping of sign-in."""

from celery import shared_task
from django.core.management import call_command


@shared_task(name="foundation.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have expired: nobody can use them, and they say who was here when."""
    call_command("clearsessions")
