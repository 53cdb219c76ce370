"""Times in which usage of a service counts, as conditions on the sums by month and by day.

A whole month is read from its own sum, and only the days of a month that is cut from theirs, so that five
years cost sixty rows a region and not two thousand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first` on and before `before` of a service."""

    service: int
    first: date
    before: date

    @property
    def is_empty(self) -> bool:
        return self.before <= self.first

    @property
    def whole_months(self) -> tuple[date, date]:
        """The first whole month, and the first after it that is not; equal or crossed when there is none."""
        first = self.first if self.first.day == 1 else following_month(self.first)
        return first, self.before.replace(day=1)

    @property
    def other_days(self) -> list[tuple[date, date]]:
        """The days that no whole month holds, as half-open spans."""
        first, before = self.whole_months
        if first >= before:
            return [(self.first, self.before)]
        return [span for span in ((self.first, first), (before, self.before)) if span[0] < span[1]]


def following_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def in_months(windows: Iterable[Window]) -> Q | None:
    """Return which sums by month count; None when there are none."""
    return _any(
        Q(service=window.service, month__gte=first, month__lt=before)
        for window in windows
        for first, before in [window.whole_months]
        if first < before
    )


def in_other_days(windows: Iterable[Window]) -> Q | None:
    """Return which sums by day count besides whole months; None when there are none."""
    return _any(
        Q(service=window.service, day__gte=first, day__lt=before)
        for window in windows
        if not window.is_empty
        for first, before in window.other_days
    )


def in_days(windows: Iterable[Window]) -> Q | None:
    """Return which sums by day count when all is read by day; None when there are none."""
    return _any(
        Q(service=window.service, day__gte=window.first, day__lt=window.before)
        for window in windows
        if not window.is_empty
    )


def _any(conditions: Iterable[Q]) -> Q | None:
    found = list(conditions)
    return reduce(or_, found) if found else None
