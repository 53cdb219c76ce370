"""What is asked for, when it is whole, and how long to wait."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.rules.pulling import (
    HOUR,
    WINDOW,
    Window,
    complete_until,
    kept_since,
    settled_before,
    wait_before,
    windows,
)

NOW = datetime(2026, 11, 25, 14, 40, tzinfo=UTC)
hours = st.integers(0, 500_000).map(lambda number: datetime(2000, 1, 1, tzinfo=UTC) + number * HOUR)


def at(day, hour=0):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_an_hour_is_whole_two_hours_after_its_end():
    assert settled_before(NOW) == at(25, 12)
    assert settled_before(at(25, 2)) == at(25)
    assert settled_before(at(25, 2) - timedelta(seconds=1)) == at(24, 23)


def test_days_are_asked_for_as_long_as_every_hour_of_them_is_kept():
    assert kept_since(NOW) == datetime(2025, 11, 16, tzinfo=UTC)


@given(hours, st.integers(0, 2000))
def test_windows_follow_each_other_and_cover_all(first, count):
    before = first + count * HOUR
    found = list(windows(first, before))
    assert sum((window.before - window.first for window in found), timedelta()) == before - first
    assert all(timedelta() < window.before - window.first <= WINDOW for window in found)
    for one, following in pairwise(found):
        assert one.before == following.first


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ([at(24, 10), at(25, 11)], at(25, 12)),  # all of it
        ([at(25, 9)], at(25, 10)),  # two hours are late
        ([at(20)], at(24, 14)),  # for more than a day: there was no traffic
        ([], at(24, 14)),
    ],
)
def test_hours_that_are_late_are_asked_for_again(told, until):
    assert complete_until(Window(at(20), at(25, 12)), told, NOW) == until


def test_what_is_longer_ago_is_complete_whatever_it_holds():
    week = Window(at(1), at(8))
    assert complete_until(week, [], NOW) == at(8)
    today = Window(at(25), at(25, 12))
    assert complete_until(today, [], NOW) == at(25)
    assert str(today) == "2026-11-25 00:00 to 2026-11-25 12:00 UTC"


@given(hours, st.integers(1, 168), st.lists(st.integers(0, 167)), st.integers(-24, 400))
def test_what_is_complete_is_within_the_window_and_only_grows(first, count, told, later):
    window = Window(first, first + count * HOUR)
    starts = [first + offset * HOUR for offset in told if offset < count]
    now = window.before + later * HOUR
    until = complete_until(window, starts, now)
    assert window.first <= until <= window.before
    assert until <= complete_until(window, starts, now + HOUR)
    assert until <= complete_until(window, [*starts, window.before - HOUR], now)


@given(st.integers(1, 50), st.floats(0, 1))
def test_waits_grow_and_stay_bearable(attempt, chance):
    assert 1 <= wait_before(attempt, chance) <= 60
    assert wait_before(attempt, chance) <= wait_before(attempt + 1, chance)
