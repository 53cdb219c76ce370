"""A plan for a file of schedules: one row an installment, for commitments that are drafts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q

from foundation.imports import kinds
from foundation.imports.rules import Row
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import Commitment, Installment
from sponsors.commitments.rules import Period, custom_schedule
from sponsors.commitments.services.importing.cells import Cells, grouped
from sponsors.commitments.services.importing.installments import (
    Dates,
    Parts,
    plan_dates,
    with_what_bears_on_dates,
    write_dates,
)

_MOST_TOLD = 12


@dataclass(slots=True)
class _Entry:
    """The new schedule of one commitment; the same as it has when nothing changes."""

    commitment: Commitment
    rows: int
    parts: Parts
    same: bool

    def step(self, line: int) -> kinds.Step:
        number = self.commitment.number
        if self.same:
            return kinds.Step(line, kinds.SAME, self.commitment.title, number)
        was = _told(_standing(self.commitment), self.commitment.currency)
        change = ("schedule", was, _told(self.parts, self.commitment.currency))
        return kinds.Step(line, kinds.CHANGE, self.commitment.title, number, (change,))


@dataclass(slots=True)
class SchedulePlan(kinds.Plan):
    """What the rows of a file of schedules would do."""

    entries: list[_Entry] = field(default_factory=list)

    def write(self, *, actor: User, today: date, tell: kinds.Tell) -> None:
        """Give each draft its dates and amounts."""
        del today
        changed = [
            Dates(commitment=entry.commitment.pk, parts=entry.parts, rows=entry.rows)
            for entry in self.entries
            if not entry.same
        ]
        same = sum(entry.rows for entry in self.entries if entry.same)
        tell(same)
        write_dates(changed, actor=actor, done=same, tell=tell)


def plan_schedules(rows: Sequence[Row], _today: date, tell: kinds.Tell) -> SchedulePlan:
    """Decide what the rows would change; write nothing."""
    plan = SchedulePlan()
    known = _commitments({row.values.get("commitment", "") for row in rows})
    lines: dict[int, int] = {}
    done = 0
    for name, group in grouped(rows, "commitment"):
        before = len(plan.faults)
        every = [Cells(row, plan.faults) for row in group]
        commitment = known.get(name)
        parts = [part for part in (_part(cells, commitment) for cells in every) if part is not None]
        if commitment is None:
            every[0].fault(
                "commitment", "There is no commitment of this number or key. Correct it, or import it first."
            )
        elif lines.setdefault(commitment.pk, group[0].line) != group[0].line:
            every[0].fault("commitment", f"Line {lines[commitment.pk]} is about the same one. Name it alike.")
        elif len(plan.faults) == before and len(parts) == len(every):
            entry = _entry(every[0], commitment, parts)
            if entry is not None:
                plan.entries.append(entry)
                plan.steps.append(entry.step(group[0].line))
        done += len(group)
        tell(done)
    return plan


def _commitments(names: set[str]) -> dict[str, Commitment]:
    """Return the commitments by the number or key that names them here."""
    found = (
        with_what_bears_on_dates()
        .filter(Q(number__in=names) | Q(external_key__key__in=names))
        .select_related("external_key")
        .prefetch_related(Prefetch("installments", Installment.objects.scheduled()))
    )
    by_name: dict[str, Commitment] = {}
    for commitment in found:
        key = getattr(commitment, "external_key", None)
        if key is not None:
            by_name.setdefault(key.key, commitment)
        # A number says more than a key that looks like one.
        by_name[commitment.number] = commitment
    return by_name


def _part(cells: Cells, commitment: Commitment | None) -> tuple[date, Decimal] | None:
    """Return a due date and an amount that the commitment could have."""
    due_on, amount = cells.day("due_on"), cells.amount("amount")
    if due_on is None or amount is None or commitment is None:
        return None
    columns = {"due_date_out_of_reach": "due_on"}
    alone = cells.attempt(
        "amount",
        lambda: custom_schedule(
            period=Period(commitment.starts_on, commitment.ends_before),
            total=amount,
            currency=commitment.currency,
            parts=[(due_on, amount)],
        ),
        columns,
    )
    return None if alone is None else (due_on, alone[0].amount)


def _entry(cells: Cells, commitment: Commitment, parts: Parts) -> _Entry | None:
    parts = sorted(parts)
    if parts == _standing(commitment):
        return _Entry(commitment, len(parts), parts, same=True)
    fits = cells.attempt("commitment", lambda: plan_dates(commitment, parts))
    return _Entry(commitment, len(parts), parts, same=False) if fits else None


def _standing(commitment: Commitment) -> Parts:
    return sorted((part.due_on, part.amount) for part in commitment.installments.all())


def _told(parts: Parts, currency: str) -> str:
    more = f"; and {len(parts) - _MOST_TOLD} more" if len(parts) > _MOST_TOLD else ""
    return (
        "; ".join(f"{due_on} {money_text(amount, currency)}" for due_on, amount in parts[:_MOST_TOLD]) + more
    )
