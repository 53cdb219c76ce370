"""What is done for renewals by the clock."""

from celery import shared_task

from foundation.books.selectors import local_today
from foundation.health.jobs import LeftToAnother
from foundation.health.locks import only_one
from sponsors.renewals.services.nightly import run_night
from sponsors.renewals.services.sweeping import follow_up

ELSEWHERE = LeftToAnother("another run is at it: left alone")


@shared_task(name="sponsors.sweep_renewals")
def sweep_renewals() -> str:
    """Assess what ends, remind of payments and ends, and write everybody's digest; one machine alone."""
    with only_one("renewals") as got:
        if not got:
            return ELSEWHERE
        return str(run_night(actor=None, today=local_today()))


@shared_task(name="sponsors.follow_up_renewals")
def follow_up_renewals() -> str:
    """Close the reminders of what was renewed, declined or terminated since the last look."""
    with only_one("follow up renewals") as got:
        if not got:
            return ELSEWHERE
        return f"{follow_up(actor=None, today=local_today())} reminders closed"
