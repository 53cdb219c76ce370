"""Invoices and credit notes in the database: what it refuses to raw SQL, and two people at once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from foundation.books.closing import BooksClosed, close_books
from foundation.documents.services import keep_document
from sponsors.commitments.models import CreditNote, Installment, Invoice, InvoiceLine
from sponsors.commitments.rules import (
    InvoiceState,
    NotAllowedNow,
)
from sponsors.commitments.services import (
    credit_invoice,
    terminate,
)
from sponsors.commitments.tests.factories import (
    colleague,
    invoiced,
    signed_commitment,
)
from sponsors.commitments.tests.raw import denied
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)


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


# What the database refuses ------------------------------------------------------------------


def test_invoices_and_credit_notes_are_never_edited_nor_deleted(commitment):
    credit(invoiced(installment(commitment), on=TODAY), Decimal(1))

    for table in ("sponsors_creditnote", "sponsors_invoiceline", "sponsors_invoice"):
        denied("Cannot", f"DELETE FROM {table}")  # noqa: S608  # from the line above
    for table, change in (
        ("sponsors_creditnote", "amount = 2"),
        ("sponsors_invoiceline", "amount = 2"),
        ("sponsors_invoice", "total = 2"),
        ("sponsors_invoice", "number = 'INV-1'"),
        ("sponsors_invoice", "document_id = NULL"),
    ):
        denied("Cannot update", f"UPDATE {table} SET {change}")  # noqa: S608  # from the line above
    denied("only credit notes change credited", "UPDATE sponsors_invoice SET credited = 0")
    denied("only credit notes free an installment", "UPDATE sponsors_invoiceline SET stands = false")


_LINE = """
    INSERT INTO sponsors_invoiceline (invoice_id, position, installment_id, description, amount, paid_before)
    VALUES (%s, 9, %s, 'Raw', %s, %s)
"""


def test_database_wants_lines_that_are_due_and_sum_up(commitment):
    invoice = invoiced(installment(commitment), on=TODAY)
    second = installment(commitment, 2)

    denied("do not sum to the invoice", _LINE, invoice.pk, second.pk, 1, 0, deferred=True)
    denied("what is still to be paid", _LINE, invoice.pk, second.pk, 60_001, 0)
    denied("what is still to be paid", _LINE, invoice.pk, second.pk, 1, 1)
    denied("installment_stands_on_one_invoice", _LINE, invoice.pk, installment(commitment).pk, 1, 0)
    denied("its own commitment", _LINE, invoice.pk, installment(signed_commitment()).pk, 1, 0)
    terminate(
        actor=colleague(), commitment=commitment, closed_on=date(2025, 1, 1), today=TODAY, reason="Sold"
    )
    denied("firmly due", _LINE, invoice.pk, second.pk, 1, 0)
    denied(
        "do not sum to the invoice",
        "INSERT INTO sponsors_invoice (number, commitment_id, issued_on, due_on, billing_name, billing_address, "
        "billing_email, purchase_order, note, total, document_id, issued_by_id) SELECT 'INV-2026-0002', "
        "commitment_id, issued_on, due_on, '', '', '', '', '', 5, %s, issued_by_id "
        "FROM sponsors_invoice",
        keep_document(actor=colleague(), title="Raw", content=b"%PDF-").pk,
        deferred=True,
    )


def test_database_holds_credit_notes_to_their_invoice(commitment):
    invoice = invoiced(installment(commitment), on=TODAY)
    note = credit(invoice, Decimal(1))
    insert = (
        "INSERT INTO sponsors_creditnote (number, invoice_id, issued_on, amount, reason, document_id, issued_by_id) "
        "SELECT 'CN-9', invoice_id, %s, %s, 'Raw', document_id + 1000, issued_by_id FROM sponsors_creditnote"
    )
    denied("invoice_is_not_overcredited", insert, TODAY, 60_000)
    denied("follows its invoice", insert, date(2026, 2, 13), 1)
    assert note.invoice == invoice


def test_later_credit_note_counts_on_an_invoice_of_closed_books(commitment):
    invoice = invoiced(installment(commitment), on=TODAY)
    close_books(actor=colleague(), through=date(2026, 2, 28), today=date(2026, 3, 1))

    with refused("A credit note cannot be dated", field="issued_on", kind=BooksClosed):
        credit(invoice)
    credit_invoice(actor=colleague(), invoice=invoice, reason="Wrong", today=date(2026, 3, 1))

    assert shown(invoice)[0] == InvoiceState.CREDITED


# Two at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_when_one_of_several_is_taken_back():
    rows = [installment(signed_commitment(years=1)) for _ in range(4)]
    colleague()

    def issue(row, *, fail):
        with transaction.atomic():
            invoice = invoiced(row, on=TODAY)
            if fail:
                message = "the caller gives up"
                raise RuntimeError(message)
            return invoice

    at_once(*[lambda row=row, n=n: issue(row, fail=n == 1) for n, row in enumerate(rows)])
    invoiced(rows[1], on=TODAY)

    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV-2026-{n:04}" for n in range(1, 5)]


@pytest.mark.django_db(transaction=True)
def test_two_invoices_for_one_installment_at_once_become_one():
    row = installment(signed_commitment(years=1))

    results = at_once(*[lambda: invoiced(row, on=TODAY)] * 3)

    assert sum(isinstance(result, NotAllowedNow) for result in results) == 2
    assert InvoiceLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_credit_notes_at_once_never_exceed_their_invoice():
    invoice = invoiced(installment(signed_commitment(years=1)), on=TODAY)

    results = at_once(*[lambda: credit(invoice, Decimal(40_000))] * 3)

    assert sum(isinstance(result, CreditNote) for result in results) == 1
    invoice.refresh_from_db()
    assert invoice.credited == 40_000
