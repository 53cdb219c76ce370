"""The rules of commitments: states, terms, schedules, and how receipts pay installments.

Pure Python. Periods are half-open; amounts are exact in the commitment's currency.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from django.db.models import TextChoices

from foundation.errors import Conflict, RuleViolation
from foundation.money.display import money_text
from foundation.money.rules import AmountNotExact, in_currency, split
from sponsors.directory.rules import EARLIEST_DAY

SHORTEST_MONTHS = 1
LONGEST_MONTHS = 120
# A date outside is a slip of the keyboard; inside, a year more or less is always a date.
LATEST_DAY = date(2100, 1, 1)
MOST_LINES = 200
MOST_INSTALLMENTS = 500
# What the columns hold: 14 digits before the decimal point.
LARGEST_AMOUNT = Decimal(10) ** 14


class CommitmentError(RuleViolation):
    """A commitment or its schedule is not possible as asked."""

    code = "commitment_invalid"


class NotAllowedNow(Conflict):
    """The commitment's state does not allow the action."""

    code = "not_allowed_now"


# States -------------------------------------------------------------------------------------


class State(TextChoices):
    """Where a commitment stands. The table below is the only way from one to another."""

    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Proposed"
    SIGNED = "signed", "Signed"
    ENDED = "ended", "Ended"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DECLINED = "declined", "Declined"
    TERMINATED = "terminated", "Terminated"


class Action(StrEnum):
    """What may be done to a commitment as a whole."""

    PROPOSE = "propose"
    REVISE = "revise"
    SIGN = "sign"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    END = "end"
    TERMINATE = "terminate"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.PROPOSE): State.PROPOSED,
    (State.DRAFT, Action.WITHDRAW): State.WITHDRAWN,
    (State.PROPOSED, Action.REVISE): State.DRAFT,
    (State.PROPOSED, Action.SIGN): State.SIGNED,
    (State.PROPOSED, Action.DECLINE): State.DECLINED,
    (State.PROPOSED, Action.WITHDRAW): State.WITHDRAWN,
    (State.SIGNED, Action.END): State.ENDED,
    (State.SIGNED, Action.TERMINATE): State.TERMINATED,
}

_DONE = {
    Action.PROPOSE: "proposed",
    Action.REVISE: "taken back to draft",
    Action.SIGN: "signed",
    Action.DECLINE: "declined",
    Action.WITHDRAW: "withdrawn",
    Action.END: "ended",
    Action.TERMINATE: "terminated",
}

# Once signed it is firm; what was due before it closed stays due.
FIRM = frozenset({State.SIGNED, State.ENDED, State.TERMINATED})


def possible_actions(state: str) -> list[Action]:
    """Return what may be done in the state, in the table's order."""
    return [action for (start, action) in TRANSITIONS if start == state]


def next_state(state: str, action: Action) -> State:
    """Return the state the action leads to. Raises NotAllowedNow with what is possible instead."""
    try:
        return TRANSITIONS[State(state), action]
    except KeyError:
        possible = ", ".join(_DONE[other] for other in possible_actions(state))
        instead = (
            f"It can be {possible}." if possible else "It is closed, and nothing more can be done to it."
        )
        label = State(state).label.lower()
        msg = f"A commitment that is {label} cannot be {_DONE[action]}. {instead}"
        raise NotAllowedNow(msg, field="state") from None


