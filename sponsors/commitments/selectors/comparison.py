"""A schedule before and after an amendment, side by side."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sponsors.commitments.models import Amendment, CommitmentLine, Installment, Pause, Term
from sponsors.commitments.rules import AmendmentState
from sponsors.commitments.services.changes import from_data

_DAY = timedelta(days=1)


class Fate(StrEnum):
    """What an amendment does with a row."""

    KEPT = "kept"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


def _fate(before: object, after: object) -> Fate:
    if before is None or after is None:
        return Fate.ADDED if before is None else Fate.REMOVED
    return Fate.KEPT if before == after else Fate.CHANGED


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line before and after; None: it was not there, or is there no more. Funds by name."""

    description: str
    kind: str
    before: Decimal | None
    after: Decimal | None
    fund_before: str = ""
    fund_after: str = ""

    @property
    def fate(self) -> Fate:
        if self.before is None or self.after is None:
            return _fate(self.before, self.after)
        return _fate((self.before, self.fund_before), (self.after, self.fund_after))


@dataclass(frozen=True, slots=True)
class DueChange:
    """What falls due on a day, before and after; None: nothing. `paid` is what was paid of it."""

    due_on: date
    before: Decimal | None
    after: Decimal | None
    paid: Decimal

    @property
    def fate(self) -> Fate:
        return _fate(self.before, self.after)


@dataclass(frozen=True, slots=True)
class PauseChange:
    fate: Fate
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Comparison:
    """Days are inclusive. Sums are of cash, in the commitment's currency."""

    ended_on: date
    ends_on: date
    lines: tuple[LineChange, ...]
    installments: tuple[DueChange, ...]
    pauses: tuple[PauseChange, ...]
    cash_before: Decimal
    cash_after: Decimal

    @property
    def end_changes(self) -> bool:
        return self.ended_on != self.ends_on


def comparison(amendment: Amendment) -> Comparison:
    """Return what the amendment changes: what it did once it is in effect, else what it would do now.

    At most six queries.
    """
    if amendment.state == AmendmentState.APPLIED:
        return _written(amendment)
    return _planned(amendment)


@dataclass(slots=True)
class _Sides:
    """The rows that go and those that come, and those that are on both sides."""

    before: list[Any]
    after: list[Any]

    @classmethod
    def of(cls, rows: Iterable[tuple[Fate, Any]]) -> "_Sides":
        known = list(rows)
        return cls(
            [row for fate, row in known if fate != Fate.ADDED],
            [row for fate, row in known if fate != Fate.REMOVED],
        )


def _compare(
    ended_before: date,
    ends_before: date,
    lines: Iterable[tuple[Fate, Any]],
    installments: Iterable[tuple[Fate, Any]],
    pauses: Iterable[tuple[Fate, Any]],
) -> Comparison:
    dues = _Sides.of(installments)
    changes = [PauseChange(fate, row.starts_on, row.ends_before - _DAY) for fate, row in pauses]
    return Comparison(
        ended_before - _DAY,
        ends_before - _DAY,
        tuple(_lines(_Sides.of(lines))),
        tuple(_dues(dues)),
        tuple(sorted(changes, key=lambda change: change.starts_on)),
        sum((row.amount for row in dues.before), start=Decimal(0)),
        sum((row.amount for row in dues.after), start=Decimal(0)),
    )


def _lines(sides: _Sides) -> Iterable[LineChange]:
    """Return the lines side by side: those of one kind and description belong together, in their order."""
    for (kind, description), before, after in _paired(sides, lambda line: (str(line.kind), line.description)):
        yield LineChange(
            description=description,
            kind=str(CommitmentLine.Kind(kind).label),
            before=before.amount if before else None,
            after=after.amount if after else None,
            fund_before=before.fund.name if before and before.fund else "",
            fund_after=after.fund.name if after and after.fund else "",
        )


def _dues(sides: _Sides) -> Iterable[DueChange]:
    """Return the installments side by side, by due date."""
    for due_on, before, after in sorted(_paired(sides, lambda row: row.due_on), key=lambda pair: pair[0]):
        yield DueChange(
            due_on,
            before.amount if before else None,
            after.amount if after else None,
            getattr(before, "paid", Decimal(0)),
        )


def _paired(sides: _Sides, key: Callable[[Any], Any]) -> Iterable[tuple[Any, Any, Any]]:
    """Return key, row before and row after; of equal keys the first belongs to the first."""
    after: dict[Any, deque[Any]] = defaultdict(deque)
    for row in sides.after:
        after[key(row)].append(row)
    for row in sides.before:
        waiting = after[key(row)]
        yield key(row), row, waiting.popleft() if waiting else None
    for wanted, rows in after.items():
        for row in rows:
            yield wanted, None, row


def _written(amendment: Amendment) -> Comparison:
    """Return what it did, from the rows that stood before it or stood after."""
    of_it = {"commitment": amendment.commitment_id}
    by = ("added_by", "removed_by")
    lines = _around(CommitmentLine.versions.filter(**of_it).select_related("fund", *by), amendment)
    installments = _around(Installment.versions.filter(**of_it).select_related(*by), amendment)
    pauses = _around(Pause.versions.filter(**of_it).select_related(*by), amendment)
    terms = list(_around(Term.versions.filter(**of_it).select_related(*by), amendment))
    return _compare(
        max(term.ends_before for fate, term in terms if fate != Fate.ADDED),
        max(term.ends_before for fate, term in terms if fate != Fate.REMOVED),
        lines,
        installments,
        pauses,
    )


def _around(rows: Iterable[Any], amendment: Amendment) -> Iterable[tuple[Fate, Any]]:
    """Return the rows that stood just before or just after the amendment took effect, with what it did."""
    for row in rows:
        if row.added_by_id == amendment.pk:
            yield Fate.ADDED, row
        elif row.removed_by_id == amendment.pk:
            yield Fate.REMOVED, row
        elif _before(row.added_by, amendment) and (
            row.removed_by is None or not _before(row.removed_by, amendment)
        ):
            yield Fate.KEPT, row


def _before(by: Amendment | None, amendment: Amendment) -> bool:
    """Whether the row's amendment took effect before this one; None: the row was signed with the commitment."""
    return by is None or (by.effective_on, by.applied_on, by.pk) < (
        amendment.effective_on,
        amendment.applied_on,
        amendment.pk,
    )


def _planned(amendment: Amendment) -> Comparison:
    """Return what it would do to the schedule as it stands."""
    commitment = amendment.commitment
    change = from_data(amendment.change)

    def fate(pk: int, gone: Iterable[int]) -> Fate:
        return Fate.REMOVED if pk in gone else Fate.KEPT

    lines = [
        (fate(line.pk, change.lines_removed), line)
        for line in commitment.lines.select_related("fund").order_by("position")
    ]
    installments = [
        (fate(row.pk, change.installments_removed), row)
        for row in commitment.installments.order_by("due_on", "pk")
    ]
    pauses = [(fate(row.pk, change.pauses_removed), row) for row in commitment.pauses.all()]
    return _compare(
        commitment.ends_before,
        change.ends_before or commitment.ends_before,
        [*lines, *((Fate.ADDED, line) for line in change.lines_added)],
        [*installments, *((Fate.ADDED, part) for part in change.installments_added)],
        [*pauses, *((Fate.ADDED, pause) for pause in change.pauses_added)],
    )
