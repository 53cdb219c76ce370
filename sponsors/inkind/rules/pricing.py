"""What rate cards are made of, and what a month of use costs by one.

Slabs are graduated: each unit costs what its own slab says, counted by region of the card. Nothing is
read from the last slab for the whole. What is counted twice in one region is added up before it is priced.

Use is measured once: bytes divided by the card's own gigabyte, requests by its unit of requests, both rounded
half up to a millionth. Each step is its quantity times its rate, rounded half up to the currency's decimals, so
that a calculator gives the same amount, and the steps sum to the total exactly.

What is free comes off before the slabs are counted, from the regions in the order of the card until it is used
up: providers take it off the sum of all regions, and one place has to be named. A monthly minimum is a step of its
own, the last, in a month in which anything was used at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal

from django.db.models import IntegerChoices, TextChoices

from foundation.money.display import money_text
from foundation.money.rules import converted, in_currency, smallest_unit
from sponsors.commitments.rules import LARGEST_AMOUNT
from sponsors.inkind.rules.refusals import InKindError

_MILLIONTH = Decimal("0.000001")
# Room for any count of bytes divided by any gigabyte, without rounding before the one that is meant.
_WIDE = Context(prec=60)


class Metric(TextChoices):
    """What a rate is for."""

    BANDWIDTH = "bandwidth", "Bandwidth"
    REQUESTS = "requests", "Requests"


class Gigabyte(IntegerChoices):
    """How many bytes a provider means by a gigabyte. The two never mix."""

    DECIMAL = 1_000_000_000, "Decimal: 10^9 bytes"
    BINARY = 1_073_741_824, "Binary: 2^30 bytes"


class Confidence(TextChoices):
    """How far figures from outside can be trusted."""

    HIGH = "high", "High: the vendor's own"
    MEDIUM = "medium", "Medium: from a second hand, or one snapshot"
    LOW = "low", "Low: inferred"


class Estimate(TextChoices):
    """The three figures of a range; base is the one that is recognized."""

    LOW = "low", "Low"
    BASE = "base", "Base"
    HIGH = "high", "High"


class Method(TextChoices):
    """How the value of a gift is found."""

    METERED = "metered", "Metered use at a rate card's prices"
    QUANTITY = "quantity", "Quantity times unit value"


@dataclass(frozen=True, slots=True)
class Tier:
    """One slab: what lies between the tier before and `up_to` costs `rate` a unit.

    `up_to` is in gigabytes of the card or in requests, None for all above; the rate is for a gigabyte, or for
    the card's unit of requests. Not published: extrapolated beyond what the provider publishes.
    """

    up_to: Decimal | None
    rate: Decimal
    is_published: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The prices of one version of a card. The order of `bandwidth` is the card's order of regions."""

    name: str
    currency: str
    gigabyte: int
    request_unit: int
    bandwidth: Mapping[str, Sequence[Tier]]
    requests: Mapping[str, Sequence[Tier]]
    monthly_minimum: Decimal = field(default=Decimal(0))
    free_gigabytes: Decimal = field(default=Decimal(0))
    free_requests: int = 0


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in one region of the card."""

    region: str
    bytes: int
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the sum: quantity times rate, rounded to the currency, is the amount."""

    label: str
    metric: str
    quantity: Decimal
    unit: str
    rate: Decimal
    amount: Decimal
    is_published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the use costs: the steps sum to the total. Extrapolated: a tier that nobody publishes was used."""

    steps: tuple[Step, ...]
    total: Decimal
    is_extrapolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """How a metric is counted: `size` of what its bounds count make one unit, which is what a rate is for."""

    metric: Metric
    tiers: Mapping[str, Sequence[Tier]]
    size: int
    unit: str
    bounds_in: str


def quote(prices: Prices, uses: Iterable[Use]) -> Quote:
    """Return what the uses of one month cost together.

    Raises InKindError for a region that the card has no prices for, for a count below zero, and for a sum
    beyond every amount that can be kept.
    """
    used = _by_region(prices, uses)
    bandwidth = _Measure(
        metric=Metric.BANDWIDTH,
        tiers=prices.bandwidth,
        size=1,
        unit=gigabyte_text(prices.gigabyte),
        bounds_in="GB",
    )
    requests = _Measure(
        metric=Metric.REQUESTS,
        tiers=prices.requests,
        size=prices.request_unit,
        unit=f"{prices.request_unit:,} requests",
        bounds_in="requests",
    )
    free = {
        Metric.BANDWIDTH: measured(prices.free_gigabytes, 1),
        Metric.REQUESTS: measured(prices.free_requests, prices.request_unit),
    }
    steps: list[Step] = []
    for region in (region for region in prices.bandwidth if region in used):
        for measure, quantity in (
            (bandwidth, measured(used[region].bytes, prices.gigabyte)),
            (requests, measured(used[region].requests, prices.request_unit)),
        ):
            given = min(quantity, free[measure.metric])
            free[measure.metric] -= given
            steps += _steps(prices, measure, region, quantity, given)
    total = sum((step.amount for step in steps), start=smallest_unit(prices.currency) * 0)
    if steps and total < prices.monthly_minimum:
        steps.append(_up_to_minimum(prices, total))
        total += steps[-1].amount
    if total >= LARGEST_AMOUNT:
        msg = f"{prices.name} makes {money_text(total, prices.currency)} of this, more than can be kept. Check the bytes and requests."
        raise InKindError(msg, code="amount_too_large", field="uses")
    return Quote(
        steps=tuple(steps), total=total, is_extrapolated=any(not step.is_published for step in steps)
    )


def measured(count: int | Decimal, size: int) -> Decimal:
    """Return how many units of that size the count makes, rounded half up to a millionth."""
    units = _WIDE.divide(Decimal(count), Decimal(size))
    return units.quantize(_MILLIONTH, rounding=ROUND_HALF_UP, context=_WIDE)


def gigabyte_text(gigabyte: int) -> str:
    """Return the unit of bandwidth in words that tell the two gigabytes apart."""
    return "GB (2^30 bytes)" if gigabyte == Gigabyte.BINARY else "GB (10^9 bytes)"


def plain_number(number: Decimal | int) -> str:
    """Return a quantity or rate as people read it: with thousands, without zeros at its end."""
    return f"{Decimal(number).normalize(_WIDE):,f}"


def _by_region(prices: Prices, uses: Iterable[Use]) -> dict[str, Use]:
    """Return what was used in each region, added up. Raises InKindError."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for use in uses:
        if use.bytes < 0 or use.requests < 0:
            msg = f"Bytes and requests in {use.region} cannot be below zero. Correct them."
            raise InKindError(msg, code="negative_use", field="uses")
        if use.region not in prices.bandwidth or use.region not in prices.requests:
            known = ", ".join(f"“{region}”" for region in prices.bandwidth)
            msg = f"{prices.name} has no prices for the region “{use.region}”. It has them for {known}."
            raise InKindError(msg, code="region_without_prices", field="region")
        sums[use.region][0] += use.bytes
        sums[use.region][1] += use.requests
    return {region: Use(region, *counts) for region, counts in sums.items()}


