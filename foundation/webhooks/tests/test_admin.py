"""The pages of webhooks: a secret shown once, a test, sending again."""

import re

import pytest

from foundation.people.sealing import Purpose, unseal
from foundation.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from foundation.webhooks.rules import DeliveryState
from foundation.webhooks.tests.factories import endpoint, message

pytestmark = pytest.mark.django_db
ENDPOINTS = "/admin/foundation/webhookendpoint/"
MESSAGES = "/admin/foundation/webhookdelivery/"
FORM = {"name": "Chat", "url": "https://chat.example.org/hooks/abc", "kinds": ["job.late", "renewal.closed"]}


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_adding_one_shows_its_secret_once(signed_in, administrator):
    client = signed_in(administrator)
    page = text(client.post(f"{ENDPOINTS}add/", FORM, follow=True))
    kept = WebhookEndpoint.objects.get()
    assert (kept.created_by, kept.kinds) == (administrator, ["renewal.closed", "job.late"])
    secret = unseal(kept.secret, Purpose.WEBHOOKS)
    assert f"shown this once: {secret}" in page
    again = text(client.get(f"{ENDPOINTS}{kept.pk}/change/"))
    assert "whsec_" not in again
    assert kept.url in again
    assert "whsec_" not in text(client.get(f"{ENDPOINTS}{kept.pk}/history/"))


def test_a_refusal_stands_on_the_form_and_nothing_is_written(signed_in, administrator):
    page = text(signed_in(administrator).post(f"{ENDPOINTS}add/", FORM | {"url": "http://chat.example.org"}))
    assert "The address must begin with https://." in page
    assert not WebhookEndpoint.objects.exists()


def test_one_is_changed_by_administrators_and_read_by_auditors(signed_in, administrator, auditor):
    kept = endpoint()
    signed_in(administrator).post(f"{ENDPOINTS}{kept.pk}/change/", FORM)
    kept.refresh_from_db()
    assert kept.name == "Chat"
    page = text(signed_in(auditor).get(f"{ENDPOINTS}{kept.pk}/change/"))
    assert "renewal.closed, job.late" in page
    assert "do/rotate-secret/" not in page


def test_a_new_secret_is_shown_once(signed_in, administrator):
    kept = endpoint()
    page = text(signed_in(administrator).post(f"{ENDPOINTS}{kept.pk}/do/rotate-secret/", follow=True))
    kept.refresh_from_db()
    (shown,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", page)
    assert shown == unseal(kept.secret, Purpose.WEBHOOKS)
    assert kept.previous_secret_until is not None


def test_a_test_is_sent_and_an_endpoint_switched_off_and_on(signed_in, administrator):
    client, kept = signed_in(administrator), endpoint()
    assert "waits to be sent" in text(client.post(f"{ENDPOINTS}{kept.pk}/do/test/", follow=True))
    assert WebhookDelivery.objects.get().kind == "webhook.test"
    assert "Nothing is sent to" in text(client.post(f"{ENDPOINTS}{kept.pk}/do/switch-off/", follow=True))
    assert "Off" in text(client.get(ENDPOINTS))
    assert "do/test/" not in text(client.get(f"{ENDPOINTS}{kept.pk}/change/"))
    assert "is told again" in text(client.post(f"{ENDPOINTS}{kept.pk}/do/switch-on/", follow=True))


def test_a_failed_message_shows_its_attempts_and_is_sent_again(signed_in, administrator):
    client, failed = signed_in(administrator), message()
    WebhookDelivery.objects.update(state=DeliveryState.FAILED, attempts=12, last_error="500 no")
    WebhookAttempt.objects.create(
        delivery=failed, started_at=failed.created_at, status=500, error="500 no room"
    )
    page = text(client.get(f"{MESSAGES}{failed.pk}/change/"))
    assert "500 no room" in page
    assert "do/cancel/" not in page
    assert "waits to be sent again" in text(client.post(f"{MESSAGES}{failed.pk}/do/retry/", follow=True))
    assert "will not be sent" in text(client.post(f"{MESSAGES}{failed.pk}/do/cancel/", follow=True))
    failed.refresh_from_db()
    assert failed.state == DeliveryState.CANCELED


def test_what_an_outage_left_behind_is_sent_again_together(signed_in, administrator):
    client = signed_in(administrator)
    failed = [message(number).pk for number in range(3)]
    WebhookDelivery.objects.update(state=DeliveryState.FAILED)
    chosen = {"action": "retry-all", "index": "0", "_selected_action": failed}
    assert 'name="confirmed"' in text(client.post(MESSAGES, chosen))
    assert "Waiting to be sent again: 3." in text(
        client.post(MESSAGES, chosen | {"confirmed": "1"}, follow=True)
    )
    assert WebhookDelivery.objects.filter(state=DeliveryState.QUEUED).count() == 3
