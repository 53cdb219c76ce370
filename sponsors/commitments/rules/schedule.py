"""Schedules: how the cash of a commitment is spread over installments that sum to it exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import TextChoices

from foundation.money.display import money_text
from foundation.money.rules import split
from sponsors.commitments.rules.amounts import check_amount
from sponsors.commitments.rules.periods import Period, add_months, terms_of
from sponsors.commitments.rules.refusals import CommitmentError

MOST_INSTALLMENTS = 500


class Frequency(TextChoices):
    """How often an installment falls due."""

    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"
    YEARLY = "yearly", "Yearly"
    ONCE = "once", "Once"


class Shape(TextChoices):
    """How the cash is spread over the installments."""

    EQUAL = "equal", "Equal parts"
    FRONT_LOADED = "front_loaded", "Front-loaded: more at the beginning"
    CUSTOM = "custom", "Custom dates and amounts"


_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class Planned:
    """One installment to be: when, how much, and in which term (counted from 1)."""

    due_on: date
    amount: Decimal
    term: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule by rule: how the cash is spread, how often, and from when."""

    shape: Shape
    frequency: Frequency
    first_due_on: date


def due_dates(period: Period, frequency: Frequency, first_due_on: date) -> list[date]:
    """Return one due date for every interval begun in the period, every one counted from the first.

    A first date on the 31st falls on the last day of shorter months and returns to the 31st.
    """
    if frequency is Frequency.ONCE:
        return [first_due_on]
    dates = []
    count = 0
    while add_months(period.starts_on, count * _MONTHS[frequency]) < period.ends_before:
        dates.append(add_months(first_due_on, count * _MONTHS[frequency]))
        count += 1
    return dates


def spread(total: Decimal, parts: int, shape: Shape, currency: str) -> list[Decimal]:
    """Return the amounts of the parts, in the order they fall due; they sum to `total`.

    Equal parts are floored and the last takes the remainder. Front-loaded parts fall like 5:4:3:2:1
    and the first takes the remainder, so that no part is greater than the one before it.
    """
    if shape is Shape.FRONT_LOADED:
        return split(total, range(1, parts + 1), currency)[::-1]
    return split(total, [1] * parts, currency)


def plan_schedule(*, period: Period, total: Decimal, currency: str, plan: Plan) -> list[Planned]:
    """Return installments that sum to `total` to the smallest unit.

    Raises CommitmentError when the first due date is out of reach or the total is too small for so
    many parts.
    """
    end = period.ends_before if plan.frequency is Frequency.ONCE else period.starts_on
    if not add_months(period.starts_on, -12) <= plan.first_due_on < add_months(end, 12):
        msg = (
            "The first due date is more than a year from the commitment. Choose one nearer to its first day."
        )
        raise CommitmentError(msg, code="due_date_out_of_reach", field="first_due_on")
    dates = due_dates(period, plan.frequency, plan.first_due_on)
    amounts = spread(total, len(dates), plan.shape, currency)
    if min(amounts) <= 0:
        msg = f"{money_text(total, currency)} is too little for {len(dates)} installments. Choose a lower frequency."
        raise CommitmentError(msg, code="too_many_installments", field="frequency")
    return custom_schedule(
        period=period, total=total, currency=currency, parts=list(zip(dates, amounts, strict=True))
    )


def plan_of(*, period: Period, currency: str, parts: Sequence[tuple[date, Decimal]]) -> Plan | None:
    """Return the plan that leads to exactly these dates and amounts, or None when they are of their own."""
    given = sorted(parts)
    if not given:
        return None
    total = sum((amount for _day, amount in given), start=Decimal(0))
    for shape in (Shape.EQUAL, Shape.FRONT_LOADED):
        for frequency in Frequency:
            plan = Plan(shape, frequency, given[0][0])
            try:
                planned = plan_schedule(period=period, total=total, currency=currency, plan=plan)
            except CommitmentError:
                continue  # nothing that this plan could lead to
            if [(part.due_on, part.amount) for part in planned] == given:
                return plan
    return None


def custom_schedule(
    *, period: Period, total: Decimal, currency: str, parts: Sequence[tuple[date, Decimal]]
) -> list[Planned]:
    """Return the given dates and amounts in order of date, each in its term.

    A date before the period belongs to the first term, one after it to the last (money may come
    early or late; no more than a year, which catches a mistyped year). Raises CommitmentError when
    an amount is not positive, a date is out of reach, or the amounts do not sum to `total`.
    """
    if len(parts) > MOST_INSTALLMENTS:
        msg = f"A schedule has at most {MOST_INSTALLMENTS} installments. Give fewer."
        raise CommitmentError(msg, code="too_many_installments", field="installments")
    terms = terms_of(period)
    earliest, latest = add_months(period.starts_on, -12), add_months(period.ends_before, 12)
    planned = []
    for due_on, amount in sorted(parts):
        exact = check_amount(amount, currency, what=f"The installment due on {due_on}", field="installments")
        if not earliest <= due_on < latest:
            msg = f"The due date {due_on} is more than a year outside the commitment's period. "
            msg += "Correct it, or take the installment away."
            raise CommitmentError(msg, code="due_date_out_of_reach", field="installments")
        number = max(1, sum(term.starts_on <= due_on for term in terms))
        planned.append(Planned(due_on, exact, number))
    check_sum(sum((part.amount for part in planned), start=Decimal(0)), total, currency)
    return planned


def check_sum(due: Decimal, cash: Decimal, currency: str) -> None:
    """Raise CommitmentError unless all the cash promised falls due, and nothing else."""
    if due != cash:
        msg = (
            f"The installments sum to {money_text(due, currency)}, but the cash lines to "
            f"{money_text(cash, currency)}. Make them equal: change one of them, "
            "or let a plan spread the cash."
        )
        raise CommitmentError(msg, code="schedule_does_not_sum", field="installments")
