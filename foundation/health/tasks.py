"""The heartbeat: proof that beat, broker and worker work together."""

from celery import shared_task


@shared_task(name="foundation.heartbeat")
def heartbeat() -> None:
    """Do nothing; that it ran is recorded like the run of every periodic job."""
