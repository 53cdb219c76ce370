"""Periods and their terms, for any first and last day; no database."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given

from sponsors.commitments.rules import Period, add_months, check_period, day_after, following, later, terms_of
from sponsors.commitments.tests.refusals import refused
from sponsors.commitments.tests.strategies import DAY, periods, starts


@given(periods())
def test_terms_tile_the_period(period):
    terms = terms_of(period)

    assert (terms[0].starts_on, terms[-1].ends_before) == (period.starts_on, period.ends_before)
    assert all(one.ends_before == other.starts_on for one, other in pairwise(terms))
    assert all(term.starts_on < term.ends_before for term in terms)


@given(periods())
def test_terms_are_years_and_the_last_may_be_shorter(period):
    terms = terms_of(period)

    for number, term in enumerate(terms[:-1]):
        assert term.starts_on == add_months(period.starts_on, 12 * number)
        assert term.ends_before == add_months(period.starts_on, 12 * (number + 1))
    assert terms[-1].ends_before <= add_months(period.starts_on, 12 * len(terms))
    assert len(terms) <= 10


def test_term_from_a_leap_day_returns_to_it():
    terms = terms_of(Period(date(2024, 2, 29), date(2029, 2, 28)))

    assert [term.starts_on for term in terms] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


@given(periods())
def test_period_of_one_month_to_ten_years_is_accepted(period):
    assert check_period(period.starts_on, period.ends_before) == period


@given(starts)
def test_shorter_and_longer_periods_are_refused(start):
    with refused("at least one month", field="ends_on"):
        check_period(start, add_months(start, 1) - DAY)
    with refused("at most ten years", field="ends_on"):
        check_period(start, add_months(start, 120) + DAY)
    with refused("before the first day", field="ends_on"):
        check_period(start, start)


@pytest.mark.parametrize("start", [date(1989, 12, 31), date(2100, 1, 1), date.min, date.max])
def test_period_outside_living_memory_is_refused(start):
    with refused("in the years 1990 to 2099", field="starts_on"):
        check_period(start, date.max)


@given(periods())
def test_following_period_begins_where_the_first_ends_and_is_as_long(period):
    after, distance = following(period)

    assert after.starts_on == period.ends_before
    if isinstance(distance, int):
        assert after.ends_before == add_months(after.starts_on, distance)
        assert later(period.starts_on, distance) == after.starts_on
    else:
        assert after.ends_before - after.starts_on == period.ends_before - period.starts_on


def test_five_years_are_followed_by_five_years():
    assert following(Period(date(2024, 1, 1), date(2029, 1, 1))) == (
        Period(date(2029, 1, 1), date(2034, 1, 1)),
        60,
    )


def test_period_of_odd_days_is_followed_by_as_many():
    after, distance = following(Period(date(2024, 1, 15), date(2024, 3, 1)))

    assert (after.ends_before, later(date(2024, 2, 1), distance)) == (date(2024, 4, 16), date(2024, 3, 18))


def test_last_day_there_is_has_no_next_day():
    assert (day_after(date(2024, 2, 28)), day_after(date.max)) == (date(2024, 2, 29), date.max)


@given(periods(), starts)
def test_period_may_be_followed_from_any_day_and_is_as_long(period, begin):
    after, distance = following(period, begin)
    usual, _distance = following(period)

    assert after.starts_on == begin
    assert later(period.starts_on, distance) == begin
    if add_months(period.starts_on, 12) == period.ends_before:
        assert after.ends_before == add_months(begin, 12)
    assert following(period, period.ends_before) == (usual, _distance)
