"""What a month of use costs by a card, as figures to check by hand and as rules that hold for all cards."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money.rules import smallest_unit
from sponsors.inkind.rules import Gigabyte, InKindError, Metric, Prices, Tier, Use, quote
from sponsors.inkind.rules.pricing import gigabyte_text, measured

PB, GB = 10**15, 10**9
BILLION = 10**9
FREE = [Tier(None, Decimal(0))]


def tiers(*slabs):
    return [
        Tier(None if up_to is None else Decimal(up_to), Decimal(rate), is_published)
        for up_to, rate, is_published in slabs
    ]


def prices(bandwidth, requests=FREE, **more):
    card = Prices(
        name="List, version 1",
        currency="USD",
        gigabyte=Gigabyte.DECIMAL,
        request_unit=10_000,
        bandwidth={"usa": bandwidth},
        requests={"usa": requests},
    )
    return replace(card, **more)


FASTLY = prices(
    tiers((10_000, "0.12", True), (20_000, "0.08", True), (None, "0.08", False)),
    tiers((None, "0.0075", True)),
    monthly_minimum=Decimal(50),
)
VOLUME = prices(
    tiers(
        (500_000, "0.005", True),
        (1_000_000, "0.004", True),
        (2_000_000, "0.003", True),
        (None, "0.003", False),
    )
)


def used(count, requests=0, region="usa"):
    return [Use(region, count, requests)]


def lines(found):
    return [(step.label, step.quantity, step.rate, step.amount, step.is_published) for step in found.steps]


# Worked examples, from the vendors' lists -------------------------------------------------------


def test_a_month_of_66_petabytes_and_100_billion_requests_by_the_list():
    found = quote(FASTLY, used(66 * PB, 100 * BILLION))
    assert lines(found) == [
        ("Bandwidth in usa, 0 to 10,000 GB", 10_000, Decimal("0.12"), Decimal("1200.00"), True),
        ("Bandwidth in usa, 10,000 to 20,000 GB", 10_000, Decimal("0.08"), Decimal("800.00"), True),
        ("Bandwidth in usa, above 20,000 GB", 65_980_000, Decimal("0.08"), Decimal("5278400.00"), False),
        ("Requests in usa", 10_000_000, Decimal("0.0075"), Decimal("75000.00"), True),
    ]
    assert [step.unit for step in found.steps] == ["GB (10^9 bytes)"] * 3 + ["10,000 requests"]
    assert found.steps[1].amount + found.steps[2].amount == Decimal("5279200.00")
    assert (found.total, found.is_extrapolated) == (Decimal("5355400.00"), True)


def test_the_same_month_by_the_volume_card():
    found = quote(VOLUME, used(66 * PB, 100 * BILLION))
    assert [step.amount for step in found.steps] == [2_500, 2_000, 3_000, 192_000, 0]
    assert (found.total, found.is_extrapolated) == (Decimal("199500.00"), True)


def test_a_month_of_27_petabytes_and_60_billion_requests_by_the_list():
    assert quote(FASTLY, used(27 * PB, 60 * BILLION)).total == Decimal("2205400.00")


def test_the_last_slabs_price_is_not_read_for_the_whole():
    assert quote(FASTLY, used(15_000 * GB)).total == Decimal("1600.00") != 15_000 * Decimal("0.08")


def test_what_is_free_comes_off_in_the_order_of_the_card_and_before_the_slabs():
    card = replace(
        FASTLY,
        bandwidth={"second": tiers((10, "1", True), (None, "2", True)), "first": tiers((None, "3", True))},
        requests={"second": tiers((None, "1", True)), "first": tiers((None, "1", True))},
        gigabyte=Gigabyte.BINARY,
        free_gigabytes=Decimal(4),
        free_requests=15_000,
        monthly_minimum=Decimal(0),
    )
    found = quote(card, [Use("first", 2 * 2**30, 10_000), Use("second", 3 * 2**30, 10_000)])
    assert [(step.label, step.quantity, step.amount) for step in found.steps] == [
        ("Bandwidth in second, free of charge", 3, 0),
        ("Requests in second, free of charge", 1, 0),
        ("Bandwidth in first, free of charge", 1, 0),
        ("Bandwidth in first", 1, 3),
        ("Requests in first, free of charge", Decimal("0.5"), 0),
        ("Requests in first", Decimal("0.5"), Decimal("0.50")),
    ]
    assert quote(card, [Use("second", 15 * 2**30, 0)]).total == 10 * 1 + 1 * 2


def test_the_monthly_minimum_is_a_step_of_its_own_and_the_last():
    found = quote(FASTLY, used(100 * GB))
    assert [(step.label, step.amount) for step in found.steps] == [
        ("Bandwidth in usa, 0 to 10,000 GB", Decimal("12.00")),
        ("Up to the monthly minimum of USD 50.00", Decimal("38.00")),
    ]
    assert (found.steps[1].metric, found.steps[1].quantity, found.steps[1].unit) == ("", 1, "month")
    assert found.total == 50
    assert len(quote(FASTLY, used(500 * GB)).steps) == 1


@pytest.mark.parametrize("uses", [[], used(0)])
def test_a_month_without_any_use_costs_nothing(uses):
    found = quote(FASTLY, uses)
    assert (found.steps, str(found.total), found.is_extrapolated) == ((), "0.00", False)


def test_requests_are_priced_pro_rata_and_by_slabs_of_their_own():
    card = prices(FREE, tiers((1_000_000, "0.01", True), (None, "0.005", True)))
    found = quote(card, used(0, 1_005_000))
    assert [(step.label, step.quantity, step.amount) for step in found.steps] == [
        ("Requests in usa, 0 to 1,000,000 requests", 100, 1),
        ("Requests in usa, above 1,000,000 requests", Decimal("0.5"), Decimal("0.00")),
    ]


def test_steps_have_the_decimals_of_the_currency():
    assert str(quote(prices(tiers((None, "0.5", True)), currency="JPY"), used(3 * GB)).total) == "2"


@pytest.mark.parametrize(
    ("card", "use", "code", "sentence"),
    [
        (
            FASTLY,
            Use("mars", 1, 1),
            "region_without_prices",
            "List, version 1 has no prices for the region “mars”. It has them for “usa”.",
        ),
        (replace(FASTLY, requests={}), Use("usa", 1, 1), "region_without_prices", "“usa”"),
        (FASTLY, Use("usa", -1, 0), "negative_use", "cannot be below zero"),
        (FASTLY, Use("usa", 0, -1), "negative_use", "cannot be below zero"),
        (FASTLY, Use("usa", 10**25, 0), "amount_too_large", "Check the bytes and requests"),
        (
            prices(tiers((5, "1", True))),
            Use("usa", 6 * GB, 0),
            "volume_without_prices",
            "no price for Bandwidth in usa above 5 GB",
        ),
    ],
)
def test_what_has_no_price_is_refused(card, use, code, sentence):
    with pytest.raises(InKindError) as caught:
        quote(card, [use])
    assert caught.value.code == code
    assert sentence in caught.value.message


def test_the_two_gigabytes_are_told_apart():
    assert [gigabyte_text(unit) for unit in Gigabyte.values] == ["GB (10^9 bytes)", "GB (2^30 bytes)"]


# What holds for every card ----------------------------------------------------------------------

rates = st.decimals(0, 5, places=4)
counts = st.integers(0, 80 * PB)
calls = st.integers(0, 200 * BILLION)


@st.composite
def slabs(draw, most):
    bounds = sorted(draw(st.sets(st.integers(1, most), max_size=5)))
    return [Tier(Decimal(up_to), draw(rates), draw(st.booleans())) for up_to in bounds] + [
        Tier(None, draw(rates), draw(st.booleans()))
    ]


@st.composite
def cards(draw, /, **fixed):
    drawn = {
        "currency": draw(st.sampled_from(["USD", "JPY", "KWD"])),
        "gigabyte": draw(st.sampled_from(Gigabyte.values)),
        "monthly_minimum": Decimal(draw(st.integers(0, 100))),
        "free_gigabytes": Decimal(draw(st.integers(0, 5_000))),
        "free_requests": draw(st.integers(0, 50_000_000)),
    }
    return prices(draw(slabs(80_000_000)), draw(slabs(200 * BILLION)), **drawn | fixed)


def price_of(card, count, calls=0):
    return quote(card, used(count, calls)).total


def exactly(found):
    """Return what the steps come to before any is rounded."""
    return sum((Fraction(step.quantity) * Fraction(step.rate) for step in found.steps), start=Fraction(0))


def price_between(slabs, start, end):
    """Return what the units after `start` and up to `end` cost, each at the price of its own slab."""
    begun, cost = Fraction(0), Fraction(0)
    for tier in slabs:
        ends = Fraction(end) if tier.up_to is None else Fraction(tier.up_to)
        within = min(ends, Fraction(end)) - max(begun, Fraction(start))
        cost += max(within, Fraction(0)) * Fraction(tier.rate)
        begun = ends
    return cost


@given(cards(), counts, calls)
def test_steps_sum_to_the_total_and_each_is_checked_with_a_calculator(card, count, calls):
    found = quote(card, used(count, calls))
    assert sum(step.amount for step in found.steps) == found.total
    half = smallest_unit(card.currency) / 2
    for step in found.steps:
        assert abs(step.quantity * step.rate - step.amount) <= half
    for metric, size, whole in (
        (Metric.BANDWIDTH, card.gigabyte, count),
        (Metric.REQUESTS, card.request_unit, calls),
    ):
        assert sum(step.quantity for step in found.steps if step.metric == metric) == measured(whole, size)


@given(cards(), counts, counts, calls, calls)
def test_more_use_never_costs_less(card, count, more, calls, more_calls):
    fewer, greater = quote(card, used(count, calls)), quote(card, used(count + more, calls + more_calls))
    # Each step is rounded by itself, so that there may be half a cent between them for each.
    rounding = smallest_unit(card.currency) / 2 * (len(fewer.steps) + len(greater.steps))
    assert greater.total >= fewer.total - rounding
    without_minimum = replace(card, monthly_minimum=Decimal(0))
    fewer, greater = (
        quote(without_minimum, used(*use)) for use in ((count, calls), (count + more, calls + more_calls))
    )
    assert exactly(greater) >= exactly(fewer)


@given(slabs(80_000_000), st.data())
def test_a_tier_continues_where_the_one_before_it_ends(drawn, data):
    card = prices(drawn)
    bound = data.draw(st.sampled_from([tier.up_to for tier in drawn if tier.up_to] or [Decimal(1)]))
    below, at, above = (quote(card, used(int(bound) * GB + step)) for step in (-1_000, 0, 1_000))
    dearest = max(tier.rate for tier in drawn)
    for one, next_one in ((below, at), (at, above)):
        assert 0 <= exactly(next_one) - exactly(one) <= Fraction(dearest) / 1_000_000


@given(cards(), st.lists(st.tuples(counts, calls), min_size=1, max_size=4))
def test_a_month_in_parts_costs_what_it_costs_whole(card, parts):
    together = quote(card, [Use("usa", *part) for part in parts])
    assert together == quote(card, used(sum(part[0] for part in parts), sum(part[1] for part in parts)))


@given(slabs(80_000_000), st.integers(0, 40_000_000_000), st.integers(0, 40_000_000_000))
def test_a_second_half_costs_what_its_own_units_cost(drawn, first, second):
    """With slabs a half has no price of its own: the second begins in the slab in which the first ended.

    So: the price of both, less the price of the first, is the price of the units between them, to the exact
    fraction before steps are rounded, and within half a cent a step after it.
    """
    card = prices(drawn)
    whole, half = quote(card, used((first + second) * 10**6)), quote(card, used(first * 10**6))
    marginal = price_between(drawn, Fraction(first, 1000), Fraction(first + second, 1000))
    assert exactly(whole) - exactly(half) == marginal
    rounding = Fraction(1, 200) * (len(whole.steps) + len(half.steps))
    assert abs(Fraction(whole.total - half.total) - marginal) <= rounding


@given(cards(gigabyte=Gigabyte.DECIMAL), counts)
def test_a_decimal_gigabyte_is_never_priced_as_a_binary_one(card, count):
    binary = prices(
        card.bandwidth["usa"],
        card.requests["usa"],
        currency=card.currency,
        gigabyte=Gigabyte.BINARY,
        monthly_minimum=card.monthly_minimum,
        free_gigabytes=card.free_gigabytes,
    )
    for each in (card, binary):
        found = quote(each, used(count))
        assert {step.unit for step in found.steps} <= {gigabyte_text(each.gigabyte), "month"}
        assert sum(step.quantity for step in found.steps if step.metric) == measured(count, each.gigabyte)
    # As many gigabytes of the one kind cost exactly what as many of the other do.
    whole = count // 2**30
    assert price_of(card, whole * 10**9) == price_of(binary, whole * 2**30)


@given(cards(), counts, calls)
def test_a_quote_is_extrapolated_exactly_when_a_tier_beyond_the_published_was_used(card, count, calls):
    found = quote(card, used(count, calls))
    begun, reached = Decimal(0), False
    units = measured(count, card.gigabyte) - min(measured(count, card.gigabyte), card.free_gigabytes)
    for tier in card.bandwidth["usa"]:
        reached = reached or (units > begun and not tier.is_published)
        begun = tier.up_to or begun
    begun, free = Decimal(0), measured(card.free_requests, card.request_unit)
    units = measured(calls, card.request_unit) - min(measured(calls, card.request_unit), free)
    for tier in card.requests["usa"]:
        reached = reached or (units > begun and not tier.is_published)
        begun = measured(tier.up_to, card.request_unit) if tier.up_to else begun
    assert found.is_extrapolated == reached
