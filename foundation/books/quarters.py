"""Quarters of the foundation's fiscal year, which is the calendar's own where that begins in January."""

from dataclasses import dataclass
from datetime import date, timedelta

from foundation.books.rules import fiscal_year, fiscal_year_of

_MONTHS = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a fiscal year; `year` is the number by which that is known."""

    year: int
    number: int
    starts_on: date
    ends_before: date

    @property
    def key(self) -> str:
        """What stands in an address, such as 2026-3."""
        return f"{self.year}-{self.number}"

    @property
    def label(self) -> str:
        last = self.ends_before - timedelta(days=1)
        return f"Q{self.number} FY {self.year} ({self.starts_on:%b} to {last:%b %Y})"

    def next(self, start_month: int) -> "Quarter":
        return quarter_of(self.ends_before, start_month)


def quarter_of(day: date, start_month: int) -> Quarter:
    """Return the quarter of the day, when fiscal years start on the first of `start_month`."""
    year = fiscal_year_of(day, start_month)
    months = (day.year - year.starts_on.year) * 12 + day.month - year.starts_on.month
    return _quarter(year.number, year.starts_on, months // _MONTHS + 1)


def quarter_named(key: str, start_month: int) -> Quarter | None:
    """Return the quarter of that key; None for what names none."""
    year, _, number = key.partition("-")
    if not (year.isascii() and year.isdigit() and len(year) == 4 and number in {"1", "2", "3", "4"}):  # noqa: PLR2004
        return None
    if not 1990 <= int(year) < 2200:  # noqa: PLR2004  # what a commitment may reach, and to spare
        return None
    return _quarter(int(year), fiscal_year(int(year), start_month).starts_on, int(number))


def _quarter(year: int, begin: date, number: int) -> Quarter:
    first = _months_later(begin, _MONTHS * (number - 1))
    return Quarter(year, number, first, _months_later(first, _MONTHS))


def _months_later(first: date, months: int) -> date:
    """Return the first of the month so many months after the first of another."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
