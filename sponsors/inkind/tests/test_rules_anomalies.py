"""Signals are compared with their own past: what is always found, what never is, and what it is called."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.rules import AnomalyKind
from sponsors.inkind.rules.anomalies import (
    HOURS,
    OF_DAYS,
    OF_HOURS,
    SCALE,
    THRESHOLDS,
    Severity,
    compare,
    error_share,
    hit_ratio,
    in_words,
    look_at_day,
    severity,
    worst_hour,
)

DAY = date(2026, 11, 24)  # a Tuesday
HIT, REQUESTS, BYTES, ERRORS = (
    AnomalyKind.HIT_RATIO,
    AnomalyKind.REQUESTS,
    AnomalyKind.BYTES,
    AnomalyKind.ERRORS,
)
weeks = st.lists(st.integers(10_000, 10**12), min_size=4, max_size=8)


def hours_of(shape, *, weeks_back=8):
    """Return the same week again and again; `shape(weekday, hour)` is its pattern."""
    days = [DAY - timedelta(days=back) for back in range(7 * weeks_back + 1)]
    return {(day, hour): shape(day.weekday(), hour) for day in days for hour in range(HOURS)}


def daily(value, *, days=28):
    return {DAY - timedelta(days=back): value for back in range(days + 1)}


# What never is an anomaly ----------------------------------------------------------------------


@given(st.integers(0, 10**15))
def test_a_series_that_never_changes_has_no_anomaly(value):
    for kind in OF_HOURS:
        assert worst_hour(kind, DAY, hours_of(lambda _day, _hour: value)) is None


@given(st.floats(0, 1))
def test_a_share_that_never_changes_has_no_anomaly(share):
    for kind in OF_DAYS:
        assert look_at_day(kind, DAY, daily(share)) is None


@given(st.lists(st.integers(0, 10**15), min_size=7 * HOURS, max_size=7 * HOURS))
def test_a_purely_seasonal_series_has_no_anomaly(week):
    hours = hours_of(lambda day, hour: week[day * HOURS + hour])
    for kind in OF_HOURS:
        assert worst_hour(kind, DAY, hours) is None


@given(weeks, st.floats(0, 1))
def test_what_is_below_expectation_is_never_told_of_requests_and_bytes(before, share):
    for kind in OF_HOURS:
        finding = compare(kind, DAY, 14, min(before) * share, before)
        assert finding is not None
        assert not finding.is_off


@given(st.lists(st.floats(0.5, 1), min_size=14, max_size=28))
def test_a_hit_ratio_that_rises_is_never_told_and_an_error_share_that_falls_neither(before):
    better = compare(HIT, DAY, None, 1, before)
    assert better is not None
    assert not better.is_off
    fewer = compare(ERRORS, DAY, None, 0, before)
    assert fewer is not None
    assert not fewer.is_off


def test_too_little_to_compare_with_says_nothing():
    wild = {(DAY, 14): 10**12} | {(DAY - timedelta(weeks=back), 14): 1000 for back in range(1, 4)}
    assert worst_hour(REQUESTS, DAY, wild) is None
    wild[DAY - timedelta(weeks=8), 14] = 1000
    finding = worst_hour(REQUESTS, DAY, wild)
    assert finding is not None
    assert (finding.hour, finding.compared_with) == (14, 4)
    # The ninth week is too long ago, another weekday and another hour are not comparable.
    assert worst_hour(REQUESTS, DAY, {(DAY, 14): 10**12, **dict.fromkeys(_others(), 1000)}) is None
    assert look_at_day(HIT, DAY, {DAY: 0.1, **dict.fromkeys(list(daily(0))[1:14], 0.99)}) is None
    assert look_at_day(HIT, DAY, dict.fromkeys(list(daily(0))[1:], 0.99)) is None


def _others():
    for back in range(1, 70):
        day = DAY - timedelta(days=back)
        if day.weekday() != DAY.weekday() or back > 56:
            yield day, 14
        else:
            yield day, 13


# What always is --------------------------------------------------------------------------------


@given(weeks, st.floats(0, 10))
def test_a_spike_is_always_found(before, more):
    """Whatever the weeks before were: above their highest by the threshold of their whole range."""
    for kind in OF_HOURS:
        threshold = THRESHOLDS[kind]
        span = max(SCALE * (max(before) - min(before)), threshold.floor * max(before), threshold.least)
        spike = max(before) + threshold.score * span * (1.001 + more)
        hours = {(DAY - timedelta(weeks=back + 1), 14): value for back, value in enumerate(before)}
        finding = worst_hour(kind, DAY, {**hours, (DAY, 14): spike})
        assert finding is not None
        assert (finding.hour, finding.observed) == (14, spike)


@given(st.lists(st.floats(0.9, 0.999), min_size=14, max_size=28), st.floats(0, 1))
def test_a_drop_of_the_hit_ratio_is_always_found(before, share):
    span = max(SCALE * (max(before) - min(before)), 0.1 * (1 - min(before)), 0.001)
    lowest = min(before) - 5.01 * span
    if lowest < 0:
        return
    days = {DAY - timedelta(days=back + 1): value for back, value in enumerate(before)}
    finding = look_at_day(HIT, DAY, {**days, DAY: lowest * share})
    assert finding is not None
    assert finding.score < 0


@given(st.lists(st.floats(0, 0.01), min_size=14, max_size=28), st.floats(1, 5))
def test_a_rise_of_the_error_share_is_always_found(before, more):
    span = max(SCALE * (max(before) - min(before)), 0.2 * max(before), 0.0002)
    days = {DAY - timedelta(days=back + 1): value for back, value in enumerate(before)}
    assert look_at_day(ERRORS, DAY, {**days, DAY: max(before) + 5.01 * span * more})


def test_the_hour_that_is_furthest_off_is_kept():
    hours = hours_of(lambda _day, hour: 10**6 * (hour + 1))
    hours[DAY, 3] *= 2
    hours[DAY, 20] *= 5
    finding = worst_hour(REQUESTS, DAY, hours)
    assert finding is not None
    assert (finding.hour, finding.expected, finding.observed) == (20, 21 * 10**6, 105 * 10**6)
    assert (finding.spread, finding.score) == (0, pytest.approx(40))


def test_one_odd_week_among_eight_moves_nothing():
    hours = hours_of(lambda _day, _hour: 10**6)
    hours[DAY - timedelta(weeks=3), 14] = 10**9
    assert worst_hour(REQUESTS, DAY, hours) is None
    hours[DAY, 14] = 2 * 10**6
    finding = worst_hour(REQUESTS, DAY, hours)
    assert finding is not None
    assert finding.expected == 10**6


# What does not change it -----------------------------------------------------------------------


@given(weeks, st.integers(10_000, 10**12), st.integers(1, 10**6))
def test_the_unit_does_not_matter(before, observed, factor):
    """Above the smallest amounts that are worth a word, a score is the same in thousands."""
    one = compare(REQUESTS, DAY, 14, observed, before)
    other = compare(REQUESTS, DAY, 14, observed * factor, [value * factor for value in before])
    assert one is not None
    assert other is not None
    assert other.score == pytest.approx(one.score)


@given(weeks, st.integers(10_000, 10**12), st.integers(0, 10**12))
def test_a_constant_on_top_shifts_what_is_expected_and_not_the_spread(before, observed, more):
    one = compare(BYTES, DAY, 14, observed, before)
    other = compare(BYTES, DAY, 14, observed + more, [value + more for value in before])
    assert one is not None
    assert other is not None
    assert other.expected == pytest.approx(one.expected + more)
    assert other.spread == pytest.approx(one.spread)
    # The floor is of the median: on a higher level the same difference is never worse.
    assert abs(other.score) <= abs(one.score) * (1 + 1e-9)


@given(
    weeks.flatmap(lambda before: st.tuples(st.just(before), st.permutations(before))), st.integers(0, 10**12)
)
def test_the_order_of_what_is_compared_does_not_matter(both, observed):
    before, shuffled = both
    assert compare(REQUESTS, DAY, 14, observed, before) == compare(REQUESTS, DAY, 14, observed, shuffled)


@given(
    st.dictionaries(st.integers(0, 23), st.integers(10_000, 10**9), min_size=1),
    st.randoms(use_true_random=True),
)
def test_the_order_of_hours_does_not_matter(observed, chance):
    hours = hours_of(lambda _day, hour: 10**6 + hour) | {(DAY, hour): n for hour, n in observed.items()}
    items = list(hours.items())
    chance.shuffle(items)
    assert worst_hour(REQUESTS, DAY, hours) == worst_hour(REQUESTS, DAY, dict(items))


@given(st.integers(1, 520), st.integers(2, 9))
def test_weeks_later_the_same_is_found(later, factor):
    hours = hours_of(lambda _day, hour: 10**6 + hour) | {(DAY, 9): factor * 10**6}
    moved = {(day + timedelta(weeks=later), hour): value for (day, hour), value in hours.items()}
    one, other = worst_hour(REQUESTS, DAY, hours), worst_hour(REQUESTS, DAY + timedelta(weeks=later), moved)
    assert one is not None
    assert other is not None
    assert (one.score, one.hour) == (other.score, other.hour)


# Shares, severity, words -----------------------------------------------------------------------


def test_shares_of_too_few_or_unknown_requests_say_nothing():
    assert hit_ratio(990, 10) == 0.99
    assert error_share(5, 1000) == 0.005
    for unknown in (hit_ratio(None, 1), hit_ratio(1, None), hit_ratio(900, 99)):
        assert unknown is None
    for unknown in (error_share(None, 5000), error_share(1, None), error_share(1, 999)):
        assert unknown is None


def test_severity_is_how_far_beyond_the_threshold():
    found = [severity(REQUESTS, score) for score in (6, 11.9, 12, 23.9, 24)]
    assert found == [
        Severity.NOTABLE,
        Severity.NOTABLE,
        Severity.SERIOUS,
        Severity.SERIOUS,
        Severity.EXTREME,
    ]
    assert severity(HIT, -10) == Severity.SERIOUS


@pytest.mark.parametrize(
    ("kind", "hour", "observed", "expected", "words"),
    [
        (
            REQUESTS,
            14,
            1.2e9,
            390e6,
            "Requests were 3.1 times the usual for a Tuesday at 14:00 UTC: 1.2 billion against 390 million, from 8 comparable hours.",
        ),
        (
            BYTES,
            4,
            92.34e12,
            3e12,
            "Bytes delivered were 31 times the usual for a Tuesday at 04:00 UTC: 92.3 TB against 3 TB, from 8 comparable hours.",
        ),
        (
            REQUESTS,
            0,
            1.2e6,
            0,
            "Requests were 1.2 million on a Tuesday at 00:00 UTC, where there usually are none, from 8 comparable hours.",
        ),
        (
            HIT,
            None,
            0.95,
            0.99,
            "The hit ratio fell to 95% from the usual 99%: 5 times as many requests as usual missed the cache; from 8 comparable days.",
        ),
        (HIT, None, 0.95, 1, "The hit ratio fell to 95% from the usual 100%; from 8 comparable days."),
        (
            ERRORS,
            None,
            0.021,
            0.003,
            "2.1% of requests ended in an error, 7 times the usual 0.3%; from 8 comparable days.",
        ),
        (
            ERRORS,
            None,
            0.021,
            0,
            "2.1% of requests ended in an error, where usually none does; from 8 comparable days.",
        ),
    ],
)
def test_numbers_in_words(kind, hour, observed, expected, words):
    assert in_words(kind, DAY, hour, observed=observed, expected=expected, compared_with=8) == words
