"""Money by fiscal year and currency, each amount also in the base currency by rates that are named.

What is open is a balance: it is converted at the rate of the last day. What was received or written off
is converted at the rate of its own day, and what undoes it at the rate of the day that it undoes, so
that the two together are nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum, TextChoices
from django.db.models.functions import Coalesce

from foundation.books.rules import FiscalYear, fiscal_year, fiscal_year_of
from foundation.books.selectors import current_organization
from foundation.errors import RuleViolation
from foundation.money.conversion import Conversion, NoRate, RateTable
from sponsors.commitments.models import Installment, Receipt, WriteOff
from sponsors.commitments.rules import WriteOffState

MOST_YEARS = 15
USUAL_YEARS = 5


class YearsOutOfReach(RuleViolation):
    """So many years, or such years, cannot be shown."""

    code = "years_out_of_reach"


class Figure(TextChoices):
    """What is told of a year."""

    OPEN = "open", "Open at the end"
    RECEIVED = "received", "Received"
    WRITTEN_OFF = "written_off", "Written off"


@dataclass(frozen=True, slots=True)
class Part:
    """What happened on a day, by the rate of one day; `problem` says why there is no conversion."""

    on: date
    amount: Decimal
    conversion: Conversion | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class YearAmount:
    """A figure of one currency: the sum of its parts."""

    currency: str
    base: str
    parts: tuple[Part, ...]

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), start=Decimal(0))

    @property
    def in_base(self) -> Decimal | None:
        """The sum in the base currency; None when a rate is missing."""
        return _sum(part.conversion.result if part.conversion else None for part in self.parts)

    @property
    def problem(self) -> str:
        """Why there is no sum in the base currency: the first day without a rate."""
        return next((part.problem for part in self.parts if part.problem), "")

    @property
    def rates(self) -> str:
        """Name the rate and its day; of several, how many there are, between what and when."""
        if self.currency == self.base:
            return ""
        used = {(part.conversion.day, part.conversion.rate) for part in self.parts if part.conversion}
        if not used:
            return ""
        (first, one), (last, _other) = min(used), max(used)
        if len(used) == 1:
            return f"at {_text(one)} of {first}"
        values = sorted(rate for _day, rate in used)
        lowest, highest = _text(values[0]), _text(values[-1])
        between = lowest if lowest == highest else f"{lowest} to {highest}"
        return f"at {len(used)} rates of {first} to {last}, {between}"


@dataclass(frozen=True, slots=True)
class Line:
    """One currency of a year."""

    currency: str
    figures: dict[Figure, YearAmount]


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of all currencies in the base currency; None and why, when a rate is missing."""

    amount: Decimal | None
    problem: str


@dataclass(frozen=True, slots=True)
class YearOfMoney:
    """One fiscal year up to `as_of`, its last day, or today in the year that is not over."""

    year: FiscalYear
    as_of: date
    lines: tuple[Line, ...]
    totals: dict[Figure, Total]


@dataclass(frozen=True, slots=True)
class MoneyByYear:
    """The years, the newest first, and the currency of the totals."""

    base: str
    years: tuple[YearOfMoney, ...]


# Per year and currency, for a figure: the day it happened, the day of its rate, and how much.
_Facts = dict[tuple[int, str, Figure], list[tuple[date, date, Decimal]]]


