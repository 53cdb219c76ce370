"""The schedule of a commitment: its terms, and when its cash falls due."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sponsors.commitments.models import Commitment, CommitmentLine, Installment, Term
from sponsors.commitments.rules import (
    CommitmentError,
    Period,
    Plan,
    Planned,
    check_amount,
    custom_schedule,
    plan_schedule,
    terms_of,
)
from sponsors.commitments.services.lines import Line

# A plan by rule, or dates and amounts. None: no cash is promised.
Schedule = Plan | Sequence[tuple[date, Decimal]] | None


def plan_cash(period: Period, currency: str, lines: Sequence[Line], schedule: Schedule) -> list[Planned]:
    cash = sum((line.amount for line in lines if line.kind == CommitmentLine.Kind.CASH), start=Decimal(0))
    if not cash:
        if schedule:
            msg = "No line promises cash, so nothing falls due. Add a cash line, or leave the schedule out."
            raise CommitmentError(msg, code="schedule_without_cash", field="schedule")
        return []
    if not schedule:
        msg = "The lines promise cash, so it must fall due some day. Give a schedule."
        raise CommitmentError(msg, code="schedule_missing", field="schedule")
    check_amount(cash, currency, what="The sum of the cash lines", field="lines")
    if isinstance(schedule, Plan):
        return plan_schedule(period=period, total=cash, currency=currency, plan=schedule)
    return custom_schedule(period=period, total=cash, currency=currency, parts=schedule)


def sum_of(planned: Sequence[Planned]) -> Decimal:
    return sum((part.amount for part in planned), start=Decimal(0))


def dates_of(commitment: Commitment) -> list[tuple[date, Decimal]] | None:
    scheduled = commitment.installments.scheduled()
    return list(scheduled.order_by("position").values_list("due_on", "amount")) or None


def write_schedule(commitment: Commitment, period: Period, planned: Sequence[Planned]) -> None:
    terms = Term.objects.bulk_create(term_rows(commitment, period))
    Installment.objects.bulk_create(installment_rows(commitment, terms, planned))


def rewrite_schedule(draft: Commitment, period: Period, planned: Sequence[Planned]) -> None:
    """Let the terms and installments of a draft be these; where they are already, they keep their rows.

    Pages of a draft stay open, and send back the rows that they were made with.
    """
    stood = [
        Period(*days) for days in draft.terms.order_by("position").values_list("starts_on", "ends_before")
    ]
    due = [(part.due_on, part.amount) for part in planned]
    if stood == terms_of(period) and (dates_of(draft) or []) == due:
        return
    draft.installments.all().delete()
    draft.terms.all().delete()
    write_schedule(draft, period, planned)


def term_rows(commitment: Commitment, period: Period) -> list[Term]:
    """Return the rows of the terms, not yet written."""
    return [
        Term(commitment=commitment, position=position, starts_on=term.starts_on, ends_before=term.ends_before)
        for position, term in enumerate(terms_of(period), start=1)
    ]


def installment_rows(
    commitment: Commitment, terms: Sequence[Term], planned: Sequence[Planned]
) -> list[Installment]:
    """Return the rows of the installments, not yet written, in the commitment's terms."""
    return [
        Installment(
            commitment=commitment,
            term=terms[part.term - 1],
            position=position,
            due_on=part.due_on,
            amount=part.amount,
        )
        for position, part in enumerate(planned, start=1)
    ]
