"""Amounts are exact in their currency, and splitting loses nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money.display import money_text, plain_amount
from foundation.money.rules import (
    AmountNotExact,
    currency_codes,
    decimals,
    in_currency,
    rounded,
    smallest_unit,
    split,
)


def test_currencies_are_those_one_can_be_paid_in():
    codes = currency_codes()
    assert {"USD", "EUR", "GBP", "JPY", "CHF", "INR", "BRL", "NGN", "HRK"} <= set(codes)
    assert not {"XXX", "XAU", "XTS", "DEM", "ITL", "ECS"} & set(codes)
    assert list(codes) == sorted(codes)
    assert 150 < len(codes) < 190


@pytest.mark.parametrize(("currency", "places"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("MGA", 2), ("ISK", 0)])
def test_decimals_are_those_of_iso_4217(currency, places):
    assert decimals(currency) == places
    assert smallest_unit(currency) == Decimal(10) ** -places


def test_an_amount_finer_than_its_currency_is_refused_with_the_currencys_decimals():
    assert str(in_currency(Decimal("12.5000"), "USD")) == "12.50"
    with pytest.raises(AmountNotExact, match=r"USD have at most 2 decimals; 12\.505 has more"):
        in_currency(Decimal("12.505"), "USD")
    with pytest.raises(AmountNotExact, match="JPY have no decimals"):
        in_currency(Decimal("0.5"), "JPY")


def test_amounts_are_shown_with_their_code_and_their_decimals():
    assert money_text(Decimal(150_000), "USD") == "USD 150,000.00"
    assert money_text(Decimal(-150_000), "JPY") == "-JPY 150,000"
    assert money_text(Decimal(10) ** 30, "USD") == f"USD 1{',000' * 10}.00"
    assert plain_amount(Decimal("1.5000"), "KWD") == "1.500"


@given(
    units=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=60).filter(any),
    currency=st.sampled_from(["JPY", "USD", "KWD"]),
)
def test_parts_are_exact_sum_to_the_whole_and_only_the_last_takes_the_remainder(units, weights, currency):
    amount = units * smallest_unit(currency)
    parts = split(amount, weights, currency)
    assert sum(parts) == amount
    assert [in_currency(part, currency) for part in parts] == parts
    total = sum(weights)
    for part, weight in zip(parts[:-1], weights[:-1], strict=True):
        assert 0 <= amount * weight / total - part < smallest_unit(currency)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_weights_that_divide_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights must be positive"):
        split(Decimal(10), weights, "USD")


def test_figures_for_reading_are_rounded_to_the_currency():
    assert str(rounded(Decimal("10.0050"), "USD")) == "10.01"
    assert str(rounded(Decimal("10.5"), "JPY")) == "11"
