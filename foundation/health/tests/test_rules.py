"""When a job is late: by its own schedule, with its own patience."""

from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import crontab, schedule
from hypothesis import given
from hypothesis import strategies as st

from foundation.health.rules import (
    GRACE,
    Runs,
    Standing,
    due_after,
    due_at,
    is_late,
    patience,
    silent_for,
    standing,
)

MINUTE = schedule(60.0)
HOURLY = crontab(minute="5")
NIGHTLY = crontab(hour="3", minute="30")
ALL = st.sampled_from([MINUTE, HOURLY, NIGHTLY])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the zone is given beside


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "moment", "due"),
    [
        (MINUTE, at(2, 12), at(2, 12, 1)),
        (HOURLY, at(2, 12, 4), at(2, 12, 5)),
        (HOURLY, at(2, 12, 5), at(2, 13, 5)),
        (NIGHTLY, at(2, 3, 29), at(2, 3, 30)),
        (NIGHTLY, at(2, 3, 31), at(3, 3, 30)),
    ],
)
def test_a_job_is_due_when_its_schedule_says(plan, moment, due):
    assert due_after(plan, moment) == due


@pytest.mark.parametrize(
    ("plan", "after_it_was_due"),
    [
        (MINUTE, timedelta(minutes=10, seconds=5)),
        (HOURLY, timedelta(minutes=15)),
        (NIGHTLY, timedelta(hours=2, minutes=10)),
    ],
)
def test_each_job_has_its_own_patience(plan, after_it_was_due):
    done = at(2, 3, 31)
    due = due_after(plan, done)
    runs = Runs(known_since=at(1, 0), started_at=done, finished_at=done)
    assert patience(plan, due) == after_it_was_due
    assert not is_late(plan, runs, due + after_it_was_due)
    assert is_late(plan, runs, due + after_it_was_due + timedelta(seconds=1))


@given(plan=ALL, known_since=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_job_that_never_ran_is_late_only_after_it_could_have(plan, known_since, later):
    now = known_since + later
    runs = Runs(known_since=known_since)
    if is_late(plan, runs, now):
        assert due_after(plan, known_since) + GRACE < now
    assert is_late(plan, runs, known_since + timedelta(days=2))


@given(plan=ALL, done=MOMENTS, now=MOMENTS)
def test_what_was_just_done_is_never_late_and_what_is_late_stays_so(plan, done, now):
    runs = Runs(known_since=done, started_at=done, finished_at=done)
    assert not is_late(plan, runs, done)
    assert due_at(plan, runs) > done
    if is_late(plan, runs, now):
        assert is_late(plan, runs, now + timedelta(hours=1))


def test_a_job_that_fails_every_night_is_failed_and_in_time_late_too():
    runs = Runs(
        known_since=at(1, 0), started_at=at(3, 3, 30), finished_at=at(2, 3, 31), failed_at=at(3, 3, 31)
    )
    assert standing(NIGHTLY, runs, at(3, 4)) is Standing.FAILED
    assert standing(NIGHTLY, runs, at(3, 6)) is Standing.LATE


def test_a_run_that_began_is_running_and_after_the_longest_a_task_may_take_cut_short():
    runs = Runs(known_since=at(1, 0), started_at=at(3, 3, 30), finished_at=at(2, 3, 31))
    assert standing(NIGHTLY, runs, at(3, 3, 40)) is Standing.RUNNING
    assert standing(NIGHTLY, runs, at(3, 3, 41)) is Standing.CUT_SHORT
    first = Runs(known_since=at(1, 0), started_at=at(1, 3, 30))
    assert standing(NIGHTLY, first, at(1, 3, 31)) is Standing.RUNNING


def test_what_was_not_due_yet_waits_and_what_was_done_is_done():
    assert standing(NIGHTLY, Runs(known_since=at(1, 12)), at(1, 13)) is Standing.WAITING
    done = Runs(known_since=at(1, 0), started_at=at(2, 3, 30), finished_at=at(2, 3, 31))
    assert standing(NIGHTLY, done, at(2, 13)) is Standing.DONE


def test_silence_counts_from_the_last_time_it_was_done_or_since_it_is_known():
    assert silent_for(Runs(known_since=at(1, 0)), at(2, 2)) == timedelta(hours=26)
    assert silent_for(Runs(known_since=at(1, 0), finished_at=at(2, 0)), at(2, 2)) == timedelta(hours=2)
