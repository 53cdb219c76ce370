"""What is done for gifts in kind by the clock."""

from celery import shared_task
from django.utils import timezone

from foundation.books.selectors import local_today
from sponsors.inkind.services.valuations import draft_months
from sponsors.inkind.services.watch import watch_services as watch
from sponsors.inkind.storage.partitions import make_partitions_ahead


@shared_task(name="sponsors.watch_services")
def watch_services() -> str:
    """Look at every complete day of services that was not looked at, and tell what is out of its range."""
    watched = watch(actor=None, now=timezone.now())
    return f"{watched.days} days looked at, {watched.found} anomalies found, {watched.closed} closed"


@shared_task(name="sponsors.draft_valuations")
def draft_valuations() -> str:
    """Draft the months whose use is complete, and adjustments of those whose use changed; tell Finance once."""
    return str(draft_months(actor=None, today=local_today()))


@shared_task(name="sponsors.make_usage_partitions")
def make_usage_partitions() -> str:
    """Make the partitions of this month's usage and that of the next three, so that no import has to."""
    return f"{len(make_partitions_ahead(today=timezone.now().date()))} partitions made"
