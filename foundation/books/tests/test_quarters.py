"""Quarters tile the fiscal year, whatever month it begins in."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.books.quarters import quarter_named, quarter_of
from foundation.books.rules import fiscal_year_of

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
MONTHS = st.integers(1, 12)


@given(DAYS, MONTHS)
def test_a_day_is_in_its_quarter_and_the_next_begins_where_it_ends(day, start):
    quarter = quarter_of(day, start)
    following = quarter.next(start)
    assert quarter.starts_on <= day < quarter.ends_before == following.starts_on
    assert quarter < following
    assert quarter.year == fiscal_year_of(day, start).number
    assert quarter_named(quarter.key, start) == quarter


def test_the_first_quarter_begins_with_the_year():
    quarter = quarter_of(date(2026, 8, 1), 7)
    assert (quarter.number, quarter.starts_on, quarter.key) == (1, date(2026, 7, 1), "2027-1")
    assert quarter.label == "Q1 FY 2027 (Jul to Sep 2026)"
    assert quarter_of(date(2026, 12, 31), 1).label == "Q4 FY 2026 (Oct to Dec 2026)"


@pytest.mark.parametrize(
    "key", ["", "2026", "2026-5", "2026-0", "26-1", "1989-1", "2200-1", "٢٠٢٦-1", "2026-1-1"]
)
def test_what_names_no_quarter_is_none(key):
    assert quarter_named(key, 1) is None