def money_by_year(today: date, *, first: int | None = None, last: int | None = None) -> MoneyByYear:
    """Return the fiscal years from `first` to `last`, by the calendar years in which they end.

    By default the five up to now. Two queries, one for the rates, and one a year. Raises
    YearsOutOfReach.
    """
    organization = current_organization()
    month = organization.fiscal_year_start_month
    now = fiscal_year_of(today, month).number
    years = _years(first, last, now, month)
    days = {year.number: min(year.ends_on, today) for year in years}
    facts = _facts(years[0].starts_on, days[years[-1].number], lambda day: fiscal_year_of(day, month).number)
    for number, day in days.items():
        rows = Installment.versions.as_of(day).owed_on(day).order_by()
        for currency, amount in rows.values_list("commitment__currency").annotate(sum=Sum("remainder")):
            facts[number, currency, Figure.OPEN].append((day, day, amount))
    base = organization.base_currency
    rate_days = [rate_on for parts in facts.values() for _on, rate_on, _amount in parts]
    rates = RateTable(
        {currency for _year, currency, _figure in facts} | {base},
        first=min(rate_days, default=today),
        last=max(rate_days, default=today),
        oldest=organization.oldest_rate_days,
    )
    return MoneyByYear(
        base,
        tuple(_year(year, days[year.number], facts, rates, base) for year in reversed(years)),
    )


def _years(first: int | None, last: int | None, now: int, month: int) -> list[FiscalYear]:
    last = now if last is None else last
    first = last - USUAL_YEARS + 1 if first is None else first
    if not 1990 <= first <= last <= now:  # noqa: PLR2004  # nothing Bursar holds is older
        msg = (
            f"The fiscal years {first} to {last} cannot be shown. Choose years from 1990 to {now}, the first not after "
            "the last."
        )
        raise YearsOutOfReach(msg, field="last")
    if last - first >= MOST_YEARS:
        msg = f"At most {MOST_YEARS} years are shown at once. Choose a later first year."
        raise YearsOutOfReach(msg, field="first")
    return [fiscal_year(number, month) for number in range(first, last + 1)]


def _facts(first: date, last: date, year_of: Callable[[date], int]) -> _Facts:
    """Return what was received and written off on each day. Two queries, grouped by the database."""
    facts: _Facts = defaultdict(list)
    receipts = (
        Receipt.objects.filter(received_on__range=(first, last))
        .order_by()
        .values_list("currency", "received_on", Coalesce("reverses__received_on", "received_on"))
        .annotate(sum=Sum("amount"))
    )
    for currency, on, rate_on, amount in receipts:
        facts[year_of(on), currency, Figure.RECEIVED].append((on, rate_on, amount))
    losses = (
        WriteOff.objects.filter(booked_on__range=(first, last), state=WriteOffState.APPROVED)
        .order_by()
        .values_list(
            "installment__commitment__currency", "booked_on", Coalesce("recovers__booked_on", "booked_on")
        )
        .annotate(sum=Sum("amount"))
    )
    for currency, on, rate_on, amount in losses:
        facts[year_of(on), currency, Figure.WRITTEN_OFF].append((on, rate_on, amount))
    return facts


def _year(year: FiscalYear, as_of: date, facts: _Facts, rates: RateTable, base: str) -> YearOfMoney:
    currencies = sorted({currency for number, currency, _figure in facts if number == year.number})
    lines = tuple(
        Line(
            currency,
            {
                figure: YearAmount(
                    currency,
                    base,
                    tuple(
                        _part(on, rate_on, amount, currency, base, rates)
                        for on, rate_on, amount in sorted(facts.get((year.number, currency, figure), []))
                    ),
                )
                for figure in Figure
            },
        )
        for currency in currencies
    )
    totals = {figure: _total([line.figures[figure] for line in lines]) for figure in Figure}
    return YearOfMoney(year, as_of, lines, totals)


def _part(on: date, rate_on: date, amount: Decimal, currency: str, base: str, rates: RateTable) -> Part:  # noqa: PLR0917  # one private caller
    try:
        return Part(on, amount, rates.convert(amount, source=currency, target=base, on=rate_on))
    except NoRate as missing:
        return Part(on, amount, None, missing.message)


def _total(amounts: Sequence[YearAmount]) -> Total:
    return Total(
        _sum(amount.in_base for amount in amounts),
        next((amount.problem for amount in amounts if amount.problem), ""),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum; None when one of them is not known."""
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _text(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
