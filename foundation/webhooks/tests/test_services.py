"""Endpoints and the writing of messages."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.people.sealing import Purpose, unseal
from foundation.webhooks.models import WebhookDelivery, WebhookEndpoint
from foundation.webhooks.rules import DeliveryNotReady, DeliveryState, EndpointRefused, EventKind
from foundation.webhooks.services import (
    Event,
    add_endpoint,
    anybody_listens,
    cancel_delivery,
    change_endpoint,
    queue_event,
    queue_events,
    queue_test,
    retry_delivery,
    rotate_secret,
    switch_off,
    switch_on,
)
from foundation.webhooks.tests.factories import endpoint, message, new_endpoint

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def tell(kind=EventKind.JOB_LATE, key="sponsors.sweep:1", **data):
    return queue_event(actor=None, kind=kind, key=key, text="It is\nlate.", data=data)


def test_a_secret_is_of_the_standard_shown_once_and_sealed():
    made = new_endpoint()
    kept = WebhookEndpoint.objects.get()
    assert made.secret.startswith("whsec_")
    assert made.secret not in kept.secret
    assert made.secret not in repr(made)
    assert unseal(kept.secret, Purpose.WEBHOOKS) == made.secret
    with pytest.raises(InvalidToken):
        unseal(kept.secret)  # under the keys of something else


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"url": "http://chat.example.org"}, "url"),
        ({"url": "https://chat.example.org/" + "x" * 500}, "url"),
        ({"kinds": []}, "kinds"),
    ],
)
def test_what_an_endpoint_cannot_be_is_refused_at_its_field(administrator, changes, field):
    good: dict[str, Any] = {"name": "Chat", "url": "https://chat.example.org/x", "kinds": ["job.late"]}
    with pytest.raises(EndpointRefused) as refused:
        add_endpoint(actor=administrator, **(good | changes))
    assert refused.value.field == field
    kept = add_endpoint(actor=administrator, **good).endpoint
    with pytest.raises(EndpointRefused):
        change_endpoint(actor=administrator, endpoint=kept, **(good | changes))


def test_two_endpoints_have_two_names_and_one_may_keep_its_own(administrator):
    first, second = endpoint(), endpoint()
    with pytest.raises(EndpointRefused, match="Another endpoint has this name"):
        change_endpoint(
            actor=administrator, endpoint=second, name=first.name, url=first.url, kinds=first.kinds
        )
    changed = change_endpoint(
        actor=administrator, endpoint=first, name=first.name, url="https://new.example.org", kinds=first.kinds
    )
    assert changed.host == "new.example.org"


def test_an_event_is_written_once_to_each_that_listens(woken, django_capture_on_commit_callbacks):
    first, second = endpoint(), endpoint(kinds=("job.late", "renewal.closed"))
    endpoint(kinds=("renewal.closed",))
    switch_off(actor=first.created_by, endpoint=endpoint())
    with django_capture_on_commit_callbacks(execute=True):
        assert tell(amount=Decimal("1800000.00"), ends_on=date(2029, 7, 1), names=["Ä"]) == 2
    assert woken == ["woken"]
    assert tell() == 2
    told = WebhookDelivery.objects.order_by("endpoint")
    assert [row.endpoint for row in told] == [first, second]
    assert len({row.message_id for row in told}) == 2
    content = json.loads(told[0].body)
    assert content["type"] == "job.late"
    assert content["text"] == told[0].text == "It is late."
    assert content["data"] == {"amount": "1800000.00", "ends_on": "2029-07-01", "names": ["Ä"]}
    assert content["timestamp"].endswith("Z")
    assert tell(key="sponsors.sweep:2") == 2
    assert WebhookDelivery.objects.count() == 4


def test_an_event_is_gone_with_the_transaction_that_it_tells_of():
    endpoint()
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_nobody_listening_costs_one_query_and_many_events_no_more_than_one():
    with CaptureQueriesContext(connection) as queries:
        assert tell() == 0
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 1
    assert queue_events(actor=None, events=[]) == 0
    endpoint()

    def cost(numbers):
        events = [
            Event(kind=EventKind.JOB_LATE, key=f"job:{number}", text="Late.", data={}) for number in numbers
        ]
        with CaptureQueriesContext(connection) as queries:
            assert queue_events(actor=None, events=events) == len(events)
        return len(queries)

    assert cost(range(1)) == cost(range(10, 110))


def test_whether_anybody_listens_is_known_beforehand():
    heard = endpoint()
    assert anybody_listens(EventKind.JOB_LATE)
    assert not anybody_listens(EventKind.CASE_MOVED)
    switch_off(actor=heard.created_by, endpoint=heard)
    assert not anybody_listens(EventKind.JOB_LATE)


def test_a_test_goes_to_one_endpoint_as_often_as_asked(administrator):
    asked, _other = endpoint(), endpoint()
    queue_test(actor=administrator, endpoint=asked)
    queue_test(actor=administrator, endpoint=asked)
    assert [row.endpoint for row in WebhookDelivery.objects.all()] == [asked, asked]
    assert WebhookDelivery.objects.filter(text__contains="Ada Administrator asked").count() == 2


def test_a_rotation_keeps_the_secret_before_for_a_day(administrator):
    made = new_endpoint()
    rotated = rotate_secret(actor=administrator, endpoint=made.endpoint, now=NOW)
    kept = WebhookEndpoint.objects.get()
    assert rotated.secret != made.secret
    assert unseal(kept.secret, Purpose.WEBHOOKS) == rotated.secret
    assert unseal(kept.previous_secret, Purpose.WEBHOOKS) == made.secret
    assert kept.previous_secret_until == NOW + timedelta(days=1)


def test_what_waits_for_an_endpoint_that_is_off_waits(
    administrator, woken, django_capture_on_commit_callbacks
):
    waiting = message()
    switch_off(actor=administrator, endpoint=waiting.endpoint)
    assert not WebhookDelivery.objects.due(NOW + timedelta(days=1)).exists()
    with django_capture_on_commit_callbacks(execute=True):
        switch_on(actor=administrator, endpoint=waiting.endpoint)
    assert woken == ["woken"]
    assert WebhookDelivery.objects.due(NOW + timedelta(days=1)).get() == waiting


def test_a_waiting_message_is_canceled_and_a_failed_one_sent_again(administrator):
    waiting, failed = message(1), message(2)
    WebhookDelivery.objects.filter(pk=failed.pk).update(
        state=DeliveryState.FAILED, attempts=12, last_error="500"
    )
    assert cancel_delivery(actor=administrator, message=waiting).state == DeliveryState.CANCELED
    again = retry_delivery(actor=administrator, message=failed, now=NOW)
    assert (again.state, again.attempts, again.last_error) == (DeliveryState.QUEUED, 0, "")
    with pytest.raises(
        DeliveryNotReady, match="Only a waiting message can be canceled; this one is canceled"
    ):
        cancel_delivery(actor=administrator, message=waiting)
    with pytest.raises(
        DeliveryNotReady, match="Only a failed message can be sent again; this one is waiting"
    ):
        retry_delivery(actor=administrator, message=failed, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "delivered"},
        {"delivered_at": NOW},
        {"state": "sending"},
        {"leased_until": NOW},
    ],
)
def test_the_database_holds_what_each_state_needs(changes):
    message()
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.update(**changes)


def test_rows_are_for_those_who_may_see_them(administrator, auditor, fundraiser):
    message()
    for rows in (WebhookDelivery.objects, WebhookEndpoint.objects):
        assert rows.visible_to(administrator).count() == rows.visible_to(auditor).count() == 1
        assert not rows.visible_to(fundraiser).exists()


def test_rows_name_themselves():
    waiting = message()
    assert str(waiting) == f"job.late, to {waiting.endpoint.name}"
