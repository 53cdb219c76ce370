"""Tiers as they are given: what a version of a rate card can be made of."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sponsors.inkind.rules.pricing import Metric, Tier, plain_number
from sponsors.inkind.rules.refusals import InKindError

MOST_TIERS = 1000
LONGEST_REGION = 60
# What the columns hold: 10 and 8 digits of a rate, 20 and 4 of a bound.
_LARGEST_RATE, _RATE_PLACES = Decimal(10) ** 10, 8
_LARGEST_BOUND, _BOUND_PLACES = Decimal(10) ** 20, 4

# By region of the card, in its order. A row is metric, region and tier.
Tiers = Mapping[str, Sequence[Tier]]
TierRow = tuple[str, str, Tier]


class TiersRefused(InKindError):
    """Tiers that no price can be read from. Knows which tier is meant, so that a file's line can be named."""

    code = "tiers_refused"

    def __init__(
        self, message: str, *, code: str, metric: str = "", region: str = "", position: int = 0
    ) -> None:
        super().__init__(message, code=code, field="tiers")
        self.metric, self.region, self.position = metric, region, position


def grouped(rows: Iterable[TierRow]) -> tuple[Tiers, Tiers]:
    """Return tiers of bandwidth and of requests by region, in the order of the rows."""
    found: dict[str, dict[str, list[Tier]]] = {metric: {} for metric in Metric.values}
    for metric, region, tier in rows:
        found[metric].setdefault(region, []).append(tier)
    return found[Metric.BANDWIDTH], found[Metric.REQUESTS]


def check_tiers(bandwidth: Tiers, requests: Tiers) -> None:
    """Raise TiersRefused unless every volume has one price in each region, and each region both prices.

    The bounds of a region ascend, only the last tier is open, and no rate is below zero.
    """
    if not bandwidth:
        raise TiersRefused("There are no tiers of bandwidth. Enter at least one.", code="no_tiers")
    if sum(map(len, [*bandwidth.values(), *requests.values()])) > MOST_TIERS:
        msg = f"A version has at most {MOST_TIERS:,} tiers. Leave out regions that nothing is metered in."
        raise TiersRefused(msg, code="too_many_tiers")
    for metric, tiers, others in (
        (Metric.BANDWIDTH, bandwidth, requests),
        (Metric.REQUESTS, requests, bandwidth),
    ):
        for region, slabs in tiers.items():
            _check_region(metric, region, slabs)
            if region not in others:
                other = Metric.REQUESTS if metric == Metric.BANDWIDTH else Metric.BANDWIDTH
                msg = (
                    f"“{region}” has a price for {metric.label.lower()} and none for {other.label.lower()}. "
                    "Add one; its rate is 0 where nothing is charged."
                )
                raise TiersRefused(msg, code="price_missing", metric=metric, region=region, position=1)


def _check_region(metric: Metric, region: str, slabs: Sequence[Tier]) -> None:
    if not region.strip() or len(region) > LONGEST_REGION:
        msg = f"A region of the card has a name of 1 to {LONGEST_REGION} characters. Correct “{region[:80]}”."
        raise TiersRefused(msg, code="region_name", metric=metric, region=region, position=1)
    begun = Decimal(0)
    for position, tier in enumerate(slabs, start=1):
        problem = _rate_problem(tier.rate) or _bound_problem(
            metric, tier.up_to, begun, is_last=position == len(slabs)
        )
        if problem:
            code, sentence = problem
            msg = f"{metric.label} in “{region}”, tier {position}: {sentence}"
            raise TiersRefused(msg, code=code, metric=metric, region=region, position=position)
        begun = tier.up_to or begun


def _rate_problem(rate: Decimal) -> tuple[str, str] | None:
    """Return the code of what is wrong with a rate, and the sentence."""
    if not rate.is_finite() or rate < 0:
        return "rate_negative", "the rate must be 0 or more. Correct it."
    if rate >= _LARGEST_RATE or _places(rate) > _RATE_PLACES:
        return "rate_too_long", (
            f"the rate has at most 10 digits before the point and {_RATE_PLACES} after it. Shorten it."
        )
    return None


def _bound_problem(
    metric: Metric, up_to: Decimal | None, begun: Decimal, *, is_last: bool
) -> tuple[str, str] | None:
    """Return the code of what is wrong with the end of a tier that begins at `begun`, and the sentence."""
    if up_to is None:
        return (
            None if is_last else ("tier_open", "only the last tier is open. Say up to where this one goes.")
        )
    places = _BOUND_PLACES if metric == Metric.BANDWIDTH else 0
    if not up_to.is_finite() or up_to >= _LARGEST_BOUND or _places(up_to) > places:
        shape = f"and {places} after it" if places else "and none after it"
        return "bound_too_long", f"the bound has at most 20 digits before the point {shape}. Correct it."
    if up_to <= begun:
        return "bounds_not_ascending", (
            f"it must end above {plain_number(begun)}, where it begins. Order the tiers from low to high."
        )
    if is_last:
        return "tier_closed", (
            "the last tier must be open. Leave its bound out, or add one for all above, marked as not published "
            "if the provider names no price for it."
        )
    return None


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    return max(0, -exponent)
