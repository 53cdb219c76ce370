"""The nightly look at every ladder: steps that are due are written, and people are told. A second look finds nothing to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.renewals.models import ReminderStep
from sponsors.renewals.rules.ladder import Step
from sponsors.renewals.rules.states import StepAction, StepState, states_that_may
from sponsors.renewals.selectors.climbing import Climber, Ladders, climbing, ladders, taken_codes
from sponsors.renewals.services.settling import close_ended, close_over, settle, wake
from sponsors.renewals.services.telling import tell
from sponsors.renewals.writing import StepRow, write_cases, write_steps

AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: steps opened, missed, closed and woken, and how many times somebody is to be told."""

    opened: int = 0
    missed: int = 0
    closed: int = 0
    woken: int = 0
    told: int = 0

    def __str__(self) -> str:
        return (
            f"{self.opened} reminders opened, {self.missed} missed, {self.closed} closed, {self.woken} woken, "
            f"{self.told} people told"
        )


def follow_up(*, actor: User | None, today: date) -> int:
    """Close what an outcome settled, and return how many steps: cheap enough to be asked every few minutes."""
    return settle(actor=actor, today=today)


def sweep_reminders(*, actor: User | None, today: date, at_once: int = AT_ONCE) -> Swept:
    """Write every step that came due, and who is told of those that wait for an answer.

    Each batch is a transaction of its own: what a crash leaves undone, the next sweep does. Of two sweeps at once
    each step is written by one alone.
    """
    known = ladders()
    closed = settle(actor=actor, today=today) + close_over(
        actor=actor, today=today, days_after=known.is_over_after
    )
    woken = wake(actor=actor, today=today)
    opened = missed = 0
    for batch in climbing(known, today, at_once=at_once):
        taken = take_steps(actor=actor, batch=batch, known=known, today=today)
        opened += taken.opened
        missed += taken.missed
        closed += taken.closed
    told = tell(actor=actor, today=today, at_once=at_once)
    return Swept(opened, missed, closed, woken, told)


@action("reminder.take")
def take_steps(
    *,
    actor: User | None,  # recorded by @action
    batch: Sequence[Climber],
    known: Ladders,
    today: date,
) -> Swept:
    """Write the steps of these commitments that are due, and open their cases."""
    taken = taken_codes(batch)
    missed: list[StepRow] = []
    opened: list[StepRow] = []
    for row in batch:
        due = known.due_for(row, today, taken.get(row.pk, ()))
        missed += (_row(row, step, StepState.MISSED, today) for step in due.missed)
        opened += (_row(row, step, StepState.OPEN, today) for step in due.tell)
    if missed or opened:
        write_steps([*missed, *opened])
        _replace_earlier({row.commitment for row in (*missed, *opened)})
        write_cases(sorted({row.commitment for row in opened}), today)
    closed = close_ended(batch=batch, known=known, today=today)
    return Swept(opened=len(opened), missed=len(missed), closed=closed)


def _row(row: Climber, step: Step, state: StepState, today: date) -> StepRow:
    return StepRow(
        row.pk,
        row.ends_before,
        step.code,
        step.rung.anchor.value,
        step.rung.days,
        step.due_on,
        step.closes_before,
        step.response_days,
        state.value,
        today,
    )


def _replace_earlier(commitments: set[int]) -> None:
    """Let a step that a later one of the same anchor follows wait no longer."""
    later = ReminderStep.objects.filter(
        commitment=OuterRef("commitment"),
        ends_before=OuterRef("ends_before"),
        anchor=OuterRef("anchor"),
        days__gt=OuterRef("days"),
    )
    ReminderStep.objects.filter(
        Exists(later), commitment__in=commitments, state__in=states_that_may(StepAction.REPLACE)
    ).update(state=StepState.REPLACED, snoozed_until=None)
