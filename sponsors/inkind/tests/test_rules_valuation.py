"""What a month is worth: sums that a calculator checks, and the three figures."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.rules import Estimate, InKindError, Prices, Tier, Use, quote
from sponsors.inkind.rules.treatment import TREATMENTS, Nature, figures
from sponsors.inkind.rules.valuation import (
    Exchange,
    Reckoning,
    by_card,
    by_quantity,
    check_discount,
    check_month,
    check_range,
    in_proportion,
    last_day,
    less_standing,
    month_after,
)

SAME = Exchange("USD", "USD", Decimal(1), date(2024, 3, 29))


def prices(rate="0.10", currency="USD"):
    tiers = [Tier(Decimal(10), Decimal(rate)), Tier(None, Decimal(rate) / 2, is_published=False)]
    return Prices(
        name="List",
        currency=currency,
        gigabyte=10**9,
        request_unit=10_000,
        bandwidth={"usa": tiers},
        requests={"usa": [Tier(None, Decimal("0.0075"))]},
    )


def reckoned(size=20 * 10**9, requests=0, *, exchange=SAME, percent="0", remarks=()):
    found = quote(prices(currency=exchange.source), [Use("usa", size, requests)])
    return by_card(found, exchange=exchange, discount_percent=Decimal(percent), remarks=remarks)


def sum_in(reckoning, currency="USD"):
    return sum(entry.amount for entry in reckoning.entries if entry.currency == currency)


def test_a_month_is_its_list_value_less_the_discount():
    found = reckoned(percent="12.5")
    assert (found.list_value, found.discount, found.value) == (
        Decimal("1.50"),
        Decimal("0.19"),
        Decimal("1.31"),
    )
    assert sum_in(found) == found.value
    assert found.is_extrapolated
    assert found.entries[-1].label == "Less the widely available discount of 12.5%"


def test_what_was_assumed_is_an_entry_of_nothing():
    found = reckoned(remarks=["Not complete: files on 2024-03-04"])
    assert (found.entries[0].label, found.entries[0].amount) == ("Not complete: files on 2024-03-04", 0)
    assert sum_in(found) == found.value


def test_another_currency_is_converted_in_an_entry_that_names_rate_and_day():
    exchange = Exchange("EUR", "USD", Decimal("1.0811"), date(2024, 3, 28))
    found = reckoned(exchange=exchange, percent="10")
    (change,) = [entry for entry in found.entries if entry.unit == "EUR"]
    assert change.label == "Converted to USD at the reference rate of 2024-03-28"
    assert (change.quantity, change.rate, change.amount) == (
        Decimal("1.50"),
        Decimal("1.0811"),
        Decimal("1.62"),
    )
    assert found.list_value == Decimal("1.62")
    assert sum_in(found) == found.value == Decimal("1.46")


@given(
    size=st.integers(0, 10**18),
    requests=st.integers(0, 10**12),
    percent=st.decimals(0, 100, places=2),
    rate=st.decimals("0.0001", 2000, places=6),
)
def test_entries_in_the_currency_sum_to_the_value(size, requests, percent, rate):
    for exchange in (SAME, Exchange("JPY", "USD", rate, date(2024, 3, 29))):
        found = reckoned(size, requests, exchange=exchange, percent=percent)
        assert sum_in(found) == found.value
        assert 0 <= found.value <= found.list_value
        negated = [entry.negated() for entry in found.entries]
        assert sum(entry.amount for entry in negated if entry.currency == "USD") == -found.value
        for entry, back in zip(found.entries, negated, strict=True):
            assert entry.amount + back.amount == 0
            assert entry.quantity is None or entry.quantity + back.quantity == 0


@given(before=st.integers(0, 10**15), now=st.integers(0, 10**15), percent=st.decimals(0, 100, places=2))
def test_what_stands_and_the_difference_are_a_fresh_valuation(before, now, percent):
    standing, fresh = reckoned(before, percent=percent), reckoned(now, percent=percent)
    difference = less_standing(fresh, standing, "USD")
    assert standing.value + difference.value == fresh.value
    assert standing.list_value + difference.list_value == fresh.list_value
    assert sum_in(difference) == difference.value


def quantities(unit_value="250", expired="0", quantity="4", percent="0"):
    return by_quantity(
        quantity=Decimal(quantity),
        unit="Pieces",
        unit_value=Decimal(unit_value),
        expired=Decimal(expired),
        discount_percent=Decimal(percent),
        currency="USD",
    )


def test_a_gift_is_quantity_times_unit_value():
    found = quantities(percent="10")
    assert (found.list_value, found.value, sum_in(found)) == (1000, 900, 900)


def test_expired_credits_are_worth_nothing():
    found = quantities(expired="300")
    assert found.value == 1000
    assert [(entry.label, entry.quantity, entry.amount) for entry in found.entries][1:] == [
        ("Expired unused: worth nothing", 300, 0)
    ]


def test_more_than_can_be_kept_is_refused():
    with pytest.raises(InKindError, match="more than can be kept") as refused:
        quantities(unit_value="1000000000", quantity="1000000")
    assert refused.value.field == "amount"


def test_low_base_and_high_are_in_order_or_the_cards_are_named():
    order = {estimate: Reckoning((), Decimal(number), Decimal(0)) for number, estimate in enumerate(Estimate)}
    names = {Estimate.LOW: "Volume", Estimate.BASE: "List", Estimate.HIGH: "Cloud"}
    check_range(order, names, "USD", by="version")
    with pytest.raises(InKindError, match=r"Low by Volume is USD 1\.00, more than base by List, USD 0\.00"):
        check_range(
            {**order, Estimate.LOW: order[Estimate.BASE], Estimate.BASE: order[Estimate.LOW]},
            names,
            "USD",
            by="version",
        )
    with pytest.raises(InKindError, match=r"Base by List is USD 1\.00, more than high by Cloud"):
        check_range({**order, Estimate.HIGH: order[Estimate.LOW]}, names, "USD", by="version")


@pytest.mark.parametrize(
    ("percent", "basis", "field"),
    [
        ("-1", "Them", "discount_percent"),
        ("100.01", "Them", "discount_percent"),
        ("1.234", "Them", "discount_percent"),
        ("5", "  ", "discount_basis"),
    ],
)
def test_a_discount_is_a_percent_with_a_basis(percent, basis, field):
    with pytest.raises(InKindError) as refused:
        check_discount(Decimal(percent), basis)
    assert refused.value.field == field


def test_only_a_month_that_is_over_is_valued():
    assert check_month(date(2024, 3, 17), date(2024, 4, 1)) == date(2024, 3, 1)
    with pytest.raises(InKindError, match="March 2024 is not over yet"):
        check_month(date(2024, 3, 1), date(2024, 3, 31))
    with pytest.raises(InKindError, match="December 9999 is not over yet"):
        check_month(date(9999, 12, 31), date(2024, 3, 31))
    assert last_day(date(2024, 2, 1)) == date(2024, 2, 29)
    assert month_after(date(2024, 12, 1)) == date(2025, 1, 1)


def test_a_proportion_of_nothing_is_nothing():
    assert in_proportion(Decimal(10), Decimal(1), Decimal(3), "USD") == Decimal("3.33")
    assert in_proportion(Decimal(10), Decimal(1), Decimal(0), "USD") == 0


def test_every_category_has_a_treatment():
    assert set(TREATMENTS) == set(CommitmentLine.Category.values)


@pytest.mark.parametrize(
    ("category", "statements", "tax"),
    [
        ("cdn", 100, 0),
        ("cloud_credits", 100, 0),
        ("venue", 100, 0),
        ("hardware", 100, 100),
        ("licenses", 100, 0),
        ("staff_time", 0, 0),
    ],
)
def test_services_and_facilities_are_not_on_the_return_and_property_is(category, statements, tax):
    found = figures(category, Decimal(100))
    assert (found.statements, found.tax) == (statements, tax)
    assert found.notes
    assert (TREATMENTS[category].nature == Nature.PROPERTY) == bool(tax)


def test_contributed_time_is_in_the_statements_when_the_services_test_is_met():
    found = figures("staff_time", Decimal(100), services_test="A security audit we would have bought.")
    assert (found.statements, found.tax) == (100, 0)
    assert "A security audit we would have bought." in found.notes
