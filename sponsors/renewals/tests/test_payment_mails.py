"""What sponsors are written about payments: to whom, when, in which words, and when not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.books.models import Organization
from foundation.notices.models import Notice
from sponsors.commitments.tests.factories import charged, invoiced, received
from sponsors.directory.models import Contact
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.renewals.models import Digest, PaymentReminder, RenewalSettings
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.services.payments import PaymentsSwept
from sponsors.renewals.tests.paying import DUE, SIGNED, due_payment, swept

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sending(finance):
    RenewalSettings.objects.update_or_create(pk=1, defaults={"sends_payment_reminders": True})
    Organization.objects.update_or_create(
        pk=1,
        defaults={
            "name": "Example Foundation",
            "contact_email": "sponsors@foundation.example",
            "payment_instructions": "Bank of Examples\nIBAN XX00 <1234>",
        },
    )


def promise(sponsor=None, **more):
    if sponsor is None:
        sponsor = SponsorFactory(name="Acme & Sons")
        ContactFactory(sponsor=sponsor, name="Bea Billing", email="bea@acme.example", roles=["billing"])
        ContactFactory(sponsor=sponsor, name="Abe Primary", email="abe@acme.example", roles=["primary"])
    return due_payment(sponsor, **more).commitment


def mail():
    return Notice.objects.get(kind="payment_reminder")


# To whom ---------------------------------------------------------------------------------------


def test_nobody_is_written_to_unless_the_settings_say_so():
    RenewalSettings.objects.update(sends_payment_reminders=False)
    promise()
    assert swept() == PaymentsSwept(told=1, missed=1)
    assert not Notice.objects.exists()
    RenewalSettings.objects.update(sends_payment_reminders=True)
    assert swept(1) == PaymentsSwept()
    assert not Notice.objects.exists()


def test_the_billing_contact_is_written_to_and_answers_reach_the_foundation():
    promise()
    assert swept(-14) == PaymentsSwept(told=1, mailed=1)
    assert (mail().recipient, mail().reply_to) == ("bea@acme.example", "sponsors@foundation.example")
    assert PaymentReminder.objects.get().notice == mail()


def test_whoever_left_is_not_written_to():
    promise()
    Contact.objects.filter(name="Bea Billing").update(left_on=DUE - timedelta(days=20))
    swept(-14)
    assert mail().recipient == "abe@acme.example"


def test_without_an_address_finance_is_told_that_nobody_was_written_to():
    promise(SponsorFactory())
    assert swept() == PaymentsSwept(told=1, missed=1)
    reminder = PaymentReminder.objects.waiting().get()
    assert "nobody there who gets invoices has an email address" in reminder.reason
    assert reminder.tellings.count() == 1


def test_a_mail_is_written_once():
    promise()
    swept()
    swept()
    assert (
        mail().key
        == f"payment_reminder:{PaymentReminder.objects.waiting().get().installment_id}:2026-06-01:due+0"
    )


# In which words --------------------------------------------------------------------------------


def test_before_the_day_it_is_a_note_in_good_time():
    commitment = promise()
    swept(-14)
    assert mail().subject == f"Your support ({commitment.number}): USD 60,000.00 is due on 1 June 2026"
    assert "a note in good time that USD 60,000.00 falls due on 1 June 2026" in mail().body_text


def test_on_the_day_it_says_so():
    promise()
    swept(0)
    assert mail().subject.endswith("USD 60,000.00 is due today")
    assert "falls due today, 1 June 2026" in mail().body_text


@pytest.mark.parametrize(("offset", "ago"), [(1, "1 day ago"), (15, "15 days ago"), (62, "62 days ago")])
def test_after_the_day_it_counts_the_days_as_they_are(offset, ago):
    promise()
    swept(offset)
    assert mail().subject.endswith("USD 60,000.00 was due on 1 June 2026")
    assert f"was due on 1 June 2026, {ago}, and we have not seen it yet" in mail().body_text


def test_it_says_how_to_pay_and_escapes_what_people_wrote():
    promise(title="Gold <2026>")
    swept()
    assert "How to pay us:\n\nBank of Examples\nIBAN XX00 <1234>" in mail().body_text
    assert "Gold <2026>" in mail().body_text
    assert "IBAN XX00 &lt;1234&gt;" in mail().body_html
    assert "Gold &lt;2026&gt;" in mail().body_html
    assert "Acme &amp; Sons" in mail().body_html


def test_only_what_is_outstanding_is_asked_for():
    commitment = promise()
    received(commitment.sponsor, 10_000, on=SIGNED)
    swept()
    assert "USD 50,000.00 is due today" in mail().subject


def test_the_invoice_is_named_and_goes_along():
    commitment = promise()
    invoice = invoiced(commitment.installments.get(), on=SIGNED, due_on=DUE, purchase_order="PO-7")
    swept()
    assert mail().subject.startswith(f"Invoice {invoice.number}: ")
    assert f"Invoice {invoice.number} is attached once more. Your purchase order: PO-7" in mail().body_text
    assert f"Please quote {invoice.number} with your payment" in mail().body_text
    assert mail().attachment == invoice.document


def test_what_one_invoice_asks_for_is_in_one_mail():
    commitment = promise()
    installment = commitment.installments.get()
    charged(commitment, 500, on=SIGNED, due_on=DUE, installments=[installment], description="Booth")
    assert swept() == PaymentsSwept(told=2, missed=2, mailed=1)
    assert "USD 60,500.00 is due today" in mail().subject
    assert "- Installment 1: USD 60,000.00\n- Booth: USD 500.00\n" in mail().body_text
    assert set(PaymentReminder.objects.waiting().values_list("notice", flat=True)) == {mail().pk}


# When not --------------------------------------------------------------------------------------


def test_a_sponsor_whose_credit_covers_it_is_not_written_to_and_finance_is_told_why():
    commitment = promise()
    received(commitment.sponsor, 60_000, on=SIGNED, allocate="none")
    assert swept() == PaymentsSwept(told=1, missed=1)
    reminder = PaymentReminder.objects.waiting().get()
    assert "credit that pays nothing yet covers it" in reminder.reason
    assert reminder.tellings.count() == 1
    assert not Notice.objects.filter(kind="payment_reminder").exists()


def test_the_digest_of_finance_says_why_a_sponsor_was_not_written_to():
    commitment = promise()
    received(commitment.sponsor, 60_000, on=SIGNED, allocate="none")
    swept()
    send_digests(actor=None, today=DUE)
    digest = Digest.objects.get(person__name="Fay Finance").notice
    assert "credit that pays nothing yet covers it" in digest.body_text
    assert "credit that pays nothing yet covers it" in digest.body_html


def test_credit_that_covers_a_part_is_named():
    commitment = promise()
    received(commitment.sponsor, 10_000, on=SIGNED, allocate="none")
    swept()
    assert (
        "We already hold USD 10,000.00 of yours that is not applied yet; please pay that much less"
        in mail().body_text
    )


def test_credit_covers_the_oldest_first():
    older = promise()
    newer = promise(older.sponsor)
    received(older.sponsor, 60_000, on=SIGNED, allocate="none")
    assert swept() == PaymentsSwept(told=2, missed=2, mailed=1)
    assert newer.number in mail().subject


def test_credit_that_older_payments_take_covers_nothing():
    older = promise(starts_on=DUE - timedelta(days=200), signed_on=SIGNED - timedelta(days=200))
    newer = promise(older.sponsor)
    received(older.sponsor, 60_000, on=SIGNED, allocate="none")
    swept()
    assert newer.number in mail().subject
    assert "already hold" not in mail().body_text


def test_credit_in_another_currency_covers_nothing():
    commitment = promise()
    received(commitment.sponsor, 60_000, currency="EUR", on=SIGNED, allocate="none")
    swept()
    assert "already hold" not in mail().body_text


def test_mail_that_still_waits_when_it_is_paid_does_not_leave():
    commitment = promise()
    swept()
    received(commitment.sponsor, 60_000, on=DUE)
    swept(1)
    assert mail().state == "canceled"


def test_mail_about_something_else_as_well_leaves():
    commitment = promise()
    installment = commitment.installments.get()
    charged(commitment, 500, on=SIGNED, due_on=DUE, installments=[installment])
    swept()
    received(commitment.sponsor, 60_000, on=DUE)
    assert swept(1) == PaymentsSwept(closed=1)
    assert mail().state == "queued"


def test_beside_the_mails_themselves_a_sweep_costs_the_same_for_one_and_for_ten():
    def cost(offset):
        with CaptureQueriesContext(connection) as queries:
            done = swept(offset)
        # A mail is written and read in a savepoint.
        return len(queries) - 4 * done.mailed

    promise()
    few = cost(0)
    for _ in range(9):
        promise()
    assert cost(0) == few
