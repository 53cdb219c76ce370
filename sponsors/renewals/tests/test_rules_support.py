"""How long a sponsor has supported us, what follows what, and how much that is a year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import Period
from sponsors.renewals.rules.reasons import Level
from sponsors.renewals.rules.support import (
    Support,
    SupportKind,
    a_year,
    followers,
    kind_of,
    level_of,
    opens_on,
    standings,
)

START = date(2020, 1, 1)


def support(key, starts_on, before, renewal_of=None):
    return Support(key, f"C-{key}", starts_on, before, renewal_of)


def test_first_commitment_is_a_first_term_and_the_next_is_not():
    found = standings([support(1, START, date(2021, 1, 1)), support(2, date(2021, 1, 1), date(2022, 1, 1))])

    assert (found[1].is_first, found[2].is_first) == (True, False)
    assert found[2].since == START
    assert found[2].tenure_years(date(2022, 1, 1)) == pytest.approx(2, abs=0.01)


def test_gap_of_more_than_a_year_makes_a_returner_and_is_no_tenure():
    found = standings([support(1, START, date(2021, 1, 1)), support(2, date(2023, 1, 1), date(2024, 1, 1))])

    assert found[2].returned
    assert not found[1].returned
    assert found[2].tenure_years(date(2024, 1, 1)) == pytest.approx(2, abs=0.01)


def test_gap_of_a_year_is_none():
    found = standings([support(1, START, date(2021, 1, 1)), support(2, date(2022, 1, 1), date(2023, 1, 1))])

    assert not found[2].returned


def test_long_commitment_covers_a_gap_between_short_ones():
    found = standings(
        [
            support(1, START, date(2026, 1, 1)),
            support(2, date(2020, 2, 1), date(2021, 2, 1)),
            support(3, date(2025, 1, 1), date(2026, 6, 1)),
        ]
    )

    assert not found[3].returned


def test_nobody_has_no_standing():
    assert standings([]) == {}


def test_commitment_that_renews_another_follows_it_however_late():
    history = [support(1, START, date(2021, 1, 1)), support(2, date(2022, 1, 1), date(2023, 1, 1), 1)]

    assert followers(history) == {1: history[1]}


@pytest.mark.parametrize(("days", "follows"), [(-90, True), (0, True), (90, True), (91, False), (-91, False)])
def test_what_begins_within_ninety_days_of_the_end_follows(days, follows):
    first = support(1, START, date(2021, 1, 1))
    begins = first.before + timedelta(days=days)
    second = support(2, begins, begins + timedelta(days=365))

    assert (1 in followers([first, second])) is follows


def test_what_ends_earlier_or_began_earlier_does_not_follow():
    own = support(2, START, date(2020, 3, 1))
    earlier = support(1, date(2019, 12, 15), date(2021, 1, 1))
    shorter = support(3, date(2020, 2, 1), date(2020, 3, 1))

    assert 2 not in followers([earlier, own, shorter])


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(30, 3650)), min_size=1, max_size=8))
def test_tenure_is_never_more_than_the_time_since_the_first_day(spans):
    history = sorted(
        (
            support(key, START + timedelta(days=begin), START + timedelta(days=begin + length))
            for key, (begin, length) in enumerate(spans)
        ),
        key=lambda one: one.place,
    )

    for one in history:
        standing = standings(history)[one.key]
        whole = (one.before - history[0].starts_on).days / 365.25
        assert 0 <= standing.tenure_years(one.before) <= whole + 1e-9
        assert (standing.since > history[0].starts_on) == standing.returned


def test_kind_is_monthly_in_kind_or_cash():
    year, month = Period(START, date(2021, 1, 1)), Period(START, date(2020, 2, 1))

    assert kind_of(has_cash=True, period=year, renewal_months=None) is SupportKind.CASH
    assert kind_of(has_cash=False, period=year, renewal_months=12) is SupportKind.IN_KIND
    assert kind_of(has_cash=True, period=year, renewal_months=1) is SupportKind.MONTHLY
    assert kind_of(has_cash=False, period=month, renewal_months=None) is SupportKind.MONTHLY


@pytest.mark.parametrize(
    ("before", "kind", "worth"),
    [
        (date(2025, 1, 1), SupportKind.CASH, "20000.00"),
        (date(2020, 7, 1), SupportKind.CASH, "100000"),
        (date(2020, 2, 1), SupportKind.MONTHLY, "1200000.00"),
        (date(2020, 12, 31), SupportKind.CASH, "100000"),
        (date(2021, 7, 2), SupportKind.CASH, "66651.46"),
    ],
)
def test_worth_a_year(before, kind, worth):
    assert a_year(Decimal(100_000), Period(START, before), kind=kind, currency="USD") == Decimal(worth)


def test_worth_a_year_has_the_decimals_of_its_currency():
    worth = a_year(Decimal(100_000), Period(START, date(2023, 1, 1)), kind=SupportKind.CASH, currency="JPY")

    assert str(worth) == "33333"


@pytest.mark.parametrize(
    ("worth", "level"),
    [
        (None, None),
        (0, Level.FREE),
        (19_999, Level.ENTRY),
        (20_000, Level.MIDDLE),
        (90_000, Level.GOLD),
        (150_000, Level.TOP),
    ],
)
def test_level_follows_from_what_is_promised_a_year(worth, level):
    found = level_of(
        None if worth is None else Decimal(worth),
        entry_below=Decimal(20_000),
        gold_from=Decimal(90_000),
        top_from=Decimal(150_000),
    )

    assert found is level


def test_at_risk_from_the_horizon_before_the_last_day_for_notice():
    year = Period(START, date(2021, 1, 1))

    assert opens_on(year, None, 30) == date(2020, 12, 1)
    assert opens_on(year, 60, 30) == date(2020, 10, 2)
