"""Ends what is over, lets amendments take effect on their day, and renews what was agreed to renew by itself."""

from celery import shared_task

from foundation.books.selectors import local_today
from sponsors.commitments.services import apply_waiting_amendments, end_all_over, renew_automatically


@shared_task(name="sponsors.end_commitments")
def end_commitments() -> str:
    """End every signed commitment whose last day is past, by the foundation's calendar."""
    return f"{end_all_over(actor=None, today=local_today())} commitments ended"


@shared_task(name="sponsors.apply_amendments")
def apply_amendments() -> str:
    """Let approved amendments take effect whose day has come, by the foundation's calendar."""
    applied, refused = apply_waiting_amendments(actor=None, today=local_today())
    return f"{applied} amendments took effect, {refused} could not"


@shared_task(name="sponsors.renew_commitments")
def renew_commitments() -> str:
    """Renew commitments of which nobody gave notice in time, by the foundation's calendar."""
    renewed, refused = renew_automatically(actor=None, today=local_today())
    return f"{renewed} commitments renewed, {refused} could not be"
