"""Conditions: what must happen before a part of a promise is ours, and how much of it has happened.

A condition is a barrier with a right of return or release (ASU 2018-08). What is promised is recognized
only as it is met. A restriction, which limits what money may be used for, is none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import TextChoices

from foundation.money.display import money_text
from foundation.money.rules import portion
from sponsors.commitments.rules.amounts import check_amount
from sponsors.commitments.rules.periods import later
from sponsors.commitments.rules.refusals import CommitmentError, NotAllowedNow
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY

MOST_CONDITIONS = 20


class ConditionState(TextChoices):
    """How far a condition is met; derived from facts, never stored."""

    OPEN = "open", "Open"
    PARTLY_MET = "partly_met", "Partly met"
    MET = "met", "Met"
    LAPSED = "lapsed", "Not met in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A condition as it is agreed; amounts in the commitment's currency.

    `amount` of the cash depends on it. With a `target`, such as what others must give, it is met in
    proportion; without one it is met whole or not at all. `position` names the condition that an
    amendment changes; None: a new one.
    """

    description: str
    measure: str
    amount: Decimal
    target: Decimal | None = None
    due_on: date | None = None
    money_returns: bool = True
    position: int | None = None

    @property
    def goal(self) -> Decimal:
        """What progress adds up to when it is met."""
        return self.amount if self.target is None else self.target


def check_barriers(barriers: Sequence[Barrier], currency: str, cash: Decimal) -> list[Barrier]:
    """Return the conditions with exact amounts. Raises CommitmentError."""
    if len(barriers) > MOST_CONDITIONS:
        msg = f"A commitment has at most {MOST_CONDITIONS} conditions. Put some together."
        raise CommitmentError(msg, code="too_many_conditions", field="conditions")
    return [_checked(number, one, currency, cash) for number, one in enumerate(barriers, start=1)]


def _checked(number: int, barrier: Barrier, currency: str, cash: Decimal) -> Barrier:
    def refuse(code: str, sentence: str) -> CommitmentError:
        return CommitmentError(f"Condition {number}: {sentence}", code=code, field="conditions")

    for what, text, longest in (
        ("description", barrier.description, 300),
        ("measure", barrier.measure, 300),
    ):
        if not text.strip():
            raise refuse("required", f"the {what} is missing. Enter it.")
        if len(text.strip()) > longest:
            raise refuse("too_long", f"the {what} has more than {longest} characters. Shorten it.")
    what = f"The amount of condition {number}"
    amount = check_amount(barrier.amount, currency, what=what, field="conditions")
    if amount > cash:
        sentence = (
            f"{money_text(amount, currency)} depends on it, but only {money_text(cash, currency)} in cash is "
            "promised. Lower its amount."
        )
        raise refuse("more_than_promised", sentence)
    target = barrier.target
    if target is not None:
        what = f"The target of condition {number}"
        target = check_amount(target, currency, what=what, field="conditions")
    if barrier.due_on is not None and not EARLIEST_DAY <= barrier.due_on < LATEST_DAY:
        raise refuse("date_out_of_reach", "its day must be in the years 1990 to 2099. Correct its year.")
    return replace(
        barrier,
        description=barrier.description.strip(),
        measure=barrier.measure.strip(),
        amount=amount,
        target=target,
    )


def met_amount(amount: Decimal, goal: Decimal, reached: Decimal, currency: str) -> Decimal:
    """Return how much of the promise is ours: in proportion to what is reached, floored, and whole at the goal."""
    return portion(amount, reached, goal, currency)


def conditional(cash: Decimal, unmet: Iterable[Decimal]) -> Decimal:
    """Return how much of the cash is not ours yet.

    Conditions may bear on the same money, so that what is unmet of them may be more than the cash.
    """
    return min(cash, sum(unmet, start=Decimal(0)))


def condition_state(reached: Decimal, goal: Decimal, due_on: date | None, today: date) -> ConditionState:
    """Return the state on a day; the first rule that fits decides."""
    if reached >= goal:
        return ConditionState.MET
    if due_on is not None and due_on < today:
        return ConditionState.LAPSED
    return ConditionState.PARTLY_MET if reached > 0 else ConditionState.OPEN


