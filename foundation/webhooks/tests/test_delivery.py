"""Sending to a real receiver, with real transactions."""

import json
import socket
import threading
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from foundation.webhooks import sending, tasks
from foundation.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from foundation.webhooks.rules import DeliveryState
from foundation.webhooks.services import claim_due, deliver, retry_delivery, rotate_secret
from foundation.webhooks.tasks import deliver_webhooks
from foundation.webhooks.tests.factories import endpoint, message, new_endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]


class Killed(BaseException):
    """The process dies between the receiver's answer and the mark."""


def soon():
    return timezone.now() + timedelta(seconds=1)


def due_again():
    WebhookDelivery.objects.update(next_attempt_at=timezone.now())


def test_a_message_arrives_signed_so_that_the_receiver_knows_whose_it_is(receiver):
    made = new_endpoint(f"{receiver.url}/hooks/abc?room=1")
    waiting = message(to=made.endpoint)
    assert deliver_webhooks() == 1
    ((path, headers, body),) = receiver.received
    assert path == "/hooks/abc?room=1"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == receiver.url.removeprefix("http://")
    assert headers["webhook-id"] == waiting.message_id
    content = Webhook(made.secret).verify(body, headers)
    assert content["text"] == "Job 1 is late."
    assert content == json.loads(waiting.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(body.replace("late", "fine"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_endpoint().secret).verify(body, headers)
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.DELIVERED
    attempt = waiting.tries.get()
    assert (attempt.status, attempt.error) == (204, "")
    assert str(attempt).startswith("Attempt at 20")
    assert deliver_webhooks() == 0


def test_for_a_day_after_a_rotation_both_secrets_are_good(receiver, administrator):
    made = new_endpoint(receiver.url)
    rotated = rotate_secret(actor=administrator, endpoint=made.endpoint, now=timezone.now())
    message(to=made.endpoint)
    deliver_webhooks()
    WebhookEndpoint.objects.update(previous_secret_until=timezone.now())
    message(2, to=made.endpoint)
    deliver_webhooks()
    (_, both, first), (_, alone, second) = receiver.received
    for secret in (made.secret, rotated.secret):
        assert Webhook(secret).verify(first, both)
    assert Webhook(rotated.secret).verify(second, alone)
    assert len(alone["webhook-signature"].split()) == 1


@pytest.mark.parametrize(("status", "state"), [(500, "queued"), (404, "queued"), (410, "failed")])
def test_what_is_not_taken_is_tried_again_unless_it_is_unwanted(receiver, status, state):
    waiting = message(to=endpoint(receiver.url))
    receiver.status, receiver.text = status, b"no\x00thing \xff" + b"x" * 9000
    deliver_webhooks()
    waiting.refresh_from_db()
    assert waiting.state == state
    assert waiting.last_error.startswith(f"{status} no thing \ufffd xxx".replace(" \ufffd ", " \ufffd"))
    assert len(waiting.last_error) < 310
    assert waiting.tries.get().status == status
    if state == "queued":
        assert waiting.next_attempt_at > timezone.now() + timedelta(seconds=50)
        receiver.status = 204
        due_again()
        deliver_webhooks()
        waiting.refresh_from_db()
        assert waiting.state == DeliveryState.DELIVERED
        assert receiver.numbers == [waiting.message_id] * 2


def test_a_redirect_is_not_followed(receiver):
    waiting = message(to=endpoint(receiver.url))
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.url}/elsewhere"}
    deliver_webhooks()
    waiting.refresh_from_db()
    assert [path for path, _headers, _body in receiver.received] == ["/"]
    assert waiting.last_error == "302: it leads elsewhere, which is not followed. Give the final address."


def test_nobody_there_is_tried_twelve_times_then_given_up_and_can_be_retried(administrator):
    waiting = message(to=endpoint("http://127.0.0.1:9/"))
    for _ in range(12):
        due_again()
        deliver_webhooks()
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.FAILED
    assert waiting.last_error.startswith("ConnectionRefusedError")
    assert waiting.tries.filter(status=None).count() == 12
    assert deliver_webhooks() == 0
    retry_delivery(actor=administrator, message=waiting, now=timezone.now())
    assert deliver_webhooks() == 1


def test_a_private_address_is_refused_before_anybody_is_called(receiver, settings):
    settings.WEBHOOK_ALLOW_LOOPBACK = False
    waiting = message(to=WebhookEndpoint.objects.get(pk=_kept(receiver.url).pk))
    deliver_webhooks()
    waiting.refresh_from_db()
    assert not receiver.received
    assert "127.0.0.1, which is no public address" in waiting.last_error
    settings.WEBHOOK_ALLOW_PRIVATE = True
    due_again()
    deliver_webhooks()
    assert len(receiver.received) == 1


def _kept(url):
    """Return an endpoint that was kept while this computer was allowed."""
    kept = endpoint()
    WebhookEndpoint.objects.filter(pk=kept.pk).update(url=url)
    return kept


def test_one_private_address_among_public_ones_is_refused_too(monkeypatch):
    places = [(2, 1, 6, "", ("151.101.1.140", 443)), (2, 1, 6, "", ("10.0.0.8", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: places)
    waiting = message()
    deliver_webhooks()
    waiting.refresh_from_db()
    assert "chat.example.org leads to 10.0.0.8" in waiting.last_error


def test_a_name_is_looked_up_once_and_each_of_its_addresses_tried(receiver, monkeypatch):
    port = int(receiver.url.rpartition(":")[2])
    looked_up = []

    def look_up(host, port, **_options):
        looked_up.append(host)
        return [(2, 1, 6, "", ("127.0.0.9", 9)), (2, 1, 6, "", ("127.0.0.1", port))]

    connect = socket.create_connection
    tried = []

    def create_connection(address, **options):
        tried.append(address[0])
        if address[0] == "127.0.0.9":
            raise ConnectionRefusedError
        # By number: the system is not asked again, and cannot say something else this time.
        monkeypatch.undo()
        return connect(address, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    message(to=_kept(f"http://hooks.example.org:{port}/"))
    deliver_webhooks()
    assert (looked_up, tried) == (["hooks.example.org"], ["127.0.0.9", "127.0.0.1"])
    assert receiver.received[0][1]["host"] == f"hooks.example.org:{port}"


@pytest.mark.parametrize("places", [[], UnicodeError("label too long")])
def test_a_name_without_an_address_is_tried_again(monkeypatch, places):
    def look_up(*_args, **_options):
        if isinstance(places, Exception):
            raise places
        return places

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    waiting = message()
    deliver_webhooks()
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.QUEUED
    assert waiting.last_error.startswith("OSError")


def test_a_receiver_that_takes_too_long_is_left(monkeypatch):
    monkeypatch.setattr(sending, "LONGEST_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        waiting = message(to=endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/"))
        started = time.monotonic()
        deliver_webhooks()
        assert time.monotonic() - started < 3
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.QUEUED
    assert waiting.last_error


def test_what_answers_without_tls_or_not_in_http_is_no_receiver(receiver):
    port = int(receiver.url.rpartition(":")[2])
    waiting = message(to=endpoint(f"https://127.0.0.1:{port}/"))
    deliver_webhooks()
    waiting.refresh_from_db()
    assert not receiver.received
    assert waiting.last_error.startswith("SSLError")


def test_an_endpoint_that_does_not_answer_does_not_hold_up_the_others(receiver):
    away, here = endpoint("http://127.0.0.1:9/"), endpoint(receiver.url)
    for number in range(3):
        message(number, to=here)
    assert deliver_webhooks() == 4
    assert len(receiver.received) == 3
    assert WebhookAttempt.objects.filter(delivery__endpoint=away).count() == 1


def test_a_secret_that_cannot_be_read_fails_at_once_and_says_what_helps(receiver, settings, administrator):
    waiting = message(to=endpoint(receiver.url))
    settings.SECRET_KEY = "another " * 9
    deliver_webhooks()
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.FAILED
    assert "Give the endpoint a new secret" in waiting.last_error
    rotate_secret(actor=administrator, endpoint=waiting.endpoint, now=timezone.now())
    retry_delivery(actor=administrator, message=waiting, now=timezone.now())
    deliver_webhooks()
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.DELIVERED


def test_a_message_that_breaks_the_program_is_put_off_and_the_others_arrive(receiver, monkeypatch):
    broken, good = message(1, to=endpoint("http://127.0.0.1:9/")), message(2, to=endpoint(receiver.url))
    post = sending.post

    def break_down(url, *args, **options):
        if url.endswith(":9/"):
            raise LookupError("unknown encoding")
        return post(url, *args, **options)

    monkeypatch.setattr(sending, "post", break_down)
    deliver_webhooks()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert good.state == DeliveryState.DELIVERED
    assert broken.state == DeliveryState.QUEUED
    assert broken.last_error == "Unexpected: LookupError: unknown encoding"
    assert broken.tries.filter(finished_at=None).count() == 0


def test_an_outcome_without_a_database_is_nobodys_fault(receiver, monkeypatch):
    message(to=endpoint(receiver.url))

    def away(**_options):
        raise DatabaseError("gone")

    monkeypatch.setattr(tasks, "deliver", away)
    with pytest.raises(DatabaseError):
        deliver_webhooks()
    assert WebhookDelivery.objects.get().state == DeliveryState.SENDING


def test_what_breaks_before_the_attempt_is_written_is_put_off_too(receiver, monkeypatch):
    waiting = message(to=endpoint(receiver.url))

    def break_down(**_options):
        raise KeyError("x")

    monkeypatch.setattr(tasks, "deliver", break_down)
    deliver_webhooks()
    assert "KeyError" in waiting.tries.get().error


def test_a_sender_killed_after_sending_leaves_a_lease_and_the_next_uses_the_same_number(
    receiver, monkeypatch
):
    waiting = message(to=endpoint(receiver.url))
    (claimed,) = claim_due(limit=1, now=soon())
    post = sending.post

    def post_and_die(*args, **options):
        post(*args, **options)
        raise Killed

    monkeypatch.setattr(sending, "post", post_and_die)
    with pytest.raises(Killed):
        deliver(message=claimed, now=timezone.now())
    monkeypatch.undo()
    assert claim_due(limit=9, now=soon()) == []
    WebhookDelivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    (again,) = claim_due(limit=9, now=timezone.now())
    assert deliver(message=again, now=timezone.now()) is DeliveryState.DELIVERED
    assert receiver.numbers == [waiting.message_id] * 2


def test_a_message_whose_senders_all_died_is_given_up():
    waiting = message()
    WebhookDelivery.objects.update(state="sending", attempts=12, leased_until=timezone.now())
    assert claim_due(limit=9, now=soon()) == []
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.FAILED
    assert waiting.last_error.startswith("Every attempt was cut short")


def test_a_sender_that_was_overtaken_does_not_overwrite_the_other(receiver):
    message(to=endpoint(receiver.url))
    (slow,) = claim_due(limit=1, now=soon())
    WebhookDelivery.objects.update(state="delivered", delivered_at=timezone.now(), leased_until=None)
    receiver.status = 500
    assert deliver(message=slow, now=timezone.now()) is DeliveryState.DELIVERED


def test_delivery_inside_another_transaction_is_refused(receiver):
    message(to=endpoint(receiver.url))
    (claimed,) = claim_due(limit=1, now=soon())
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        deliver(message=claimed, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_message_once(receiver):
    to = endpoint(receiver.url)
    for number in range(8):
        message(number, to=to)
    start = threading.Barrier(3)

    def send():
        start.wait()
        try:
            deliver_webhooks()
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receiver.numbers) == len(set(receiver.numbers)) == 8


def test_task_stops_before_its_time_limit(monkeypatch):
    message()
    monkeypatch.setattr(tasks, "LONGEST_RUN_SECONDS", 0)
    assert deliver_webhooks() == 0
