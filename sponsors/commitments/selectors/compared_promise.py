"""Conditions and restrictions before and after an amendment, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from sponsors.commitments.selectors.sides import Fate, Sides, fate_of, paired


@dataclass(frozen=True, slots=True)
class ConditionSide:
    """What is agreed of a condition on one side, in the commitment's currency."""

    description: str
    measure: str
    amount: Decimal
    target: Decimal | None
    due_on: date | None
    money_returns: bool


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """A condition before and after; None: it was not there, or is there no more. `description` is the later one."""

    description: str
    before: ConditionSide | None
    after: ConditionSide | None

    @property
    def fate(self) -> Fate:
        return fate_of(self.before, self.after)


@dataclass(frozen=True, slots=True)
class ShareSide:
    """What of the cash a restriction takes on one side: an amount or a percent."""

    amount: Decimal | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class RestrictionChange:
    """A restriction before and after; funds by name. `term` None: of all the cash."""

    fund: str
    purpose: str
    term: int | None
    before: ShareSide | None
    after: ShareSide | None

    @property
    def fate(self) -> Fate:
        return fate_of(self.before, self.after)


def conditions_changed(sides: Sides) -> Iterable[ConditionChange]:
    """Return the conditions side by side, by their position. One that comes without a position is new."""
    new = count(-1, -1)
    for _position, before, after in paired(sides, lambda row: row.position or next(new)):
        description = (after or before).description
        yield ConditionChange(description, _condition(before), _condition(after))


def restrictions_changed(sides: Sides) -> Iterable[RestrictionChange]:
    """Return the restrictions side by side: those to one fund, of one term and for one purpose belong together."""
    for key, before, after in paired(sides, lambda row: (row.fund.name, row.purpose, row.term)):
        fund, purpose, term = key
        yield RestrictionChange(fund, purpose, term, _share(before), _share(after))


def _condition(row: Any) -> ConditionSide | None:
    if row is None:
        return None
    return ConditionSide(row.description, row.measure, row.amount, row.target, row.due_on, row.money_returns)


def _share(row: Any) -> ShareSide | None:
    return None if row is None else ShareSide(row.amount, row.percent)
