"""Conditions: written with a draft, and met by progress, which is a fact with a day of its own.

Who locks what first is said in the slice's docstring; a condition is changed with its commitment's row held.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.books.closing import NAMES_THE_DAY, check_open, open_from
from foundation.people.models import User
from sponsors.commitments.models import Commitment, Condition, ConditionProgress
from sponsors.commitments.rules import (
    FIRM,
    Barrier,
    NotAllowedNow,
    State,
    check_counts_on,
    check_met_on,
    check_progress,
)
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.receipts import check_correction
from sponsors.commitments.services.values import check_text
from sponsors.directory.services import hold_sponsor_of


def barriers_of(commitment: Commitment) -> list[Barrier]:
    return [row.barrier for row in commitment.conditions.order_by("position")]


def write_barriers(commitment: Commitment, barriers: Sequence[Barrier]) -> None:
    """Write the conditions of a draft that has none, counted from 1."""
    Condition.objects.bulk_create(
        condition_row(commitment, position, barrier) for position, barrier in enumerate(barriers, start=1)
    )


def rewrite_barriers(draft: Commitment, barriers: Sequence[Barrier]) -> None:
    """Let the conditions of a draft be these; where they are already, they keep their rows."""
    if barriers != barriers_of(draft):
        draft.conditions.all().delete()
        write_barriers(draft, barriers)


def condition_row(commitment: Commitment, position: int, barrier: Barrier) -> Condition:
    return Condition(
        commitment=commitment,
        position=position,
        description=barrier.description,
        measure=barrier.measure,
        target=barrier.target,
        amount=barrier.amount,
        due_on=barrier.due_on,
        money_returns=barrier.money_returns,
    )


@action("condition.record_progress")
def record_progress(
    *,
    actor: User,
    condition: Condition,
    met_on: date,
    reference: str,
    note: str,
    today: date,
    amount: Decimal | None = None,
    corrects_on: date | None = None,
) -> ConditionProgress:
    """Record that a condition was met on a day, or `amount` of its target; None: all that is missing.

    What was met on a day whose books are closed by now counts from `met_on`, an open day, and names that
    day in `corrects_on`; it was in time when that day was.

    Raises CommitmentError naming the field, NotAllowedNow when the commitment is not firm, the condition
    was changed meanwhile or the reference is recorded already, and BooksClosed.
    """
    locked = _lock(condition)
    commitment = locked.commitment
    if commitment.state not in FIRM:
        msg = f"{commitment.number} is not signed, so nothing of it is met. Sign it first."
        raise NotAllowedNow(msg, code="not_signed", field="condition")
    if locked.removed_by_id is not None:
        msg = f"An amendment has replaced this row of {locked}. Open the commitment and choose what stands."
        raise NotAllowedNow(msg, code="changed_meanwhile", field="condition")
    assert commitment.signed_on is not None  # it is firm
    happened_on = corrects_on or met_on
    check_met_on(
        happened_on,
        signed_on=commitment.signed_on,
        closed_on=commitment.closed_on if commitment.state == State.TERMINATED else None,
        due_on=locked.due_on,
        today=today,
        field="corrects_on" if corrects_on else "met_on",
    )
    reference = check_text(reference, "reference", "reference", longest=100)
    known = ConditionProgress.objects.of(locked).standing().filter(reference=reference).first()
    if known is not None:
        msg = f"{reference} is recorded already, on {known.met_on}. Give another reference, or reverse that entry first."
        raise NotAllowedNow(msg, code="reference_exists", field="reference")
    exact = check_progress(
        amount, barrier=locked.barrier, reached=locked.reached, currency=commitment.currency
    )
    check_open(met_on, what="Progress", field="met_on", advice=NAMES_THE_DAY)
    if corrects_on is not None:
        check_correction(corrects_on, met_on, open_from(), what="the progress")
        check_counts_on(met_on, today)
    progress = ConditionProgress.objects.create(
        condition=locked,
        met_on=met_on,
        corrects_on=corrects_on,
        amount=exact,
        reference=reference,
        note=check_text(note, "note", "note", longest=300),
        recorded_by=actor,
    )
    progress.refresh_from_db()
    return progress


@action("condition.reverse_progress")
def reverse_progress(
    *, actor: User, progress: ConditionProgress, reason: str, today: date
) -> ConditionProgress:
    """Undo an entry by a row that names it, dated `today`. Raises NotAllowedNow when it is reversed already."""
    condition = _lock(progress.condition)
    locked = ConditionProgress.objects.select_for_update().get(pk=progress.pk)
    if locked.is_reversed or locked.reverses_id is not None:
        msg = f"{locked.reference} is reversed already. Choose an entry that stands."
        raise NotAllowedNow(msg, code="reversed_already", field="progress")
    day = max(today, locked.met_on)
    check_open(day, what="A reversal", field="met_on")
    reversal = ConditionProgress.objects.create(
        condition=condition,
        met_on=day,
        amount=-locked.amount,
        reference=locked.reference,
        note=check_text(reason, "reason", "reason", longest=300),
        recorded_by=actor,
        reverses=locked,
    )
    reversal.refresh_from_db()
    return reversal


def _lock(condition: Condition) -> Condition:
    hold_sponsor_of(Commitment, condition.commitment_id)
    commitment = lock_commitment(condition.commitment)
    locked = Condition.versions.select_for_update().get(pk=condition.pk)
    locked.commitment = commitment
    return locked
