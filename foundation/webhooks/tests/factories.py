"""Endpoints and messages for tests."""

from itertools import count

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from foundation.webhooks.models import WebhookDelivery, WebhookEndpoint
from foundation.webhooks.rules import EventKind
from foundation.webhooks.services import NewSecret, add_endpoint, queue_event

_numbers = count(1)


def new_endpoint(
    url: str = "https://chat.example.org/hooks/abc", kinds: tuple[str, ...] = ("job.late",)
) -> NewSecret:
    number = next(_numbers)
    keeper = make_user(f"Hookkeeper{number}", Role.ADMINISTRATOR)
    return add_endpoint(actor=keeper, name=f"Chat {number}", url=url, kinds=kinds)


def endpoint(
    url: str = "https://chat.example.org/hooks/abc", kinds: tuple[str, ...] = ("job.late",)
) -> WebhookEndpoint:
    return new_endpoint(url, kinds).endpoint


def message(number: int = 1, to: WebhookEndpoint | None = None) -> WebhookDelivery:
    """Return a message that waits, to the given endpoint or the first there is; all that listen get one."""
    to = to or WebhookEndpoint.objects.order_by("pk").first() or endpoint()
    key = f"sponsors.job_{number}"
    text = f"Job {number} is late."
    queue_event(actor=None, kind=EventKind.JOB_LATE, key=key, text=text, data={"job": key})
    return WebhookDelivery.objects.get(endpoint=to, key=key)
