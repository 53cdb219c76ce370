"""What an amendment does to a schedule: states, the difference it makes, and the days it may take effect."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from django.db.models import TextChoices

from foundation.money.display import money_text
from sponsors.commitments.rules.periods import Period, distance, later
from sponsors.commitments.rules.refusals import CommitmentError, NotAllowedNow

ThingT = TypeVar("ThingT", bound=Hashable)


class AmendmentState(TextChoices):
    """Where an amendment stands. The table below is the only way from one to another."""

    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved, takes effect later"
    APPLIED = "applied", "In effect"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AmendmentAction(StrEnum):
    """What may be done to an amendment."""

    APPROVE = "approve"
    APPLY = "apply"
    WITHDRAW = "withdraw"


AMENDMENT_TRANSITIONS: dict[tuple[AmendmentState, AmendmentAction], AmendmentState] = {
    (AmendmentState.PROPOSED, AmendmentAction.APPROVE): AmendmentState.APPROVED,
    (AmendmentState.PROPOSED, AmendmentAction.WITHDRAW): AmendmentState.WITHDRAWN,
    (AmendmentState.APPROVED, AmendmentAction.APPLY): AmendmentState.APPLIED,
    (AmendmentState.APPROVED, AmendmentAction.WITHDRAW): AmendmentState.WITHDRAWN,
}

_NOT_NOW = {
    AmendmentState.PROPOSED: "is proposed and not approved yet",
    AmendmentState.APPROVED: "is approved already",
    AmendmentState.APPLIED: "is in effect already. Propose another amendment to change the commitment again",
    AmendmentState.WITHDRAWN: "was withdrawn. Propose it anew",
}


def next_amendment_state(state: str, action: AmendmentAction) -> AmendmentState:
    """Return the state the action leads to. Raises NotAllowedNow, so that nothing takes effect twice."""
    try:
        return AMENDMENT_TRANSITIONS[AmendmentState(state), action]
    except KeyError:
        msg = f"The amendment {_NOT_NOW[AmendmentState(state)]}."
        raise NotAllowedNow(msg, code="amendment_not_allowed_now", field="state") from None


@dataclass(frozen=True, slots=True)
class Due:
    """An installment as an amendment sees it: when and how much."""

    due_on: date
    amount: Decimal


class During(TextChoices):
    """What becomes of the installments that would fall due while a commitment is paused."""

    POSTPONE = "postpone", "Postpone: everything unpaid moves by the length of the pause, and so does the end"
    FORGO = "forgo", "Forgo: what falls due in the pause is not paid, and the cash is less by it"


def difference(
    standing: Sequence[tuple[int, ThingT]], wanted: Iterable[ThingT]
) -> tuple[list[int], list[ThingT]]:
    """Return the keys of the standing rows that go, and the things that come; equal ones stay.

    Two equal rows are two: as many stay as are wanted.
    """
    missing = Counter(wanted)
    gone = []
    for key, thing in standing:
        if missing[thing]:
            missing[thing] -= 1
        else:
            gone.append(key)
    return gone, list(missing.elements())


def check_pauses(pauses: Sequence[Period], whole: Period) -> list[Period]:
    """Return the pauses in order of date. Raises CommitmentError unless they are apart and inside."""
    ordered = sorted(pauses, key=lambda pause: pause.starts_on)
    for pause in ordered:
        if pause.ends_before <= pause.starts_on:
            msg = f"The pause ends on {_last(pause)}, before it begins on {pause.starts_on}. Correct one of them."
            raise CommitmentError(msg, code="end_before_start", field="pauses")
        if not whole.starts_on <= pause.starts_on < pause.ends_before <= whole.ends_before:
            msg = (
                f"The pause from {pause.starts_on} to {_last(pause)} is not within the commitment, "
                f"{whole.starts_on} to {_last(whole)}. Choose days within it."
            )
            raise CommitmentError(msg, code="pause_outside", field="pauses")
    for one, other in pairwise(ordered):
        if other.starts_on < one.ends_before:
            msg = (
                f"The pause from {other.starts_on} overlaps the one from {one.starts_on} to {_last(one)}. "
                f"Begin it on {one.ends_before} or later, or change the other one."
            )
            raise CommitmentError(msg, code="pauses_overlap", field="pauses")
    return ordered


def check_from_then_on(
    before: Iterable[Period], after: Iterable[Period], *, effective_on: date, ends_before: date | None
) -> None:
    """Raise CommitmentError unless days before the amendment takes effect stay as they were.

    `before` and `after` are the pauses; a new `ends_before` is None when the end stays. Days that are
    over may be in closed books.
    """
    if ends_before is not None and ends_before < effective_on:
        msg = (
            f"The last day would be {ends_before - timedelta(days=1)}, before the amendment takes effect on "
            f"{effective_on}. Choose {effective_on - timedelta(days=1)} or a later day."
        )
        raise CommitmentError(msg, code="end_before_amendment", field="ends_on")
    stood, stands = _days_until(effective_on, before), _days_until(effective_on, after)
    if gone := sorted(stood - stands):
        starts_on, until = gone[0]
        msg = (
            f"The pause from {starts_on} began before the amendment takes effect on {effective_on}. Keep it up "
            f"to {until - timedelta(days=1)} at least, or let the amendment take effect earlier."
        )
        raise CommitmentError(msg, code="pause_is_past", field="pauses")
    if come := sorted(stands - stood):
        msg = (
            f"The pause begins on {come[0][0]}, before the amendment takes effect on {effective_on}. "
            "Begin it then or later, or let the amendment take effect earlier."
        )
        raise CommitmentError(msg, code="pause_before_amendment", field="pauses")


def _days_until(day: date, pauses: Iterable[Period]) -> set[tuple[date, date]]:
    return {(pause.starts_on, min(pause.ends_before, day)) for pause in pauses if pause.starts_on < day}


def check_nothing_due_in(pauses: Iterable[Period], unpaid: Iterable[Due]) -> None:
    """Raise CommitmentError when an unpaid installment falls due while the commitment is paused."""
    dues = sorted({part.due_on for part in unpaid})
    for pause in pauses:
        inside = next((day for day in dues if pause.starts_on <= day < pause.ends_before), None)
        if inside is not None:
            msg = (
                f"An installment falls due on {inside}, in the pause from {pause.starts_on} to {_last(pause)}. "
                "Move or remove it."
            )
            raise CommitmentError(msg, code="due_in_pause", field="installments")


def check_apart(pauses: Iterable[Period], others: Iterable[Period], named: str) -> None:
    """Raise CommitmentError when a pause overlaps one of the amendment that is `named`."""
    there = list(others)
    for pause in pauses:
        for other in there:
            if pause.starts_on < other.ends_before and other.starts_on < pause.ends_before:
                msg = (
                    f"The pause from {pause.starts_on} to {_last(pause)} overlaps the one from {other.starts_on} to "
                    f"{_last(other)} of {named}. Choose other days, or withdraw that amendment first."
                )
                raise CommitmentError(msg, code="pauses_overlap", field="pauses")


def check_nothing_added_in(pauses: Iterable[Period], added: Iterable[Due], named: str, *, field: str) -> None:
    """Raise CommitmentError when one of two amendments, the other is `named`, lets something fall due in a pause."""
    dues = sorted({part.due_on for part in added})
    for pause in pauses:
        inside = next((day for day in dues if pause.starts_on <= day < pause.ends_before), None)
        if inside is not None:
            msg = (
                f"With {named}, an installment would fall due on {inside}, in the pause from {pause.starts_on} to "
                f"{_last(pause)}. Choose other days, or withdraw that amendment first."
            )
            raise CommitmentError(msg, code="due_in_pause", field=field)


def check_nothing_owed_in(pause: Period, owed: Iterable[Due], currency: str) -> None:
    """Raise NotAllowedNow when an installment that no amendment changes, and that is not paid, falls due in it."""
    inside = sorted(
        (part.due_on, part.amount) for part in owed if pause.starts_on <= part.due_on < pause.ends_before
    )
    if inside:
        named = " and ".join(f"{money_text(amount, currency)} due on {day}" for day, amount in inside)
        msg = (
            f"What was invoiced or paid in part does not move, and falls due in the pause from {pause.starts_on} "
            f"to {_last(pause)}: {named}. Credit its invoice first, or choose other days for the pause."
        )
        raise NotAllowedNow(msg, code="invoiced_in_pause", field="pauses")


def postpone(parts: Iterable[Due], pause: Period) -> list[Due]:
    """Return the installments with those due from the pause's first day on moved by its length."""
    length = distance(pause.starts_on, pause.ends_before)
    return [
        Due(later(part.due_on, length), part.amount) if part.due_on >= pause.starts_on else part
        for part in parts
    ]


