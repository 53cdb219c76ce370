"""Telling other programs what happened: endpoints, messages in the transaction they tell of, delivery."""

from foundation.webhooks.services.delivery import cancel_delivery, claim_due, deliver, put_off, retry_delivery
from foundation.webhooks.services.endpoints import (
    NewSecret,
    add_endpoint,
    change_endpoint,
    rotate_secret,
    switch_off,
    switch_on,
)
from foundation.webhooks.services.events import Event, anybody_listens, queue_event, queue_events, queue_test

__all__ = [
    "Event",
    "NewSecret",
    "add_endpoint",
    "anybody_listens",
    "cancel_delivery",
    "change_endpoint",
    "claim_due",
    "deliver",
    "put_off",
    "queue_event",
    "queue_events",
    "queue_test",
    "retry_delivery",
    "rotate_secret",
    "switch_off",
    "switch_on",
]
