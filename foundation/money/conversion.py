"""Amounts in another currency, by the reference rates of a named day."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal

from foundation.errors import RuleViolation
from foundation.money.models import ExchangeRate
from foundation.money.reference_rates import EURO
from foundation.money.rules import converted

# Twelve digits: what a rate shows is what was multiplied, so that a calculator gives the same amount.
_RATE = Context(prec=12)


class NoRate(RuleViolation):
    """No reference rate of the pair is recent enough."""

    code = "no_exchange_rate"


@dataclass(frozen=True, slots=True)
class Conversion:
    """`amount` of `source` is `result` of `target`: times `rate`, the cross rate of `day`."""

    source: str
    amount: Decimal
    target: str
    result: Decimal
    rate: Decimal
    day: date


def convert(amount: Decimal, *, source: str, target: str, on: date, oldest: int) -> Conversion:
    """Convert by the last day, `on` or up to `oldest` days before, with a rate for both currencies.

    Cross rates go through the euro. The result is rounded half up to the target's smallest unit. The
    same currency converts at 1. Raises NoRate naming pair and day when there is none.
    """
    rates = RateTable({source, target} if source != target else (), first=on, last=on, oldest=oldest)
    return rates.convert(amount, source=source, target=target, on=on)


class RateTable:
    """The reference rates of some currencies for some days, read at once: for many amounts, one query.

    `first` and `last` are the days of the amounts; each may take a rate of up to `oldest` days before.
    """

    def __init__(self, currencies: Collection[str], *, first: date, last: date, oldest: int) -> None:
        self._oldest = oldest
        self._by_day: dict[date, dict[str, Decimal]] = defaultdict(lambda: {EURO: Decimal(1)})
        self._days: dict[frozenset[str], list[date]] = {}
        wanted = set(currencies) - {EURO}
        if wanted:
            rows = ExchangeRate.objects.filter(
                currency__in=wanted, day__gte=self._earliest(first), day__lte=last
            )
            for day, currency, rate in rows.values_list("day", "currency", "rate"):
                self._by_day[day][currency] = rate

    def convert(self, amount: Decimal, *, source: str, target: str, on: date) -> Conversion:
        """Convert as `convert` does. Raises NoRate."""
        if source == target:
            return Conversion(source, amount, target, amount, Decimal(1), on)
        pair = frozenset({source, target})
        if pair not in self._days:
            self._days[pair] = sorted(day for day, rates in self._by_day.items() if pair <= rates.keys())
        days = self._days[pair]
        place = bisect_right(days, on)
        if not place or days[place - 1] < self._earliest(on):
            msg = (
                f"There is no exchange rate from {source} to {target} for {on} or the {self._oldest} days before "
                "it. Import the European Central Bank's reference rates up to that day."
            )
            raise NoRate(msg, field="currency")
        rates = self._by_day[days[place - 1]]
        rate = _RATE.divide(rates[target], rates[source])
        return Conversion(source, amount, target, converted(amount, rate, target), rate, days[place - 1])

    def _earliest(self, on: date) -> date:
        # A calendar begins with the year 1, and anybody may ask for its first day.
        return on - timedelta(days=min(self._oldest, (on - date.min).days))
