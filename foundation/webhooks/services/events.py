"""Writing what is to be told, in the transaction of what it tells of."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from foundation.audit.actions import action
from foundation.webhooks.models import WebhookDelivery, WebhookEndpoint
from foundation.webhooks.rules import TEST_EVENT, EventKind
from foundation.webhooks.services.waking import wake_sender_on_commit

if TYPE_CHECKING:
    from foundation.people.models import User

_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    `key` says of what and which time: a second event of the same kind and key is not told again. `text` is
    one sentence that a chat shows as it is; `data` holds what a program reads: text, numbers, dates, amounts
    (as text), lists and mappings of them.
    """

    kind: EventKind
    key: str
    text: str
    data: Mapping[str, Any]


def anybody_listens(kind: EventKind) -> bool:
    """Whether it is worth gathering what a message would say."""
    return WebhookEndpoint.objects.listening_to(kind.value).exists()


def queue_event(
    *, actor: "User | None", kind: EventKind, key: str, text: str, data: Mapping[str, Any]
) -> int:
    """Write the message to every endpoint that listens, in the caller's transaction, and return how many listen.

    It leaves after that commits. One query when nobody listens. See `Event` for what each part holds.
    """
    return queue_events(actor=actor, events=[Event(kind=kind, key=key, text=text, data=data)])


@action("webhook.queue")
def queue_events(
    *,
    actor: "User | None",  # recorded by @action
    events: Iterable[Event],
) -> int:
    """Do as `queue_event` for many, with as many queries as for one."""
    told = list(events)
    kinds = sorted({event.kind.value for event in told})
    listening = list(WebhookEndpoint.objects.listening_to(*kinds)) if kinds else []
    messages = [
        _message(endpoint, event.kind.value, event.key, event.text, event.data)
        for event in told
        for endpoint in listening
        if event.kind.value in endpoint.kinds
    ]
    if messages:
        # Whoever writes the same at the same moment is waited for by the unique index, and one of both stays.
        WebhookDelivery.objects.bulk_create(messages, ignore_conflicts=True, batch_size=1000)
        wake_sender_on_commit()
    return len(messages)


@action("webhook.test")
def queue_test(
    *,
    actor: "User",
    endpoint: WebhookEndpoint,
) -> WebhookDelivery:
    """Write a message that only says that messages arrive; each call writes another one."""
    text = f"Messages of Bursar arrive here. {actor} asked for this one."
    message = _message(endpoint, TEST_EVENT, secrets.token_hex(8), text, {"endpoint": endpoint.name})
    message.save()
    wake_sender_on_commit()
    return message


def _message(
    endpoint: WebhookEndpoint, kind: str, key: str, text: str, data: Mapping[str, Any]
) -> WebhookDelivery:
    text = " ".join(text.split())[:_LONGEST_TEXT]
    content = {"type": kind, "timestamp": timezone.now(), "text": text, "data": data}
    return WebhookDelivery(
        endpoint=endpoint,
        kind=kind,
        key=key,
        message_id=f"msg_{secrets.token_hex(16)}",
        text=text,
        # Kept as it is sent: what is signed are its bytes.
        body=json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")),
    )