# Periods and terms --------------------------------------------------------------------------


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or that month's last day if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_after(day: date) -> date:
    """Return the next day; the last day there is stays, as no rule accepts it anyway."""
    return day if day == date.max else day + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `starts_on` up to, not including, `ends_before`."""

    starts_on: date
    ends_before: date


def check_period(starts_on: date, ends_before: date) -> Period:
    """Return the period of a commitment: from one month to ten years. Raises CommitmentError."""
    if not EARLIEST_DAY <= starts_on < LATEST_DAY:
        msg = "The first day must be in the years 1990 to 2099. Correct its year."
        raise CommitmentError(msg, code="date_out_of_reach", field="starts_on")
    if ends_before <= starts_on:
        msg = "The last day is before the first day. Choose a last day on or after the first."
        raise CommitmentError(msg, code="end_before_start", field="ends_on")
    if ends_before < add_months(starts_on, SHORTEST_MONTHS):
        msg = "A commitment lasts at least one month. Choose a later last day."
        raise CommitmentError(msg, code="period_too_short", field="ends_on")
    if ends_before > add_months(starts_on, LONGEST_MONTHS):
        msg = "A commitment lasts at most ten years. Choose an earlier last day, and renew it later."
        raise CommitmentError(msg, code="period_too_long", field="ends_on")
    return Period(starts_on, ends_before)


def following(period: Period) -> tuple[Period, int | timedelta]:
    """Return the period as long as this one that begins where it ends, and how far that is.

    The distance is in months when the period is a number of whole months, else in days.
    """
    start, end = period.starts_on, period.ends_before
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) == end:
        return Period(end, add_months(end, months)), months
    return Period(end, end + (end - start)), end - start


def later(day: date, distance: int | timedelta) -> date:
    """Return the day moved by a number of months, or by days."""
    return add_months(day, distance) if isinstance(distance, int) else day + distance


def terms_of(period: Period) -> list[Period]:
    """Return the yearly terms that tile the period; the last may be shorter.

    Every start is counted from the first day, so that a start on 29 February returns to it in the
    next leap year instead of drifting to the 28th.
    """
    starts = []
    years = 0
    while (start := add_months(period.starts_on, 12 * years)) < period.ends_before:
        starts.append(start)
        years += 1
    return [Period(start, end) for start, end in pairwise([*starts, period.ends_before])]


# Schedules ----------------------------------------------------------------------------------


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


def check_amount(amount: Decimal, currency: str, *, what: str, field: str) -> Decimal:
    """Return the amount with exactly the currency's decimals.

    Raises CommitmentError when it is not more than zero, or too large, or has more decimals than
    the currency; `what` begins the sentence.
    """
    if not amount.is_finite() or amount <= 0:
        msg = f"{what} must be more than zero. Enter a positive amount."
        raise CommitmentError(msg, code="amount_not_positive", field=field)
    if amount >= LARGEST_AMOUNT:
        msg = f"{what} must be less than {LARGEST_AMOUNT:,}. Check the number of digits."
        raise CommitmentError(msg, code="amount_too_large", field=field)
    try:
        return in_currency(amount, currency)
    except AmountNotExact as error:
        msg = f"{what} is not exact. {error.message} Round it."
        raise CommitmentError(msg, code=error.code, field=field) from None


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
            msg = f"The due date {due_on} is more than a year outside the commitment's period. Correct it."
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
            f"{money_text(cash, currency)}. Make them equal."
        )
        raise CommitmentError(msg, code="schedule_does_not_sum", field="installments")


# Installments and receipts ------------------------------------------------------------------


class InstallmentState(TextChoices):
    """What became of an installment; derived from facts, never stored."""

    PLANNED = "planned", "Planned"
    SCHEDULED = "scheduled", "Scheduled"
    DUE = "due", "Due today"
    PARTLY_PAID = "partly_paid", "Partly paid"
    OVERDUE = "overdue", "Overdue"
    PAID = "paid", "Paid"
    RELEASED = "released", "No longer due"


def installment_state(
    *,
    amount: Decimal,
    paid: Decimal,
    due_on: date,
    today: date,
    commitment_state: str,
    closed_on: date | None,
) -> InstallmentState:
    """Return the state of an installment on a day; the first rule that fits decides.

    Paid in full is paid. Of a commitment that was never signed, nothing is due. Of a terminated one
    only what fell due before it closed. An unpaid remainder is overdue from the day after its due
    date, whether or not a part was paid.
    """
    if paid >= amount:
        return InstallmentState.PAID
    if commitment_state in {State.DRAFT, State.PROPOSED}:
        return InstallmentState.PLANNED
    if commitment_state in {State.WITHDRAWN, State.DECLINED}:
        return InstallmentState.RELEASED
    if commitment_state == State.TERMINATED and closed_on is not None and due_on >= closed_on:
        return InstallmentState.RELEASED
    if due_on < today:
        return InstallmentState.OVERDUE
    if paid > 0:
        return InstallmentState.PARTLY_PAID
    return InstallmentState.DUE if due_on == today else InstallmentState.SCHEDULED


@dataclass(frozen=True, slots=True)
class Open:
    """What is still to be paid of one installment."""

    pk: int
    due_on: date
    remainder: Decimal


def oldest_first(amount: Decimal, installments: Sequence[Open]) -> list[tuple[int, Decimal]]:
    """Return (installment, amount) pairs that use the amount up on the oldest due dates first.

    What is left when all are paid is not allocated: it stays with the receipt as credit.
    """
    allocations = []
    left = amount
    for installment in sorted(installments, key=lambda i: (i.due_on, i.pk)):
        part = min(left, installment.remainder)
        if part > 0:
            allocations.append((installment.pk, part))
            left -= part
    return allocations