def _steps(
    prices: Prices, measure: _Measure, region: str, quantity: Decimal, given: Decimal
) -> Iterator[Step]:
    """Yield the steps of one metric in one region: what is given free, then slab by slab."""
    what = f"{measure.metric.label} in {region}"
    if given:
        yield _step(prices, measure, f"{what}, free of charge", given, Tier(None, Decimal(0)))
    left, begun, begun_at = quantity - given, Decimal(0), "0"
    for tier in measure.tiers[region]:
        if not left:
            return
        within, place = left, f", above {begun_at} {measure.bounds_in}" if begun else ""
        if tier.up_to is not None:
            bound = measured(tier.up_to, measure.size)
            within, ends_at = min(left, bound - begun), plain_number(tier.up_to)
            place = f", {begun_at} to {ends_at} {measure.bounds_in}"
            begun, begun_at = bound, ends_at
        left -= within
        yield _step(prices, measure, what + place, within, tier)
    if left:
        msg = f"{prices.name} has no price for {what} above {begun_at} {measure.bounds_in}. Add a version that has."
        raise InKindError(msg, code="volume_without_prices", field="region")


def _step(prices: Prices, measure: _Measure, label: str, quantity: Decimal, tier: Tier) -> Step:
    return Step(
        label=label,
        metric=measure.metric,
        quantity=quantity,
        unit=measure.unit,
        rate=tier.rate,
        amount=converted(quantity, tier.rate, prices.currency),
        is_published=tier.is_published,
    )


def _up_to_minimum(prices: Prices, total: Decimal) -> Step:
    missing = in_currency(prices.monthly_minimum - total, prices.currency)
    return Step(
        label=f"Up to the monthly minimum of {money_text(prices.monthly_minimum, prices.currency)}",
        metric="",
        quantity=Decimal(1),
        unit="month",
        rate=missing,
        amount=missing,
        is_published=True,
    )
