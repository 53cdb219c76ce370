"""What a renewal promises when it is not the same again: its days, and the amounts of its lines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sponsors.commitments.rules import Period, add_months, scaled
from sponsors.commitments.rules.periods import distance, later
from sponsors.renewals.rules.refusals import RenewalError

LEAST_PERCENT, MOST_PERCENT = Decimal(-99), Decimal(900)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTerms:
    """What the next commitment has otherwise than this one; what is None stays.

    Without `amounts` those of the lines follow the length, then go up or down by `percent`. `amounts` are of the
    whole new period, by the position of the line; zero leaves the line out.
    """

    title: str | None = None
    starts_on: date | None = None
    months: int | None = None
    percent: Decimal | None = None
    amounts: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def is_the_same(self) -> bool:
        return self.starts_on is None and self.months is None and not self.percent and not self.amounts


def next_title(title: str, *, first: date, last: date, next_first: date) -> str:
    """Return the title with the years between both days moved on: “Gold 2026” is “Gold 2027” a year later."""
    by = next_first.year - first.year
    moved = {str(year): str(year + by) for year in range(first.year, last.year + 1)}
    return re.sub(r"\b[0-9]{4}\b", lambda found: moved.get(found[0], found[0]), title)


def next_period(period: Period, terms: NextTerms) -> Period:
    """Return the period that the terms make of one which follows unchanged. Raises RenewalError."""
    begin = terms.starts_on or period.starts_on
    if terms.months is None:
        return Period(begin, later(begin, distance(period.starts_on, period.ends_before)))
    if not 1 <= terms.months <= 120:  # noqa: PLR2004  # as of every commitment
        msg = "A commitment lasts from 1 to 120 months. Correct the months."
        raise RenewalError(msg, code="months_out_of_range", field="months")
    return Period(begin, add_months(begin, terms.months))


def next_amounts(
    amounts: Sequence[tuple[int, Decimal]], before: Period, after: Period, terms: NextTerms, currency: str
) -> list[Decimal]:
    """Return the amounts of the lines, given by position, floored to the smallest unit. Raises RenewalError."""
    percent = terms.percent or Decimal(0)
    if not percent.is_finite() or not LEAST_PERCENT <= percent <= MOST_PERCENT:
        msg = f"The change must be from {LEAST_PERCENT} to {MOST_PERCENT} percent. Correct it."
        raise RenewalError(msg, code="percent_out_of_range", field="percent")
    unknown = sorted(set(terms.amounts) - {position for position, _amount in amounts})
    if unknown:
        msg = f"There is no line {unknown[0]}. Give amounts of lines that are there."
        raise RenewalError(msg, code="no_such_line", field="amounts")
    share = _share(before, after) * (1 + Fraction(percent) / 100)
    return [
        terms.amounts[position] if position in terms.amounts else scaled(amount, share, currency)
        for position, amount in amounts
    ]


def _share(before: Period, after: Period) -> Fraction:
    """Return how much longer the new period is: by months where both are whole months, else by days."""
    one, other = (distance(period.starts_on, period.ends_before) for period in (before, after))
    if isinstance(one, int) and isinstance(other, int):
        return Fraction(other, one)
    return Fraction((after.ends_before - after.starts_on).days, (before.ends_before - before.starts_on).days)
