"""Reads the European Central Bank's file of euro foreign exchange reference rates.

The file "eurofxref-hist.csv" has a line a working day, a column `Date` (ISO 8601) and a column for each
currency; a value is how many units of that currency one euro bought. `N/A` or an empty cell means that
no rate was set. Lines may end in a comma.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from foundation.errors import RuleViolation

EURO = "EUR"
# The first day of the euro; the bank has set rates since.
FIRST_DAY = date(1999, 1, 1)
_CODE = re.compile(r"[A-Z]{3}")
_HOLES = frozenset({"", "N/A"})
# In bytes; the whole file since 1999 has less than 2 MB.
LARGEST_FILE = 10 * 1024 * 1024
_LARGEST = Decimal(10) ** 10


class RatesNotAccepted(RuleViolation):
    """The file is not a file of reference rates, or a value in it cannot be right."""

    code = "rates_invalid"

    def __init__(self, message: str, *, code: str | None = None, field: str = "file") -> None:
        super().__init__(message, code=code, field=field)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """`rate` units of `currency` were one euro on `day`."""

    day: date
    currency: str
    rate: Decimal


def read_reference_rates(text: str, *, today: date) -> list[Rate]:
    """Return every rate of the file. Raises RatesNotAccepted naming the line and what to do."""
    lines = _lines(text.removeprefix("\ufeff"))
    if not lines:
        raise RatesNotAccepted("The file is empty. Choose the bank's file of historical reference rates.")
    currencies = _currencies(lines[0][1])
    rates: list[Rate] = []
    days: dict[date, int] = {}
    for number, cells in lines[1:]:
        day = _day(number, cells[0], today)
        if day in days:
            msg = f"Line {number} gives {day} again, after line {days[day]}. Remove one of the two."
            raise RatesNotAccepted(msg, code="day_twice")
        days[day] = number
        rates += _rates_of_line(number, day, cells, currencies)
    if not rates:
        raise RatesNotAccepted("The file holds no rate. Choose a file with at least one day.")
    return rates


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines that hold anything, numbered from 1, as cells."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [
            (number, [cell.strip() for cell in cells])
            for number, cells in enumerate(reader, start=1)
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        msg = (
            f"Line {reader.line_num} is no line of a CSV file. Choose the bank's file of historical reference "
            "rates as CSV, not as XML."
        )
        raise RatesNotAccepted(msg, code="not_reference_rates") from error


def _currencies(head: Sequence[str]) -> list[str]:
    codes = list(head[1:])
    while codes and not codes[-1]:
        codes.pop()
    if head[0] != "Date" or not codes:
        msg = (
            "Line 1 must name the columns: Date, then one currency code a column, such as Date,USD,JPY. "
            "Choose the bank's file of historical reference rates."
        )
        raise RatesNotAccepted(msg, code="not_reference_rates")
    for code in codes:
        if not _CODE.fullmatch(code) or code == EURO or codes.count(code) > 1:
            msg = f"Line 1 has the column “{code[:20]}”. Each must be another currency's ISO code, once each."
            raise RatesNotAccepted(msg, code="not_reference_rates")
    return codes


def _day(number: int, text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        msg = f"Line {number} begins with “{text[:20]}”. Give a date such as 2025-12-31."
        raise RatesNotAccepted(msg, code="not_a_day") from None
    if not FIRST_DAY <= day <= today:
        msg = f"Line {number} is dated {day}; rates are from {FIRST_DAY} to today, {today}. Correct the date."
        raise RatesNotAccepted(msg, code="day_out_of_range")
    return day


def _rates_of_line(number: int, day: date, cells: Sequence[str], currencies: Sequence[str]) -> list[Rate]:
    values = list(cells[1:])
    if len(values) < len(currencies):
        msg = (
            f"Line {number} has {len(values)} values for {len(currencies)} currencies: the file ends early "
            "or was cut. Fetch it again."
        )
        raise RatesNotAccepted(msg, code="line_too_short")
    if any(values[len(currencies) :]):
        msg = f"Line {number} has more values than the {len(currencies)} currencies of line 1. Fetch the file again."
        raise RatesNotAccepted(msg, code="line_too_long")
    return [
        Rate(day, currency, _rate(number, currency, value))
        for currency, value in zip(currencies, values, strict=False)
        if value not in _HOLES
    ]


def _rate(number: int, currency: str, text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not re.fullmatch(r"[0-9]+(\.[0-9]{1,12})?", text) or not 0 < rate < _LARGEST:
        msg = (
            f"Line {number} gives “{text[:20]}” for {currency}. A rate is a number above zero, such as 1.0842, "
            "or N/A where there is none."
        )
        raise RatesNotAccepted(msg, code="not_a_rate")
    return rate
