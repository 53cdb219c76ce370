"""The heartbeat: proof that beat, broker and worker work together."""

from celery import shared_task

from foundation.health.services import note_schedule


@shared_task(name="foundation.heartbeat")
def heartbeat() -> None:
    """Note jobs that are new in the schedule; that it ran is recorded like the run of every periodic job."""
    note_schedule(actor=None)
