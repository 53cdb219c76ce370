"""A schedule before and after an amendment, side by side."""

from collections.abc import Iterable
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
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class LineFate:
    fate: Fate
    description: str
    kind: str
    fund: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class InstallmentFate:
    """`position` is None while the amendment has not taken effect; `paid` is in the commitment's currency."""

    fate: Fate
    position: int | None
    due_on: date
    amount: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class PauseFate:
    fate: Fate
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Comparison:
    """Days are inclusive. Sums are of cash, in the commitment's currency."""

    ended_on: date
    ends_on: date
    lines: tuple[LineFate, ...]
    installments: tuple[InstallmentFate, ...]
    pauses: tuple[PauseFate, ...]
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


def _compare(
    ended_before: date,
    ends_before: date,
    lines: Iterable[LineFate],
    installments: Iterable[InstallmentFate],
    pauses: Iterable[PauseFate],
) -> Comparison:
    dues = sorted(installments, key=lambda row: (row.due_on, row.fate == Fate.ADDED))
    return Comparison(
        ended_before - _DAY,
        ends_before - _DAY,
        tuple(lines),
        tuple(dues),
        tuple(sorted(pauses, key=lambda row: row.starts_on)),
        sum((row.amount for row in dues if row.fate != Fate.ADDED), start=Decimal(0)),
        sum((row.amount for row in dues if row.fate != Fate.REMOVED), start=Decimal(0)),
    )


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
        [_line(fate, line) for fate, line in lines],
        [InstallmentFate(fate, row.position, row.due_on, row.amount, row.paid) for fate, row in installments],
        [PauseFate(fate, row.starts_on, row.ends_on) for fate, row in pauses],
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
        _line(fate(line.pk, change.lines_removed), line)
        for line in commitment.lines.select_related("fund").order_by("position")
    ]
    lines += [_line(Fate.ADDED, line) for line in change.lines_added]
    installments = [
        InstallmentFate(
            fate(row.pk, change.installments_removed), row.position, row.due_on, row.amount, row.paid
        )
        for row in commitment.installments.order_by("due_on", "pk")
    ]
    installments += [
        InstallmentFate(Fate.ADDED, None, part.due_on, part.amount, Decimal(0))
        for part in change.installments_added
    ]
    pauses = [
        PauseFate(fate(row.pk, change.pauses_removed), row.starts_on, row.ends_on)
        for row in commitment.pauses.all()
    ]
    pauses += [
        PauseFate(Fate.ADDED, pause.starts_on, pause.ends_before - _DAY) for pause in change.pauses_added
    ]
    return _compare(
        commitment.ends_before, change.ends_before or commitment.ends_before, lines, installments, pauses
    )


def _line(fate: Fate, line: Any) -> LineFate:
    """Return the row of a line, of the table or still to be written."""
    kind = CommitmentLine.Kind(line.kind).label
    return LineFate(fate, line.description, str(kind), line.fund.name if line.fund else "", line.amount)
