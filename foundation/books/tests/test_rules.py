"""Fiscal years: every day is in exactly one."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from foundation.books.rules import day_after_month, fiscal_year, fiscal_year_of, is_last_of_month

_DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2199, 12, 31))
_MONTHS = st.integers(1, 12)


def test_calendar_year():
    year = fiscal_year_of(date(2025, 12, 31), 1)
    assert (year.starts_on, year.ends_on, str(year)) == (date(2025, 1, 1), date(2025, 12, 31), "FY 2025")


def test_year_is_known_by_the_calendar_year_it_ends_in():
    assert str(fiscal_year_of(date(2025, 6, 30), 7)) == "FY 2025"
    assert str(fiscal_year_of(date(2025, 7, 1), 7)) == "FY 2026"


@given(_DAYS, _MONTHS)
def test_day_is_in_its_year_and_the_next_begins_the_day_after(day, month):
    year = fiscal_year_of(day, month)
    assert year.starts_on <= day < year.ends_before
    assert fiscal_year_of(year.ends_before, month).starts_on == year.ends_before
    assert fiscal_year(year.number, month) == year


@given(_DAYS)
def test_months_follow_each_other(day):
    following = day_after_month(day)
    assert following.day == 1
    assert timedelta(0) < following - day <= timedelta(31)
    assert is_last_of_month(following - timedelta(days=1))
