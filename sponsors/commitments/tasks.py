"""Ends what is over."""

from celery import shared_task

from foundation.books.selectors import local_today
from sponsors.commitments.services import end_all_over


@shared_task(name="sponsors.end_commitments")
def end_commitments() -> str:
    """End every signed commitment whose last day is past, by the foundation's calendar."""
    return f"{end_all_over(actor=None, today=local_today())} commitments ended"
