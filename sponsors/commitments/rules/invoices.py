"""Invoices: what they ask for, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import TextChoices

from foundation.money.display import money_text
from sponsors.commitments.rules.amounts import check_amount
from sponsors.commitments.rules.periods import add_months
from sponsors.commitments.rules.refusals import CommitmentError, NotAllowedNow

# An invoice that falls due later than that is more likely a mistyped year.
LATEST_DUE_MONTHS = 24


class InvoiceState(TextChoices):
    """What became of an invoice; derived from facts, never stored."""

    ISSUED = "issued", "Issued"
    PARTLY_PAID = "partly_paid", "Partly paid"
    PAID = "paid", "Paid"
    OVERDUE = "overdue", "Overdue"
    CREDITED = "credited", "Credited"
    WRITTEN_OFF = "written_off", "Written off"


@dataclass(frozen=True, slots=True)
class Settled:
    """What of an invoice, or of a line of it, was paid and what was written off since it was issued."""

    paid: Decimal
    written_off: Decimal


def line_settled(
    *, amount: Decimal, paid_before: Decimal, installment_paid: Decimal, remainder: Decimal
) -> Settled:
    """Return what became of a line that asked for all that was to be paid of its installment.

    `paid_before` is what the installment had been paid when the invoice was issued. `remainder` is
    what is to be paid of it now; what is neither paid since nor to be paid was written off.
    """
    paid = min(max(installment_paid - paid_before, Decimal(0)), amount)
    return Settled(paid, max(amount - paid - remainder, Decimal(0)))


def outstanding(*, total: Decimal, credited: Decimal, settled: Settled) -> Decimal:
    """Return what is still to be paid of an invoice.

    What was credited is no longer asked for, and is then written off unless it is to be paid all the
    same: both say the same of one amount, so the larger of the two counts, not their sum.
    """
    return max(total - settled.paid - max(credited, settled.written_off), Decimal(0))


def invoice_state(
    *, total: Decimal, credited: Decimal, settled: Settled, due_on: date, today: date
) -> InvoiceState:
    """Return the state of an invoice on a day; the first rule that fits decides.

    Credited in full is credited, whatever was paid. When nothing is to be paid any more it is paid,
    or written off where some of it was.
    """
    if credited >= total:
        return InvoiceState.CREDITED
    if outstanding(total=total, credited=credited, settled=settled) <= 0:
        return InvoiceState.WRITTEN_OFF if settled.written_off > 0 else InvoiceState.PAID
    if due_on < today:
        return InvoiceState.OVERDUE
    return InvoiceState.PARTLY_PAID if settled.paid > 0 else InvoiceState.ISSUED


def due_day(due_on: date | None, installments: Iterable[date], today: date) -> date:
    """Return when an invoice issued today falls due: on the day given, else with its first installment.

    What should have been paid before is due at once. Raises CommitmentError for a day before today or
    years ahead, and for none where no installment says one.
    """
    if due_on is None:
        first = min(installments, default=None)
        if first is None:
            msg = "No installment is chosen that says when the invoice falls due. Enter its due date."
            raise CommitmentError(msg, code="required", field="due_on")
        return max(first, today)
    if not today <= due_on < add_months(today, LATEST_DUE_MONTHS):
        msg = f"The due date {due_on} must be today, {today}, or at most two years later. Correct it."
        raise CommitmentError(msg, code="due_date_out_of_reach", field="due_on")
    return due_on


def check_credit(amount: Decimal, total: Decimal, credited: Decimal, currency: str) -> Decimal:
    """Return the exact amount. Raises unless the invoice and its credit notes leave room for it."""
    left = total - credited
    if left <= 0:
        msg = "This invoice is credited in full already. Nothing of it is asked for any more."
        raise NotAllowedNow(msg, code="credited_already", field="amount")
    exact = check_amount(amount, currency, what="The amount", field="amount")
    if exact > left:
        before = f", of which {money_text(credited, currency)} is credited" if credited else ""
        msg = (
            f"The invoice is over {money_text(total, currency)}{before}. Credit {money_text(left, currency)} "
            "or less."
        )
        raise CommitmentError(msg, code="more_than_invoiced", field="amount")
    return exact
