"""Invoices and credit notes: numbers without gaps, facts that stay, what they ask for and who gets them."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.books.closing import BooksClosed, close_books
from foundation.books.models import NumberSequence, Organization
from foundation.documents.services import content_of
from foundation.documents.tests.pdf import pages_of, text_of
from foundation.notices.models import Notice
from sponsors.commitments.models import CreditNote, Installment, Invoice
from sponsors.commitments.papers import Billing
from sponsors.commitments.rules import (
    CommitmentError,
    InvoiceState,
    NotAllowedNow,
    invoice_state,
    line_settled,
)
from sponsors.commitments.services import (
    InvoiceRequest,
    credit_invoice,
    issue_invoice,
    mail_invoice,
    preview_invoice,
    recover_write_off,
    take_back_allocations,
    terminate,
)
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    invoiced,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
BILLING = Billing(name="Acme Ltd.", address="1 Main Street\nLeeds", email="bills@acme.example")


@pytest.fixture
def commitment():
    return signed_commitment(title="Gold", sponsor=SponsorFactory(legal_name="Acme Ltd.", country="GB"))


def installment(commitment, position=1):
    return Installment.objects.select_related("commitment").get(commitment=commitment, position=position)


def credit(invoice, amount=None, **more):
    return credit_invoice(
        actor=colleague(), invoice=invoice, amount=amount, reason="Wrong address", today=TODAY, **more
    )


def shown(invoice, today=TODAY):
    row = Invoice.objects.with_state(today).get(pk=invoice.pk)
    return row.state, row.paid, row.written_off, row.outstanding


# Issuing ------------------------------------------------------------------------------------


def test_invoice_asks_for_what_is_still_to_be_paid(commitment):
    first, second = installment(commitment), installment(commitment, 2)
    received(commitment.sponsor, 10_000)

    invoice = invoiced(second, first, on=TODAY, billing=BILLING, purchase_order=" PO-7 ", note=" Thank you. ")

    assert str(invoice) == invoice.number == "INV-2026-0001"
    assert (invoice.total, invoice.issued_on, invoice.due_on) == (110_000, TODAY, TODAY)
    assert (invoice.purchase_order, invoice.note, invoice.sponsor) == (
        "PO-7",
        "Thank you.",
        commitment.sponsor,
    )
    assert [(str(line), line.description, line.amount, line.paid_before) for line in invoice.lines.all()] == [
        ("INV-2026-0001, line 1", "Gold, installment 1 (what is left of it)", 50_000, 10_000),
        ("INV-2026-0001, line 2", "Gold, installment 2", 60_000, 0),
    ]
    text = text_of(content_of(invoice.document))
    for words in (
        "INV-2026-0001",
        "Acme Ltd.",
        "1 Main Street",
        "14 February 2026",
        "PO-7",
        "110,000.00",
        "Thank",
    ):
        assert words in text
    assert not Notice.objects.exists()


def test_billing_is_the_sponsors_unless_another_is_given(commitment):
    ContactFactory(
        sponsor=commitment.sponsor, name="Pat Primary", email="pat@acme.example", roles=["primary"]
    )
    ContactFactory(
        sponsor=commitment.sponsor, name="Bill Payer", email="bill@acme.example", roles=["billing"]
    )

    invoice = invoiced(installment(commitment))

    assert (invoice.billing_name, invoice.billing_email) == ("Acme Ltd.", "bill@acme.example")
    assert invoice.billing_address == "Bill Payer\nUnited Kingdom"
    bare = signed_commitment(SponsorFactory(name="Bare", legal_name="", country=""))
    other = invoiced(installment(bare))
    assert (other.billing_name, other.billing_address, other.billing_email) == ("Bare", "", "")


def test_number_is_of_the_fiscal_year_and_without_gaps(commitment):
    Organization.objects.update_or_create(pk=1, defaults={"name": "F", "fiscal_year_start_month": 7})

    with pytest.raises(CommitmentError):
        invoiced(installment(commitment), due_on=date(2020, 1, 1))
    numbers = [invoiced(installment(commitment, n), on=date(2026, 6 + n, 30)).number for n in (0 + 1, 2)]
    earlier = invoiced(installment(commitment, 3), on=date(2026, 6, 30)).number

    assert numbers == ["INV-2027-0001", "INV-2027-0002"]
    assert earlier == "INV-2026-0001"


def test_preview_writes_nothing_and_has_no_number(commitment):
    request = InvoiceRequest(commitment=commitment, installments=[installment(commitment)])

    text = text_of(preview_invoice(actor=colleague(), request=request, today=TODAY))

    assert "Preview of an invoice" in text
    assert "60,000.00" in text
    assert not Invoice.objects.exists()
    assert not NumberSequence.objects.filter(series="INV").exists()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"installments": [], "due_on": TODAY}, "installments", "Nothing was chosen"),
        ({"due_on": date(2026, 2, 13)}, "due_on", "must be today"),
        ({"billing": Billing(name=" ")}, "billing_name", "The name to bill is missing"),
        ({"billing": Billing(name="A", email="nobody")}, "billing_email", "This is no email address"),
        ({"billing": Billing(name="A", address="x" * 501)}, "billing_address", "at most 500 fit"),
        ({"purchase_order": "x" * 61}, "purchase_order", "at most 60 fit"),
        ({"note": "x" * 501}, "note", "at most 500 fit"),
    ],
)
def test_request_says_what_is_wrong(commitment, changes, field, sentence):
    given = {"commitment": commitment, "installments": [installment(commitment)], **changes}
    with refused(sentence, field=field, kind=CommitmentError):
        issue_invoice(actor=colleague(), request=InvoiceRequest(**given), today=TODAY)
    assert not NumberSequence.objects.filter(series="INV").exists()


def test_only_open_installments_of_the_commitment_are_invoiced(commitment):
    received(commitment.sponsor, 60_000)
    terminated = signed_commitment()
    terminate(
        actor=colleague(), commitment=terminated, closed_on=date(2025, 1, 1), today=TODAY, reason="Sold"
    )
    for row in (
        installment(commitment),
        installment(terminated, 2),
        installment(proposed_commitment()),
    ):
        with refused("Nothing of installment", field="installments", kind=NotAllowedNow):
            invoiced(row, on=TODAY)
    with refused("Choose installments of this commitment only", field="installments"):
        invoiced(installment(terminated), installment(commitment, 2), on=TODAY)


def test_installment_stands_on_one_invoice_until_that_is_credited(commitment):
    row = installment(commitment)
    invoice = invoiced(row, on=TODAY)
    assert row not in Installment.objects.not_invoiced()

    with refused("Invoice INV-2026-0001 asks for installment", field="installments", kind=NotAllowedNow):
        invoiced(row, on=TODAY)
    credit(invoice, Decimal(10))
    assert row not in Installment.objects.not_invoiced()
    credit(invoice)

    assert row in Installment.objects.not_invoiced()
    assert invoiced(row, on=TODAY).number == "INV-2026-0002"


def test_books_of_the_day_must_be_open(commitment):
    close_books(actor=colleague(), through=date(2026, 1, 31), today=TODAY)

    with refused("An invoice cannot be dated", field="issued_on", kind=BooksClosed):
        invoiced(installment(commitment), on=date(2026, 1, 31))
    invoice = invoiced(installment(commitment), on=TODAY)
    assert credit(invoice).issued_on == TODAY


# The PDF ------------------------------------------------------------------------------------

HOSTILE = '#read("/etc/passwd") *bold* $x$ \\ <label> @ref Łódź שלום'


def test_names_are_never_markup_and_many_lines_go_on_with_their_head():
    sponsor = SponsorFactory(legal_name=HOSTILE)
    parts = [(date(2024, 1 + n % 12, 1 + n // 12), Decimal("1234.56")) for n in range(60)]
    commitment = signed_commitment(
        sponsor, years=1, title=HOSTILE, lines=[cash_line(Decimal("1234.56") * 60)], schedule=parts
    )

    invoice = invoiced(*commitment.installments.select_related("commitment"), on=TODAY)
    content = content_of(invoice.document)

    text = text_of(content)
    assert pages_of(content) > 1
    assert text.count("Due on") == pages_of(content)
    assert '#read("/etc/passwd") *bold* $x$' in text
    assert "74,073.60" in text


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"payment_instructions": "IBAN XX00 1234"}, "IBAN XX00 1234"),
        ({"contact_email": "pay@f.example"}, "Write to pay@f.example for our bank details."),
        ({}, "Please quote INV-2026-0001 with your payment."),
    ],
)
def test_invoice_says_who_we_are_and_how_to_pay(commitment, profile, words):
    Organization.objects.update_or_create(
        pk=1, defaults={"name": "Owl", "legal_name": "Owl, Inc.", "tax_id": "12-34", **profile}
    )
    text = text_of(content_of(invoiced(installment(commitment), on=TODAY).document))

    assert words in " ".join(text.split())
    assert "Owl, Inc. · Tax ID 12-34" in text


# Mail ---------------------------------------------------------------------------------------


def test_invoice_is_mailed_with_its_pdf_and_may_be_mailed_again(commitment):
    invoice = invoiced(installment(commitment), on=TODAY, billing=BILLING, mail=True, purchase_order="PO-7")
    notice = Notice.objects.get()
    assert (notice.recipient, notice.attachment) == ("bills@acme.example", invoice.document)
    assert "Invoice INV-2026-0001 over USD 60,000.00" in notice.subject
    assert "PO-7" in notice.body_text

    again = mail_invoice(actor=colleague(), invoice=invoice, recipient=" other@acme.example ")
    assert (again.recipient, again.key) == ("other@acme.example", f"invoice:{invoice.pk}:2")
    note = credit(invoice, mail=True)
    mailed = Notice.objects.get(kind="credit_note")
    assert (mailed.attachment, mailed.recipient) == (note.document, "bills@acme.example")
    with refused("This is no email address", field="recipient"):
        mail_invoice(actor=colleague(), invoice=invoice, recipient="nobody")


def test_nothing_is_mailed_without_an_address(commitment):
    with refused("There is no address to mail the invoice to", field="billing_email"):
        invoiced(installment(commitment), billing=Billing(name="A"), mail=True)
    invoice = invoiced(installment(commitment), on=TODAY, billing=Billing(name="A"))
    with refused("The invoice has no billing email", field="mail"):
        credit(invoice, mail=True)
    assert not CreditNote.objects.exists()


# Credit notes -------------------------------------------------------------------------------


def test_credit_note_has_a_series_of_its_own_and_says_what_it_takes_back(commitment):
    invoice = invoiced(installment(commitment), on=TODAY, billing=BILLING, purchase_order="PO-7")

    note = credit(invoice, Decimal("1000.50"))
    rest = credit(invoice)

    assert (str(note), rest.number) == ("CN-2026-0001", "CN-2026-0002")
    assert rest.amount == Decimal("58999.50")
    text = text_of(content_of(note.document))
    for words in ("CN-2026-0001", "INV-2026-0001", "Wrong address", "1,000.50", "Acme Ltd.", "PO-7"):
        assert words in text
    invoice.refresh_from_db()
    assert invoice.credited == invoice.total
    assert shown(invoice)[0] == InvoiceState.CREDITED
    with refused("credited in full already", field="amount", kind=NotAllowedNow):
        credit(invoice)
    # What was promised stays promised.
    assert installment(commitment) in Installment.objects.open()


def test_credit_note_above_the_invoice_is_refused(commitment):
    invoice = invoiced(installment(commitment), on=TODAY)
    with refused("The invoice is over USD 60,000.00", field="amount", kind=CommitmentError):
        credit(invoice, Decimal("60000.01"))
    with refused("The reason is missing", field="reason"):
        credit_invoice(actor=colleague(), invoice=invoice, reason=" ", today=TODAY)
    assert not NumberSequence.objects.filter(series="CN").exists()


# What became of it --------------------------------------------------------------------------


def test_state_follows_payments_write_offs_and_recoveries(commitment):
    row = installment(commitment, 4)
    received(commitment.sponsor, 180_000)
    invoice = invoiced(row, on=TODAY)
    assert shown(invoice) == (InvoiceState.ISSUED, 0, 0, 60_000)
    receipt = received(commitment.sponsor, 20_000, on=TODAY)
    assert shown(invoice) == (InvoiceState.PARTLY_PAID, 20_000, 0, 40_000)
    assert shown(invoice, date(2027, 1, 2)) == (InvoiceState.OVERDUE, 20_000, 0, 40_000)
    loss = written_off(row, 40_000, on=TODAY)
    assert shown(invoice) == (InvoiceState.WRITTEN_OFF, 20_000, 40_000, 0)
    recover_write_off(actor=colleague(), write_off=loss, reason="It came.", today=TODAY)
    take_back_allocations(actor=colleague(), allocations=list(receipt.allocations.all()), today=TODAY)
    assert shown(invoice) == (InvoiceState.ISSUED, 0, 0, 60_000)
    received(commitment.sponsor, 60_000, on=TODAY)
    assert shown(invoice) == (InvoiceState.PAID, 60_000, 0, 0)
    row = Invoice.objects.with_state(TODAY).get()
    assert (row.state_label, row.settled.paid) == ("Paid", 60_000)


@pytest.mark.unmeasured
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.integers(1, 15), max_size=2),
    lost_before=st.integers(0, 5),
    after=st.lists(st.integers(1, 15), max_size=2),
    lost=st.integers(0, 12),
    credited=st.integers(0, 3),
    days=st.integers(0, 700),
)
def test_state_in_sql_is_the_rule_in_python(db, *, before, lost_before, after, lost, credited, days):
    with transaction.atomic():
        commitment = signed_commitment(years=3, yearly_amount=10)

        def lose(amount):
            for row in Installment.objects.with_paid().order_by("-position"):
                if amount and row.remainder >= amount:
                    written_off(row, amount)
                    return

        for amount in before:
            received(commitment.sponsor, amount)
        lose(lost_before)
        open_rows = list(Installment.objects.open().select_related("commitment"))
        if open_rows:
            invoice = invoiced(*open_rows)
            for amount in after:
                received(commitment.sponsor, amount)
            lose(lost)
            if credited:
                credit_invoice(
                    actor=colleague(),
                    invoice=invoice,
                    amount=invoice.total if credited == 3 else min(Decimal(credited), invoice.total),
                    reason="Wrong",
                    today=START,
                )
        today = date.fromordinal(START.toordinal() + days)
        rows = list(Invoice.objects.with_state(today).prefetch_related("lines__installment"))
        transaction.set_rollback(True)

    for row in rows:
        parts = [
            line_settled(
                amount=line.amount,
                paid_before=line.paid_before,
                installment_paid=line.installment.paid,
                remainder=line.installment.amount - line.installment.paid - line.installment.written_off,
            )
            for line in row.lines.all()
            if line.stands
        ]
        assert row.paid == sum(part.paid for part in parts)
        assert row.written_off == sum(part.written_off for part in parts)
        assert row.state == invoice_state(
            total=row.total, credited=row.credited, settled=row.settled, due_on=row.due_on, today=today
        )
