"""What is promised, due, overdue, received and left as credit."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from sponsors.commitments.models import Commitment, CommitmentLine, Installment, Receipt
from sponsors.commitments.rules import InstallmentKind, InstallmentState
from sponsors.directory.models import Sponsor

_STILL_DUE = {
    InstallmentState.SCHEDULED,
    InstallmentState.DUE,
    InstallmentState.PARTLY_PAID,
    InstallmentState.OVERDUE,
}


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """An amount in one currency; amounts of different currencies are never added."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class NextDue:
    """The oldest installment or charge not yet paid."""

    pk: int
    position: int
    due_on: date
    remainder: Decimal
    state: InstallmentState


@dataclass(frozen=True, slots=True)
class CommitmentSummary:
    """A commitment in figures, in its currency. `in_kind` is an estimate and never part of the cash.

    Cash and charges together are what was received, is outstanding, was written off and was released.
    """

    currency: str
    cash: Decimal
    charged: Decimal
    in_kind: Decimal
    received: Decimal
    outstanding: Decimal
    overdue: Decimal
    written_off: Decimal
    released: Decimal
    next_due: NextDue | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a sponsor owes and has in credit, in one currency.

    `due` is everything firm and unpaid whenever it falls due; `overdue` is the part of it whose day
    is past; `credit` is money received that pays nothing yet, or what is no longer due.
    """

    currency: str
    due: Decimal
    overdue: Decimal
    credit: Decimal


def commitment_summary(commitment: Commitment, today: date) -> CommitmentSummary:
    """Return the commitment in figures. Two queries."""
    promised = commitment.lines.aggregate(
        cash=Sum("amount", filter=Q(kind=CommitmentLine.Kind.CASH)),
        in_kind=Sum("amount", filter=Q(kind=CommitmentLine.Kind.IN_KIND)),
    )
    charged = received = outstanding = overdue = written_off = released = Decimal(0)
    next_due = None
    for row in commitment.installments.with_state(today).order_by("due_on", "pk"):
        charged += row.amount if row.kind == InstallmentKind.CHARGE else 0
        received += row.paid
        written_off += row.written_off
        if row.state in _STILL_DUE:
            outstanding += row.remainder
            overdue += row.remainder if row.state == InstallmentState.OVERDUE else 0
            next_due = next_due or NextDue(
                row.pk, row.position, row.due_on, row.remainder, InstallmentState(row.state)
            )
        released += row.remainder if row.state == InstallmentState.RELEASED else 0
    return CommitmentSummary(
        currency=commitment.currency,
        cash=promised["cash"] or Decimal(0),
        charged=charged,
        in_kind=promised["in_kind"] or Decimal(0),
        received=received,
        outstanding=outstanding,
        overdue=overdue,
        written_off=written_off,
        released=released,
        next_due=next_due,
    )


def sponsor_balance(sponsor: Sponsor, today: date) -> tuple[Balance, ...]:
    """Return one balance a currency the sponsor has ever owed or paid in, by code. Three queries."""
    found: dict[str, dict[str, Decimal]] = {}

    def add(currency: str, what: str, amount: Decimal) -> None:
        found.setdefault(currency, dict.fromkeys(("due", "overdue", "credit"), Decimal(0)))[what] += amount

    for row in Installment.objects.filter(commitment__sponsor=sponsor).open().select_related("commitment"):
        add(row.commitment.currency, "due", row.remainder)
        if row.due_on < today:
            add(row.commitment.currency, "overdue", row.remainder)
    for receipt in Receipt.objects.filter(sponsor=sponsor).standing().with_allocated():
        add(receipt.currency, "credit", receipt.unapplied)
    firm = Installment.objects.firm().values("pk")
    paid_in_vain = Installment.objects.filter(commitment__sponsor=sponsor, paid__gt=0).exclude(pk__in=firm)
    for row in paid_in_vain.select_related("commitment"):
        add(row.commitment.currency, "credit", row.paid)
    return tuple(Balance(currency, **sums) for currency, sums in sorted(found.items()))
