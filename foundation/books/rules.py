"""Fiscal years: pure reckoning with dates. Periods are half-open inside, inclusive on screens."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class FiscalYear:
    """Twelve months from the first day of a month. `ends_before` is the day after the last one."""

    starts_on: date
    ends_before: date

    @property
    def ends_on(self) -> date:
        """The last day, included."""
        return self.ends_before - timedelta(days=1)

    @property
    def number(self) -> int:
        """The calendar year in which it ends; by it a fiscal year is known."""
        return self.ends_on.year

    def __str__(self) -> str:
        return f"FY {self.number}"


def fiscal_year_of(day: date, start_month: int) -> FiscalYear:
    """Return the fiscal year the day falls in, when years start on the first of `start_month` (1 to 12)."""
    year = day.year if day.month >= start_month else day.year - 1
    return FiscalYear(date(year, start_month, 1), date(year + 1, start_month, 1))


def fiscal_year_number(day: date | None, start_month: int) -> int | None:
    """Return the number of the fiscal year the day falls in; None for what has no day yet."""
    return None if day is None else fiscal_year_of(day, start_month).number


def fiscal_year(number: int, start_month: int) -> FiscalYear:
    """Return the fiscal year that ends in the calendar year `number`."""
    first = number if start_month == 1 else number - 1
    return FiscalYear(date(first, start_month, 1), date(first + 1, start_month, 1))


def day_after_month(day: date) -> date:
    """Return the first day of the month after the day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def is_last_of_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
