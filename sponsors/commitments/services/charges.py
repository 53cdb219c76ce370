"""Charges: what is due beside the promise, made by free lines of an invoice and released with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max

from foundation.books.models import Fund
from foundation.money.display import money_text
from sponsors.commitments.models import Commitment, Installment, Invoice
from sponsors.commitments.rules import FIRM, CommitmentError, InstallmentKind, NotAllowedNow, check_amount
from sponsors.commitments.services.values import check_text

MOST_FREE_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeLine:
    """Something no installment asks for, such as a booth or a recharged cost; the money goes into the fund."""

    description: str
    amount: Decimal
    fund: Fund


def check_free_lines(lines: Sequence[FreeLine], currency: str) -> list[FreeLine]:
    """Return the lines with exact amounts. Raises CommitmentError about the line it names."""
    if len(lines) > MOST_FREE_LINES:
        msg = f"An invoice has at most {MOST_FREE_LINES} free lines. Put small ones together."
        raise CommitmentError(msg, code="too_many_lines", field="free_lines")
    return [_check(number, line, currency) for number, line in enumerate(lines, start=1)]


def _check(number: int, line: FreeLine, currency: str) -> FreeLine:
    what = f"free line {number}"
    if not line.fund.is_open:
        msg = f"Free line {number}: the fund {line.fund.name} is closed. Choose an open one."
        raise CommitmentError(msg, code="fund_closed", field="free_lines")
    return FreeLine(
        description=check_text(line.description, f"description of {what}", "free_lines", longest=200),
        amount=check_amount(line.amount, currency, what=f"The amount of {what}", field="free_lines"),
        fund=line.fund,
    )


def charges_for(
    commitment: Commitment, lines: Sequence[FreeLine], *, due_on: date, today: date
) -> list[Installment]:
    """Return what the lines charge, not yet written. The commitment's row is held, so that numbers are free.

    A charge falls in the term of its due date; before the first it is of the first, after the last of the
    last. Raises NotAllowedNow unless the commitment is firm.
    """
    if not lines:
        return []
    if commitment.state not in FIRM:
        msg = (
            f"{commitment.number} is not signed, and free lines belong to a signed commitment. Sign it first."
        )
        raise NotAllowedNow(msg, code="not_signed", field="free_lines")
    terms = list(commitment.terms.order_by("position"))
    term = next((term for term in reversed(terms) if term.starts_on <= due_on), terms[0])
    taken = Installment.versions.filter(commitment=commitment).aggregate(last=Max("position"))["last"] or 0
    return [
        Installment(
            commitment=commitment,
            term=term,
            position=position,
            kind=InstallmentKind.CHARGE,
            description=line.description,
            fund=line.fund,
            due_on=due_on,
            amount=line.amount,
            charged_on=today,
            paid=Decimal(0),
            written_off=Decimal(0),
        )
        for position, line in enumerate(lines, start=taken + 1)
    ]


def lock_charges(invoice: Invoice) -> list[Installment]:
    """Lock the charges of an invoice, in order of their keys, and return them."""
    rows = Installment.versions.filter(kind=InstallmentKind.CHARGE, invoice_lines__invoice=invoice)
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def check_release(charges: Sequence[Installment], commitment: Commitment) -> None:
    """Raise NotAllowedNow when money or a write-off is on a charge that would go."""
    for charge in charges:
        if not charge.paid and not charge.written_off:
            continue
        name = f"{commitment.number}/{charge.position}, {charge.description},"
        if charge.paid:
            amount = money_text(charge.paid, commitment.currency)
            msg = f"{amount} of {name} is paid. Take that allocation back first, or credit only a part."
            raise NotAllowedNow(msg, code="charge_is_paid", field="amount")
        amount = money_text(charge.written_off, commitment.currency)
        msg = f"{amount} of {name} is written off. Recover that first, or credit only a part."
        raise NotAllowedNow(msg, code="charge_is_written_off", field="amount")