def postponed_end(ends_before: date, pause: Period) -> date:
    """Return the day after the last day of a commitment that is longer by the pause."""
    return later(ends_before, distance(pause.starts_on, pause.ends_before))


def forgo(parts: Iterable[Due], pause: Period) -> list[Due]:
    """Return the installments without those due in the pause."""
    return [part for part in parts if not pause.starts_on <= part.due_on < pause.ends_before]


def check_effective(
    effective_on: date, *, signed_on: date, ends_before: date, earlier: tuple[int, date] | None
) -> None:
    """Raise CommitmentError unless an amendment may take effect on the day.

    `ends_before` is the later of the ends without and with it; `earlier` the number and day of the
    last one in effect. Each takes effect after those before it, so that what stood on a past day can
    be told from the days alone.
    """
    if effective_on < signed_on:
        msg = f"The commitment was signed on {signed_on}. Choose that day or a later one."
        raise CommitmentError(msg, code="amended_before_signing", field="effective_on")
    if effective_on >= ends_before:
        msg = (
            f"The commitment ends after {ends_before - timedelta(days=1)}. Choose that day or an earlier one."
        )
        raise CommitmentError(msg, code="amended_after_the_end", field="effective_on")
    if earlier is not None and effective_on < earlier[1]:
        msg = f"Amendment {earlier[0]} took effect on {earlier[1]}. Choose that day or a later one."
        raise CommitmentError(msg, code="amended_before_another", field="effective_on")


def _last(period: Period) -> date:
    return period.ends_before - timedelta(days=1)