def check_progress(amount: Decimal | None, *, barrier: Barrier, reached: Decimal, currency: str) -> Decimal:
    """Return the exact progress; None: all that is missing. Raises CommitmentError above the target."""
    left = barrier.goal - reached
    if left <= 0:
        msg = (
            "This condition is met in full already, so nothing can be added. Reverse an entry that is wrong."
        )
        raise NotAllowedNow(msg, code="met_already", field="amount")
    exact = left if amount is None else check_amount(amount, currency, what="The progress", field="amount")
    if exact > left:
        msg = (
            f"{money_text(exact, currency)} would go above the target: {money_text(left, currency)} of "
            f"{money_text(barrier.goal, currency)} is missing. Record what counts towards it."
        )
        raise CommitmentError(msg, code="above_target", field="amount")
    if barrier.target is None and exact != left:
        msg = (
            "This condition has no target, so it is met whole or not at all. Leave the amount empty once it "
            "is met."
        )
        raise CommitmentError(msg, code="met_whole_or_not", field="amount")
    return exact


def check_met_on(
    day: date,
    *,
    signed_on: date,
    closed_on: date | None,
    due_on: date | None,
    today: date,
    field: str = "met_on",
) -> None:
    """Raise CommitmentError for a day on which the condition cannot have been met.

    `closed_on` is the first day on which the commitment no longer held.
    """
    check_counts_on(day, today, field=field)
    if day < signed_on:
        msg = f"The commitment was signed on {signed_on}. Give that day for what was reached before."
        raise CommitmentError(msg, code="met_before_signing", field=field)
    if closed_on is not None and day >= closed_on:
        msg = f"The commitment holds no longer from {closed_on}. Give a day before it."
        raise CommitmentError(msg, code="met_after_the_end", field=field)
    if due_on is not None and day > due_on:
        msg = (
            f"The condition had to be met by {due_on}. Give a day up to then, or amend the commitment to give "
            "it more time."
        )
        raise CommitmentError(msg, code="met_too_late", field=field)


def check_counts_on(day: date, today: date, *, field: str = "met_on") -> None:
    """Raise CommitmentError for a day that is yet to come."""
    if day > today:
        msg = f"The day {day} is after today, {today}. Correct it."
        raise CommitmentError(msg, code="met_in_the_future", field=field)


def postponed(barrier: Barrier, distance: int | timedelta) -> Barrier:
    """Return the condition as it holds again so much later, in months or days; it is a new one."""
    due_on = None if barrier.due_on is None else later(barrier.due_on, distance)
    return replace(barrier, due_on=due_on, position=None)


def renumbered(wanted: Sequence[Barrier], standing: Iterable[Barrier]) -> list[Barrier]:
    """Return the wanted conditions, those that stand as they are with their position.

    Whoever gives all conditions anew need not name those that stay. Raises CommitmentError for a
    position that does not stand, or that is named twice.
    """
    there = list(standing)
    known = {one.position for one in there}
    named = [one.position for one in wanted if one.position is not None]
    for position in named:
        if position not in known or named.count(position) > 1:
            msg = (
                f"Condition {position} is given twice. Give it once."
                if position in known
                else f"There is no condition {position}. Leave its position out to add one."
            )
            raise CommitmentError(msg, code="unknown_condition", field="conditions")
    unnamed = {replace(one, position=None): one for one in there if one.position not in named}
    return [unnamed.pop(one, one) for one in wanted]


def check_reached(barrier: Barrier, reached: Decimal, currency: str) -> None:
    """Raise NotAllowedNow when a changed condition would be less than what was met of it."""
    if barrier.goal < reached or (barrier.target is None and reached not in {0, barrier.goal}):
        msg = (
            f"{money_text(reached, currency)} of condition {barrier.position} is met already. Keep a target of "
            "that or more."
        )
        raise NotAllowedNow(msg, code="less_than_met", field="conditions")
