"""A schedule before and after an amendment, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sponsors.commitments.models import (
    Amendment,
    CommitmentLine,
    Condition,
    Installment,
    Pause,
    Restriction,
    Term,
)
from sponsors.commitments.rules import AmendmentState
from sponsors.commitments.selectors.compared_promise import (
    ConditionChange,
    RestrictionChange,
    conditions_changed,
    restrictions_changed,
)
from sponsors.commitments.selectors.sides import Fate, Sides, fate_of, paired
from sponsors.commitments.services.change_data import from_data, renewal_of
from sponsors.commitments.services.changes import RenewalChange

_DAY = timedelta(days=1)


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
            return fate_of(self.before, self.after)
        return fate_of((self.before, self.fund_before), (self.after, self.fund_after))


@dataclass(frozen=True, slots=True)
class DueChange:
    """What falls due on a day, before and after; None: nothing. `paid` is what was paid of it."""

    due_on: date
    before: Decimal | None
    after: Decimal | None
    paid: Decimal

    @property
    def fate(self) -> Fate:
        return fate_of(self.before, self.after)


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
    conditions: tuple[ConditionChange, ...]
    restrictions: tuple[RestrictionChange, ...]
    renewal: RenewalChange | None
    cash_before: Decimal
    cash_after: Decimal

    @property
    def end_changes(self) -> bool:
        return self.ended_on != self.ends_on


def comparison(amendment: Amendment) -> Comparison:
    """Return what the amendment changes: what it did once it is in effect, else what it would do now.

    At most eight queries.
    """
    if amendment.state == AmendmentState.APPLIED:
        return _written(amendment)
    return _planned(amendment)


def _compare(
    *,
    ended_before: date,
    ends_before: date,
    lines: Iterable[tuple[Fate, Any]],
    installments: Iterable[tuple[Fate, Any]],
    pauses: Iterable[tuple[Fate, Any]],
    conditions: Iterable[tuple[Fate, Any]],
    restrictions: Iterable[tuple[Fate, Any]],
    renewal: RenewalChange | None,
) -> Comparison:
    dues = Sides.of(installments)
    changes = [PauseChange(fate, row.starts_on, row.ends_before - _DAY) for fate, row in pauses]
    return Comparison(
        ended_before - _DAY,
        ends_before - _DAY,
        tuple(_lines(Sides.of(lines))),
        tuple(_dues(dues)),
        tuple(sorted(changes, key=lambda change: change.starts_on)),
        tuple(conditions_changed(Sides.of(conditions))),
        tuple(restrictions_changed(Sides.of(restrictions))),
        renewal,
        sum((row.amount for row in dues.before), start=Decimal(0)),
        sum((row.amount for row in dues.after), start=Decimal(0)),
    )


def _lines(sides: Sides) -> Iterable[LineChange]:
    """Return the lines side by side: those of one kind and description belong together, in their order."""
    for (kind, description), before, after in paired(sides, lambda line: (str(line.kind), line.description)):
        yield LineChange(
            description=description,
            kind=str(CommitmentLine.Kind(kind).label),
            before=before.amount if before else None,
            after=after.amount if after else None,
            fund_before=before.fund.name if before and before.fund else "",
            fund_after=after.fund.name if after and after.fund else "",
        )


def _dues(sides: Sides) -> Iterable[DueChange]:
    """Return the installments side by side, by due date."""
    for due_on, before, after in sorted(paired(sides, lambda row: row.due_on), key=lambda pair: pair[0]):
        yield DueChange(
            due_on,
            before.amount if before else None,
            after.amount if after else None,
            getattr(before, "paid", Decimal(0)),
        )


def _written(amendment: Amendment) -> Comparison:
    """Return what it did, from the rows that stood before it or stood after."""
    of_it = {"commitment": amendment.commitment_id}
    by = ("added_by", "removed_by")
    lines = _around(CommitmentLine.versions.filter(**of_it).select_related("fund", *by), amendment)
    installments = _around(Installment.versions.filter(**of_it).scheduled().select_related(*by), amendment)
    pauses = _around(Pause.versions.filter(**of_it).select_related(*by), amendment)
    terms = list(_around(Term.versions.filter(**of_it).select_related(*by), amendment))
    return _compare(
        ended_before=max(term.ends_before for fate, term in terms if fate != Fate.ADDED),
        ends_before=max(term.ends_before for fate, term in terms if fate != Fate.REMOVED),
        lines=lines,
        installments=installments,
        pauses=pauses,
        conditions=_around(Condition.versions.filter(**of_it).select_related(*by), amendment),
        restrictions=_around(Restriction.versions.filter(**of_it).select_related("fund", *by), amendment),
        renewal=renewal_of(amendment.change),
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
    return by is None or _turn(by) < _turn(amendment)


def _turn(amendment: Amendment) -> int:
    assert amendment.turn is not None  # it is in effect
    return amendment.turn


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
        for row in commitment.installments.scheduled().order_by("due_on", "pk")
    ]
    pauses = [(fate(row.pk, change.pauses_removed), row) for row in commitment.pauses.all()]
    conditions = [
        (fate(row.pk, change.conditions_removed), row) for row in commitment.conditions.order_by("position")
    ]
    restrictions = [
        (fate(row.pk, change.restrictions_removed), row)
        for row in commitment.restrictions.select_related("fund").order_by("position")
    ]

    def coming(rows: Iterable[Any]) -> Iterable[tuple[Fate, Any]]:
        return ((Fate.ADDED, row) for row in rows)

    return _compare(
        ended_before=commitment.ends_before,
        ends_before=change.ends_before or commitment.ends_before,
        lines=[*lines, *coming(change.lines_added)],
        installments=[*installments, *coming(change.installments_added)],
        pauses=[*pauses, *coming(change.pauses_added)],
        conditions=[*conditions, *coming(change.conditions_added)],
        restrictions=[*restrictions, *coming(change.restrictions_added)],
        renewal=change.renewal,
    )
