"""Exact amounts: currencies, smallest units and splitting. Decimal only."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache

import moneyed
from babel.core import get_global
from babel.numbers import get_territory_currencies

from foundation.errors import RuleViolation

# Old receipts may be in a currency that has been replaced since, but not in one of the last century.
_IN_USE_SINCE = date(2010, 1, 1)
# Room for the largest amount times the largest rate, exactly.
_PRODUCT = Context(prec=50)


class AmountNotExact(RuleViolation):
    """An amount has more decimals than its currency has."""

    code = "amount_not_exact"


@cache
def currency_codes() -> tuple[str, ...]:
    """Return the ISO 4217 codes Bursar accepts, in alphabetical order: legal tender since 2010 (CLDR)."""
    tender = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, start_date=_IN_USE_SINCE, end_date=date.max)
    }
    return tuple(sorted(tender.intersection(moneyed.CURRENCIES)))


@cache
def decimals(currency: str) -> int:
    """Return how many decimals the currency has: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217)."""
    sub_unit = moneyed.get_currency(currency).sub_unit
    return len(str(sub_unit)) - 1


@cache
def smallest_unit(currency: str) -> Decimal:
    """Return the currency's smallest amount, such as 0.01 for USD."""
    return Decimal(1).scaleb(-decimals(currency))


def in_currency(amount: Decimal, currency: str) -> Decimal:
    """Return the same amount with exactly the currency's decimals.

    Raises AmountNotExact when that would change its value.
    """
    exact = amount.quantize(smallest_unit(currency), rounding=ROUND_DOWN)
    if exact != amount:
        places = decimals(currency)
        shape = f"at most {places} decimals" if places else "no decimals"
        msg = f"Amounts in {currency} have {shape}; {amount.normalize():f} has more."
        raise AmountNotExact(msg, field="amount")
    return exact


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with the currency's decimals, for reading; halves go up."""
    return amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


def converted(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Return the amount times the rate, rounded half up to the currency's smallest unit."""
    exact = _PRODUCT.multiply(amount, rate)
    return exact.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP, context=_PRODUCT)


def portion(amount: Decimal, part: Decimal | int, whole: Decimal | int, currency: str) -> Decimal:
    """Return the amount times part over whole, floored to the smallest unit; exact for amounts of any size."""
    unit = smallest_unit(currency)
    return unit * int(Fraction(amount) * Fraction(part) / Fraction(whole) / Fraction(unit))


def split(amount: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Split an amount in proportion to weights; parts are exact and sum to the whole.

    Every part but the last is floored to the smallest unit; the last takes the remainder.
    Raises ValueError for no weights, a negative weight, or weights that are all zero.
    """
    total = sum(weights, start=Decimal(0))
    if not weights or total <= 0 or min(weights) < 0:
        msg = "weights must be positive"
        raise ValueError(msg)
    unit = smallest_unit(currency)
    parts = [(amount * weight / total).quantize(unit, rounding=ROUND_DOWN) for weight in weights[:-1]]
    return [*parts, amount - sum(parts, start=Decimal(0))]
