"""What staff read about reminders of payments, and what programs do."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.api.tests.factories import api_client
from foundation.notices.models import Notice
from sponsors.commitments.tests.factories import received
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.renewals.models import PaymentReminder, RenewalSettings
from sponsors.renewals.tests.paying import DUE, due_payment, payment_reminder, swept

pytestmark = pytest.mark.django_db
LIST = "/admin/sponsors/paymentreminder/"
API = "/api/v1/payment-reminders/"


def shown(client, **narrowed):
    return {row.pk for row in client.get(LIST, narrowed).context["cl"].result_list}


@pytest.fixture
def written(finance):
    """The reminder of a payment about which a sponsor was written to; Finance was told."""
    RenewalSettings.objects.update_or_create(pk=1, defaults={"sends_payment_reminders": True})
    sponsor = SponsorFactory(name="Acme")
    ContactFactory(sponsor=sponsor)
    return payment_reminder(sponsor)


def test_the_list_narrows_to_state_and_mail(signed_in, finance, written):
    RenewalSettings.objects.update(sends_payment_reminders=False)
    other = payment_reminder()
    received(written.installment.commitment.sponsor, 60_000, on=DUE)
    swept(-13)
    client = signed_in(finance)
    assert shown(client, state="open") == {other.pk}
    assert shown(client, state="closed") == {written.pk}
    assert shown(client, state="nonsense") == {other.pk, written.pk}
    assert shown(client, written="yes") == {written.pk}
    assert shown(client, written="no") == {other.pk}
    assert shown(client, q="Acme") == {written.pk}


def test_a_reminder_says_its_step_who_was_told_and_what_was_written(signed_in, finance, written):
    page = signed_in(finance).get(f"{LIST}{written.pk}/change/").content.decode()
    for words in (
        "14 days before it is due",
        "Waits for the payment",
        "Fay Finance",
        "USD 60,000.00",
        f"/admin/foundation/notice/{Notice.objects.get(kind='payment_reminder').pk}/change/",
    ):
        assert words in page


def test_the_page_of_an_installment_shows_its_reminders(signed_in, finance, written):
    swept(20)
    client = signed_in(finance)
    address = f"/admin/sponsors/installment/{written.installment_id}/change/"
    page = client.get(address).content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for words in (
        "14 days before it is due",
        "On the due date",
        "15 days after it was due",
        "Its time went by",
    ):
        assert words in page
    swept(35)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_reminders_of_payments_are_not_shown_to_whoever_may_not_see_them(signed_in, infrastructure, written):
    address = f"/admin/sponsors/installment/{written.installment_id}/change/"
    assert 'id="reminders"' not in signed_in(infrastructure).get(address).content.decode()


def test_programs_read_what_was_reminded_of(finance, written):
    found = api_client(finance).get(f"{API}{written.pk}/").json()
    assert {name: found[name] for name in ("code", "days", "state", "due_on", "remainder", "mail_state")} == {
        "code": "due-14",
        "days": -14,
        "state": "open",
        "due_on": "2026-06-01",
        "remainder": "60000.00",
        "mail_state": "queued",
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"mailed": "true"}, 1),
        ({"mailed": "false"}, 1),
        ({"state": "open"}, 2),
        ({"due_to": "2026-05-31"}, 0),
        ({"taken_from": "2026-05-18"}, 2),
    ],
)
def test_programs_narrow_the_list(finance, written, query, count):
    RenewalSettings.objects.update(sends_payment_reminders=False)
    payment_reminder()
    assert len(api_client(finance).get(API, query).json()["results"]) == count


def test_without_a_mail_its_state_is_null(finance):
    due_payment()
    swept(-14)
    assert api_client(finance).get(API).json()["results"][0]["mail_state"] is None
    assert PaymentReminder.objects.get().taken_on == date(2026, 5, 18)
