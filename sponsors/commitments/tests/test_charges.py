"""Charges: what free lines of invoices make due, what counts them as debt, and what releases them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from foundation.books.closing import BooksClosed, close_books
from foundation.books.models import Fund
from foundation.documents.services import content_of
from foundation.documents.tests.pdf import text_of
from sponsors.commitments.models import Installment, Invoice
from sponsors.commitments.rules import (
    CommitmentError,
    InstallmentKind,
    InstallmentState,
    InvoiceState,
    NotAllowedNow,
)
from sponsors.commitments.selectors import (
    aged_debt,
    commitment_summary,
    promised_cash,
    sponsor_balance,
    statement,
    timeline,
)
from sponsors.commitments.services import (
    FreeLine,
    InvoiceRequest,
    Part,
    allocate_receipt,
    approve_write_off,
    issue_invoice,
    preview_invoice,
    recover_write_off,
    renew_commitment,
    take_back_allocations,
    terminate,
)
from sponsors.commitments.tests.amending import amended, cash_of, due
from sponsors.commitments.tests.factories import (
    START,
    charge_of,
    charged,
    colleague,
    credited,
    general_fund,
    invoiced,
    proposed_commitment,
    proposed_write_off,
    received,
    second_colleague,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
DAY = timedelta(days=1)


@pytest.fixture
def commitment():
    """Return three years of 60,000 on 1 January, from 2024."""
    return signed_commitment(title="Gold", years=3)


def free_line(amount=500, description="Booth", fund=None):
    return FreeLine(description=description, amount=Decimal(amount), fund=fund or general_fund())


def state_of(charge, today=TODAY):
    return Installment.objects.with_state(today).get(pk=charge.pk).state


# Made by an invoice -------------------------------------------------------------------------


def test_free_line_makes_a_charge_due_with_the_invoice(commitment):
    first = commitment.installments.get(position=1)

    invoice = charged(commitment, 500, on=TODAY, due_on=date(2026, 3, 1), installments=[first])

    charge = charge_of(invoice)
    assert (str(charge), charge.kind, charge.description) == (
        f"{commitment.number}/4",
        InstallmentKind.CHARGE,
        "Booth at the conference",
    )
    assert (charge.amount, charge.fund, charge.term.position) == (500, general_fund(), 3)
    assert (charge.charged_on, charge.due_on, charge.released_on) == (TODAY, date(2026, 3, 1), None)
    assert invoice.total == 60_500
    assert [(line.description, line.amount) for line in invoice.lines.all()] == [
        ("Gold, installment 1", 60_000),
        ("Booth at the conference", 500),
    ]
    text = text_of(content_of(invoice.document))
    assert "Booth at the conference" in text
    assert "60,500.00" in text
    assert state_of(charge) == InstallmentState.SCHEDULED


@pytest.mark.parametrize(("due_on", "term"), [(TODAY, 3), (date(2027, 6, 1), 3)])
def test_charge_falls_in_the_term_of_its_day_or_the_last(commitment, due_on, term):
    assert charge_of(charged(commitment, 500, on=TODAY, due_on=due_on)).term.position == term


def test_charge_before_the_first_term_falls_in_it():
    later = signed_commitment(starts_on=date(2027, 1, 1), signed_on=TODAY, today=TODAY)

    assert charge_of(charged(later, 500, on=TODAY)).term.position == 1


@pytest.mark.parametrize(
    ("lines", "due_on", "field", "sentence"),
    [
        ([free_line], None, "due_on", "Enter its due date"),
        ([free_line, lambda: free_line(description=" ")], TODAY, "free_lines", "description of free line 2"),
        ([lambda: free_line("0.001")], TODAY, "free_lines", "The amount of free line 1"),
        ([lambda: free_line(-1)], TODAY, "free_lines", "The amount of free line 1"),
        ([free_line] * 21, TODAY, "free_lines", "at most 20 free lines"),
        (
            [lambda: free_line(fund=Fund.objects.create(code="old", name="Old", is_open=False))],
            TODAY,
            "free_lines",
            "the fund Old is closed",
        ),
    ],
)
def test_free_line_says_what_is_wrong(commitment, lines, due_on, field, sentence):
    request = InvoiceRequest(commitment=commitment, free_lines=[make() for make in lines], due_on=due_on)

    with refused(sentence, field=field, kind=CommitmentError):
        issue_invoice(actor=colleague(), request=request, today=TODAY)

    assert not Invoice.objects.exists()
    assert not Installment.objects.filter(kind=InstallmentKind.CHARGE).exists()


def test_free_lines_need_a_signed_commitment():
    with refused("is not signed", field="free_lines", kind=NotAllowedNow):
        charged(proposed_commitment(), 500)


def test_preview_charges_nothing(commitment):
    request = InvoiceRequest(commitment=commitment, free_lines=[free_line()], due_on=TODAY)

    assert "Booth" in text_of(preview_invoice(actor=colleague(), request=request, today=TODAY))

    assert commitment.installments.count() == 3


# Counted as debt ----------------------------------------------------------------------------


def test_receipt_pays_a_charge_like_any_other(commitment):
    invoice = charged(commitment, 500, on=START)
    received(commitment.sponsor, 60_300)

    charge = charge_of(invoice)
    assert (charge.paid, state_of(charge)) == (300, InstallmentState.OVERDUE)
    assert Invoice.objects.with_state(TODAY).get().outstanding == 200


def test_charge_is_owed_from_the_day_it_was_charged(commitment):
    charged(commitment, 500, on=TODAY, due_on=TODAY + 5 * DAY)

    def owed(day):
        (row,) = aged_debt(day).rows
        return row.total

    assert [owed(TODAY - DAY), owed(TODAY), owed(TODAY + 9 * DAY)] == [180_000, 180_500, 180_500]
    entries = statement(commitment.sponsor, TODAY, TODAY + 9 * DAY).accounts[0].entries
    assert [(entry.on, entry.amount) for entry in entries if entry.amount] == [(TODAY + 5 * DAY, 500)]


def test_what_is_promised_does_not_grow_by_charges(commitment):
    invoice = charged(commitment, 500, 700, on=START)
    received(commitment.sponsor, 1_000, allocate=[Part(charge_of(invoice), Decimal(500))])
    written_off(charge_of(invoice, 2), 100)
    credited(charged(commitment, 900, on=START))

    figures = commitment_summary(commitment, TODAY)

    assert (figures.cash, figures.charged, figures.received) == (180_000, 2_100, 500)
    assert promised_cash(commitment, TODAY).cash == 180_000
    assert figures.written_off == 100
    assert figures.released == 900
    assert figures.cash + figures.charged == (
        figures.received + figures.outstanding + figures.written_off + figures.released
    )


def test_termination_leaves_charges_due(commitment):
    charge = charge_of(charged(commitment, 500, on=TODAY, due_on=TODAY + 30 * DAY))

    terminate(actor=colleague(), commitment=commitment, closed_on=TODAY, today=TODAY, reason="Sold")

    assert state_of(charge, TODAY + 31 * DAY) == InstallmentState.OVERDUE
    payment = received(commitment.sponsor, 500, on=TODAY, allocate=[Part(charge, Decimal(500))])
    assert payment.allocated == 500


def test_commitment_that_is_over_can_be_charged(commitment):
    terminate(actor=colleague(), commitment=commitment, closed_on=TODAY, today=TODAY, reason="Sold")
    commitment.refresh_from_db()

    assert state_of(charge_of(charged(commitment, 500, on=TODAY))) == InstallmentState.DUE


def test_amendments_leave_charges_alone(commitment):
    charge = charge_of(charged(commitment, 500, on=TODAY))

    amended(commitment, **cash_of([due(2024, 90_000), due(2025, 90_000)]))

    charge.refresh_from_db()
    assert (charge.removed_by, charge.position) == (None, 4)
    assert list(commitment.installments.values_list("position", "amount").order_by("position")) == [
        (4, 500),
        (5, 90_000),
        (6, 90_000),
    ]


def test_renewal_does_not_repeat_charges(commitment):
    charged(commitment, 500, on=TODAY)

    renewal = renew_commitment(actor=colleague(), commitment=commitment, today=TODAY)

    assert [row.amount for row in renewal.installments.all()] == [60_000] * 3


def test_timeline_marks_charges(commitment):
    charged(commitment, 500, on=TODAY)

    (band,) = timeline(commitment, TODAY).bands
    charge = next(row for row in band.installments if row.kind is InstallmentKind.CHARGE)
    assert (charge.description, charge.fund, charge.charged_on) == (
        "Booth at the conference",
        "general",
        TODAY,
    )
    entries = timeline(commitment, TODAY).entries
    assert [entry.text for entry in entries if entry.what == "Charge"] == [
        f"{commitment.number}/4, Booth at the conference"
    ]


# Released with its invoice ------------------------------------------------------------------


def test_credit_note_releases_charges_and_frees_installments(commitment):
    first = commitment.installments.get(position=1)
    invoice = charged(commitment, 500, on=TODAY, due_on=TODAY + 5 * DAY, installments=[first])
    charge = charge_of(invoice)

    credited(invoice, on=TODAY + 9 * DAY)

    charge.refresh_from_db()
    assert charge.released_on == TODAY + 9 * DAY
    assert state_of(charge) == InstallmentState.RELEASED
    assert Invoice.objects.with_state(TODAY).get().state == InvoiceState.CREDITED
    assert invoiced(first, on=TODAY).total == 60_000
    with refused("Nothing of installment", field="installments"):
        invoiced(charge, on=TODAY)
    with refused("its invoice was credited", field="allocations"):
        received(commitment.sponsor, 500, allocate=[Part(charge, Decimal(500))])


def test_released_charge_was_owed_until_then(commitment):
    invoice = charged(commitment, 500, on=TODAY, due_on=TODAY + 5 * DAY)
    credited(invoice, on=TODAY + 9 * DAY)
    before, after = TODAY + 8 * DAY, TODAY + 9 * DAY

    assert [aged_debt(day).totals[0].total for day in (before, after)] == [180_500, 180_000]
    for last, amounts in ((before, [500]), (after, [500, -500])):
        (account,) = statement(commitment.sponsor, TODAY, last).accounts
        assert [entry.amount for entry in account.entries if entry.amount] == amounts
        assert account.closing == aged_debt(last).totals[0].total
    (balance,) = sponsor_balance(commitment.sponsor, after)
    assert balance.due == 180_000


def test_charge_released_before_it_fell_due_never_did(commitment):
    credited(charged(commitment, 500, on=TODAY, due_on=TODAY + 5 * DAY), on=TODAY)

    (account,) = statement(commitment.sponsor, TODAY, TODAY + 9 * DAY).accounts
    assert [entry.amount for entry in account.entries if entry.amount] == []


def test_credited_in_part_a_charge_stays_due(commitment):
    invoice = charged(commitment, 500, on=TODAY)

    credited(invoice, 100)
    assert state_of(charge_of(invoice)) == InstallmentState.DUE

    credited(invoice, 400)
    assert state_of(charge_of(invoice)) == InstallmentState.RELEASED


def test_charge_with_money_on_it_is_not_released(commitment):
    invoice = charged(commitment, 500, on=START)
    charge = charge_of(invoice)
    receipt = received(commitment.sponsor, 200, allocate=[Part(charge, Decimal(200))])
    loss = written_off(charge, 100)

    with refused("Take that allocation back first", field="amount", kind=NotAllowedNow):
        credited(invoice)
    take_back_allocations(actor=colleague(), allocations=list(receipt.allocations.standing()), today=START)
    with refused("Recover that first", field="amount", kind=NotAllowedNow):
        credited(invoice)
    recover_write_off(actor=colleague(), write_off=loss, reason="Wrong", today=START)
    credited(invoice)

    assert state_of(charge) == InstallmentState.RELEASED
    (balance,) = sponsor_balance(commitment.sponsor, START)
    assert (balance.due, balance.credit) == (180_000, 200)
    assert allocate_receipt(actor=colleague(), receipt=receipt, today=START)[0].installment != charge


def test_write_off_proposed_of_a_charge_is_moot_once_released(commitment):
    invoice = charged(commitment, 500, on=START)
    proposal = proposed_write_off(charge_of(invoice), 500)
    credited(invoice)

    with refused("Nothing of installment", field="installment"):
        approve_write_off(actor=second_colleague(), write_off=proposal, today=START)


def test_charge_is_dated_in_open_books(commitment):
    invoice = charged(commitment, 500, on=date(2026, 1, 31))
    close_books(actor=second_colleague(), through=date(2026, 1, 31), today=TODAY)

    with refused("closed", field="issued_on", kind=BooksClosed):
        charged(commitment, 500, on=date(2026, 1, 31))
    with refused("closed", field="issued_on", kind=BooksClosed):
        credited(invoice)
