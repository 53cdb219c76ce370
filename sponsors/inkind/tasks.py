"""What is done for gifts in kind by the clock."""

from celery import shared_task
from django.utils import timezone

from sponsors.inkind.services.watch import watch_services as watch


@shared_task(name="sponsors.watch_services")
def watch_services() -> str:
    """Look at every complete day of services that was not looked at, and tell what is out of its range."""
    watched = watch(actor=None, now=timezone.now())
    return f"{watched.days} days looked at, {watched.found} anomalies found, {watched.closed} closed"
