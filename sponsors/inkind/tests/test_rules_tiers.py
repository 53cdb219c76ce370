"""What a version of a rate card can be made of."""

from decimal import Decimal

import pytest

from sponsors.inkind.rules import MOST_TIERS, Tier, TiersRefused, check_tiers

OPEN = [Tier(None, Decimal("0.05"))]


def slabs(*bounds, rate="0.1"):
    return [Tier(None if up_to is None else Decimal(up_to), Decimal(rate)) for up_to in bounds]


def test_good_tiers_are_taken():
    check_tiers(
        {"usa": slabs("10.5", 20, None), "US,MX,CA": OPEN}, {"usa": slabs(100, None), "US,MX,CA": OPEN}
    )


@pytest.mark.parametrize(
    ("bandwidth", "requests", "code", "sentence"),
    [
        ({}, {}, "no_tiers", "There are no tiers of bandwidth. Enter at least one."),
        ({"usa": slabs(20, 10, None)}, {"usa": OPEN}, "bounds_not_ascending", "Bandwidth in “usa”, tier 2: it must end above 20"),
        ({"usa": slabs(0, None)}, {"usa": OPEN}, "bounds_not_ascending", "tier 1: it must end above 0"),
        ({"usa": slabs(None, 10)}, {"usa": OPEN}, "tier_open", "Say up to where this one goes."),
        ({"usa": slabs(10)}, {"usa": OPEN}, "tier_closed", "the last tier must be open"),
        ({"usa": OPEN}, {"usa": slabs(None, rate="-0.01")}, "rate_negative", "Requests in “usa”, tier 1: the rate must be 0 or more."),
        ({"usa": slabs(None, rate="NaN")}, {"usa": OPEN}, "rate_negative", "the rate must be 0 or more"),
        ({"usa": slabs(None, rate="0.000000001")}, {"usa": OPEN}, "rate_too_long", "8 after it"),
        ({"usa": slabs(None, rate=10**10)}, {"usa": OPEN}, "rate_too_long", "10 digits before the point"),
        ({"usa": slabs("0.00001", None)}, {"usa": OPEN}, "bound_too_long", "4 after it"),
        ({"usa": slabs(10**20, None)}, {"usa": OPEN}, "bound_too_long", "20 digits before the point"),
        ({"usa": slabs("Infinity", None)}, {"usa": OPEN}, "bound_too_long", "20 digits"),
        ({"usa": OPEN}, {"usa": slabs("0.5", None)}, "bound_too_long", "and none after it"),
        ({"usa": OPEN}, {}, "price_missing", "“usa” has a price for bandwidth and none for requests. Add one; its rate is 0 where nothing is charged."),
        ({"usa": OPEN}, {"usa": OPEN, "asia": OPEN}, "price_missing", "“asia” has a price for requests and none for bandwidth."),
        ({" ": OPEN}, {" ": OPEN}, "region_name", "1 to 60 characters"),
        ({"x" * 61: OPEN}, {"x" * 61: OPEN}, "region_name", "1 to 60 characters"),
        ({"usa": slabs(*range(1, MOST_TIERS + 1), None)}, {"usa": OPEN}, "too_many_tiers", "at most 1,000 tiers"),
    ],
)  # fmt: skip
def test_tiers_that_leave_a_volume_without_one_price_are_refused(bandwidth, requests, code, sentence):
    with pytest.raises(TiersRefused) as caught:
        check_tiers(bandwidth, requests)
    assert (caught.value.code, caught.value.field) == (code, "tiers")
    assert sentence in caught.value.message


def test_a_refusal_knows_which_tier_is_meant():
    with pytest.raises(TiersRefused) as caught:
        check_tiers({"usa": OPEN, "asia": slabs(10, 5, None)}, {"usa": OPEN, "asia": OPEN})
    assert (caught.value.metric, caught.value.region, caught.value.position) == ("bandwidth", "asia", 2)
