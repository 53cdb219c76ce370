"""Restrictions: no cent is given away twice, and every cent goes somewhere."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.money.rules import smallest_unit
from sponsors.commitments.rules import CommitmentError, Limit, cash_by_fund, check_limits
from sponsors.commitments.tests.refusals import refused

CASH = {1: Decimal(60_000), 2: Decimal(40_000)}


def to(fund, *, purpose="As agreed", term=None, **share):
    parts = {name: Decimal(value) for name, value in share.items()}
    return Limit(
        fund=fund, purpose=purpose, term=term, amount=parts.get("amount"), percent=parts.get("percent")
    )


def given_away(limits, lines=(("general", 100_000),), cash=CASH):
    return cash_by_fund(cash, limits, [(fund, Decimal(amount)) for fund, amount in lines], "USD")


def test_without_restrictions_the_cash_goes_to_the_funds_of_its_lines():
    shares = given_away([], [("general", 75_000), ("cdn", 25_000)])
    assert shares == {
        (1, "general"): 45_000,
        (1, "cdn"): 15_000,
        (2, "general"): 30_000,
        (2, "cdn"): 10_000,
    }


def test_a_percent_of_the_whole_is_spread_over_the_terms():
    assert given_away([to("grants", percent=30)]) == {
        (1, "grants"): 18_000,
        (1, "general"): 42_000,
        (2, "grants"): 12_000,
        (2, "general"): 28_000,
    }


def test_a_percent_of_the_whole_is_that_of_each_term_where_there_is_enough():
    shares = given_away([to("grants", percent=25), to("travel", percent=50, term=2)])
    assert (shares[1, "grants"], shares[2, "grants"]) == (15_000, 10_000)


def test_a_term_comes_first_and_the_whole_takes_from_what_is_left():
    shares = given_away([to("grants", amount=60_000), to("travel", percent=50, term=2)])
    assert shares[2, "travel"] == 20_000
    assert (shares[1, "grants"], shares[2, "grants"]) == (45_000, 15_000)


def test_thirds_of_a_cent_do_not_get_lost():
    cash = {1: Decimal("0.01"), 2: Decimal("0.01"), 3: Decimal("0.01")}
    shares = given_away([to("grants", amount="0.02")], [("general", 1)], cash)
    assert sum(shares.values()) == Decimal("0.03")
    assert sum(amount for (_term, fund), amount in shares.items() if fund == "grants") == Decimal("0.02")


# Below the largest amount there may be, in whole yen as in thousandths of a dinar.
_MOST_UNITS = 10**14 - 1
_units = st.integers(0, _MOST_UNITS)
_wanted = st.tuples(st.sampled_from("ab"), st.integers(0, 4), st.booleans(), st.integers(1, _MOST_UNITS))


@settings(max_examples=60)
@given(
    st.sampled_from(["JPY", "USD", "KWD"]),
    st.lists(_units, min_size=1, max_size=4).filter(any),
    st.lists(_wanted, max_size=4),
    _units,
)
def test_every_cent_goes_to_one_fund_in_its_term(currency, due, wanted, first):
    unit = smallest_unit(currency)
    cash = {term: units * unit for term, units in enumerate(due, start=1)}
    limits = [
        Limit(
            fund=fund,
            purpose="As agreed",
            term=term if term in cash else None,
            percent=Decimal(size % 10_000 + 1) / 100 if in_percent else None,
            amount=None if in_percent else size * unit,
        )
        for fund, term, in_percent, size in wanted
    ]
    try:
        exact = check_limits(limits, currency, cash)
    except CommitmentError as refusal:
        assert refusal.code == "restricted_too_much"  # noqa: PT017  # the only reason there is here
        return
    total = sum(cash.values())
    line = min(first * unit, total)
    shares = cash_by_fund(cash, exact, [("c", line), ("d", total - line)], currency)
    for term, amount in cash.items():
        assert sum(part for (of, _fund), part in shares.items() if of == term) == amount
    assert all(part > 0 for part in shares.values())
    for fund in "ab":
        named = sum(limit.amount for limit in exact if limit.fund == fund and limit.amount is not None)
        assert sum(part for (_term, to_fund), part in shares.items() if to_fund == fund) >= named


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (to("grants", percent="100.01"), "Restriction 1: the percent must be more than 0 and at most 100"),
        (to("grants", percent=0), "the percent must be more than 0"),
        (to("grants", percent="NaN"), "the percent must be more than 0"),
        (to("grants", percent="33.333"), "at most two decimals"),
        (to("grants"), "give either an amount or a percent"),
        (to("grants", percent=1, amount=1), "give either an amount or a percent"),
        (to("grants", percent=1, purpose=" "), "the purpose is missing"),
        (to("grants", percent=1, purpose="x" * 301), "more than 300 characters"),
        (to("grants", percent=1, term=3), "there is no term 3. Choose one of 1 to 2"),
        (to("grants", amount="0.001"), "The amount of restriction 1 is not exact"),
        (
            to("grants", amount=100_001),
            "USD 100,001.00 to funds, but only USD 100,000.00 in cash is promised",
        ),
        (to("grants", amount=40_001, term=2), "but only USD 40,000.00 in cash falls due in term 2"),
    ],
)
def test_a_restriction_that_cannot_be_is_refused(limit, sentence):
    with refused(sentence, field="restrictions"):
        check_limits([limit], "USD", CASH)


def test_restrictions_together_may_not_exceed_the_whole_or_a_term():
    half = to("grants", percent=50)
    assert len(check_limits([half, half], "USD", CASH)) == 2
    with refused("USD 150,000.00 to funds", field="restrictions"):
        check_limits([half, half, half], "USD", CASH)
    with refused("in term 2", field="restrictions"):
        check_limits([to("grants", percent=60, term=2), to("cdn", percent=60, term=2)], "USD", CASH)
    with refused("in cash is promised", field="restrictions"):
        check_limits([half, to("cdn", percent=100, term=1)], "USD", CASH)


def test_without_cash_nothing_is_restricted():
    with refused("no cash is promised", field="restrictions"):
        check_limits([to("grants", percent=10)], "USD", {1: Decimal(0)})


def test_more_restrictions_than_anybody_reads_are_refused():
    with refused("at most 50 restrictions", field="restrictions"):
        check_limits([to("grants", percent=1)] * 51, "USD", CASH)
