"""What a month of a gift is worth: list value, less the widely available discount, low, base and high.

Every sum is made of entries that a calculator can check. Entries in the currency of the valuation sum to
its value exactly; those in the currency of a rate card lead to the entry that converts them, which names rate
and day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise

from foundation.money.display import money_text
from foundation.money.rules import converted, in_currency, smallest_unit
from sponsors.commitments.rules import LARGEST_AMOUNT
from sponsors.inkind.rules.pricing import Estimate, Quote
from sponsors.inkind.rules.refusals import InKindError

_HUNDRED = Decimal(100)
_LONGEST_LABEL = 200
_RATIO = Context(prec=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a sum. `rate` None: the amount is said, not multiplied."""

    label: str
    currency: str
    amount: Decimal
    metric: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    rate: Decimal | None = None
    is_published: bool = True

    def negated(self) -> "Entry":
        """Return the entry that takes this one back: the same rate, of as much less."""
        quantity = None if self.quantity is None else -self.quantity
        return replace(self, quantity=quantity, amount=-self.amount)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is in `source` is in `target` times `rate`, the reference rate of `day`."""

    source: str
    target: str
    rate: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One estimate: its entries, and what they sum to before and after the discount."""

    entries: tuple[Entry, ...]
    list_value: Decimal
    discount: Decimal
    is_extrapolated: bool = False

    @property
    def value(self) -> Decimal:
        return self.list_value - self.discount


Reckonings = Mapping[Estimate, Reckoning]


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return (month + timedelta(days=31)).replace(day=1)


def last_day(month: date) -> date:
    """Return the last day of the month, in which it counts unless its books are closed."""
    return month_after(month) - timedelta(days=1)


def check_month(month: date, today: date) -> date:
    """Return the first day of the month. Raises InKindError when it is not over yet."""
    first = month.replace(day=1)
    if first >= today.replace(day=1):
        msg = f"{first:%B %Y} is not over yet. Choose an earlier month."
        raise InKindError(msg, code="month_not_over", field="month")
    return first


def check_discount(percent: Decimal, basis: str) -> tuple[Decimal, str]:
    """Return the percent and its basis. Raises InKindError for one that is impossible or without a basis."""
    basis = basis.strip()
    if not 0 <= percent <= _HUNDRED or percent != percent.quantize(Decimal("0.01")):
        msg = (
            "The widely available discount is a percent from 0 to 100, with at most two decimals. Correct it."
        )
        raise InKindError(msg, code="discount_impossible", field="discount_percent")
    if percent and not basis:
        msg = "Say who else gets the widely available discount, and where that is said."
        raise InKindError(msg, code="discount_without_basis", field="discount_basis")
    return percent, basis


def by_card(
    quote: Quote,
    *,
    exchange: Exchange,
    discount_percent: Decimal,
    remarks: Sequence[str] = (),
) -> Reckoning:
    """Return the estimate that a rate card's prices make; `remarks` say what was assumed of the use."""
    steps = [
        Entry(
            label=step.label,
            currency=exchange.source,
            amount=step.amount,
            metric=step.metric,
            quantity=step.quantity,
            unit=step.unit,
            rate=step.rate,
            is_published=step.is_published,
        )
        for step in quote.steps
    ]
    said = [
        Entry(label=remark[:_LONGEST_LABEL], currency=exchange.target, amount=_nothing(exchange.target))
        for remark in remarks
    ]
    list_value, change = quote.total, []
    if exchange.source != exchange.target:
        list_value = converted(quote.total, exchange.rate, exchange.target)
        change = [
            Entry(
                label=f"Converted to {exchange.target} at the reference rate of {exchange.day}",
                currency=exchange.target,
                amount=list_value,
                quantity=quote.total,
                unit=exchange.source,
                rate=exchange.rate,
            )
        ]
    return _discounted(
        [*said, *steps, *change],
        list_value,
        discount_percent,
        exchange.target,
        is_extrapolated=quote.is_extrapolated,
    )


def by_quantity(
    *,
    quantity: Decimal,
    unit: str,
    unit_value: Decimal,
    expired: Decimal,
    discount_percent: Decimal,
    currency: str,
) -> Reckoning:
    """Return the estimate of so many units at a unit value; what expired unused is worth nothing."""
    list_value = converted(quantity, unit_value, currency)
    entries = [
        Entry(
            label="Quantity times unit value",
            currency=currency,
            amount=list_value,
            quantity=quantity,
            unit=unit,
            rate=unit_value,
        )
    ]
    if expired:
        entries.append(
            Entry(
                label="Expired unused: worth nothing",
                currency=currency,
                amount=_nothing(currency),
                quantity=expired,
                unit=unit,
                rate=Decimal(0),
            )
        )
    return _discounted(entries, list_value, discount_percent, currency)


def _discounted(
    entries: list[Entry],
    list_value: Decimal,
    percent: Decimal,
    currency: str,
    *,
    is_extrapolated: bool = False,
) -> Reckoning:
    if list_value >= LARGEST_AMOUNT:
        msg = f"{money_text(list_value, currency)} is more than can be kept. Check quantity, prices and rate."
        raise InKindError(msg, code="amount_too_large", field="amount")
    share = percent / _HUNDRED
    discount = converted(list_value, share, currency)
    if percent:
        entries.append(
            Entry(
                label=f"Less the widely available discount of {percent.normalize():f}%",
                currency=currency,
                amount=-discount,
                quantity=list_value,
                unit=currency,
                rate=-share,
            )
        )
    return Reckoning(tuple(entries), list_value, discount, is_extrapolated)


def check_range(reckonings: Reckonings, names: Mapping[Estimate, str], currency: str, *, by: str) -> None:
    """Raise InKindError unless low ≤ base ≤ high, naming what the two that are out of order come from.

    `by` ends the name of the field that is to be corrected, such as low_version.
    """
    order = (Estimate.LOW, Estimate.BASE, Estimate.HIGH)
    for lower, upper in pairwise(order):
        below, above = reckonings[lower].value, reckonings[upper].value
        if below > above:
            msg = (
                f"{lower.label} by {names[lower]} is {money_text(below, currency)}, more than {upper.label.lower()} by "
                f"{names[upper]}, {money_text(above, currency)}. Let them change places, or choose others."
            )
            outer = Estimate.LOW if lower == Estimate.LOW else Estimate.HIGH
            raise InKindError(msg, code="range_out_of_order", field=f"{outer.value}_{by}")


def less_standing(reckoning: Reckoning, standing: Reckoning, currency: str) -> Reckoning:
    """Return the difference to what is approved already: the fresh entries, less that in one."""
    entry = Entry(
        label="Less what was approved before",
        currency=currency,
        amount=in_currency(-standing.value, currency),
    )
    return Reckoning(
        (*reckoning.entries, entry),
        reckoning.list_value - standing.list_value,
        reckoning.discount - standing.discount,
        reckoning.is_extrapolated,
    )


def in_proportion(value: Decimal, part: Decimal, whole: Decimal, currency: str) -> Decimal:
    """Return of the value the share that `part` is of `whole`; of nothing, nothing."""
    if not whole:
        return _nothing(currency)
    share = _RATIO.divide(_RATIO.multiply(value, part), whole)
    return share.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP, context=_RATIO)


def _nothing(currency: str) -> Decimal:
    return smallest_unit(currency) * 0
