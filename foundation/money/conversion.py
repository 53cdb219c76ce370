"""Amounts in another currency, by the reference rates of a named day."""

from collections import defaultdict
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
    if source == target:
        return Conversion(source, amount, target, amount, Decimal(1), on)
    rate, day = _cross_rate(source, target, on, oldest)
    return Conversion(source, amount, target, converted(amount, rate, target), rate, day)


def _cross_rate(source: str, target: str, on: date, oldest: int) -> tuple[Decimal, date]:
    wanted = {source, target} - {EURO}
    # A calendar begins with the year 1, and anybody may ask for its first day.
    earliest = on - timedelta(days=min(oldest, (on - date.min).days))
    rows = ExchangeRate.objects.filter(currency__in=wanted, day__lte=on, day__gte=earliest).order_by("-day")
    found: dict[date, dict[str, Decimal]] = defaultdict(lambda: {EURO: Decimal(1)})
    for row in rows:
        rates = found[row.day]
        rates[row.currency] = row.rate
        if wanted <= rates.keys():
            return _RATE.divide(rates[target], rates[source]), row.day
    msg = (
        f"There is no exchange rate from {source} to {target} for {on} or the {oldest} days before it. "
        "Import the European Central Bank's reference rates up to that day."
    )
    raise NoRate(msg)
