"""When a periodic job is late. Pure: schedules are Celery's own, and the time is given."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from celery.schedules import BaseSchedule, crontab

# A worker ends a task after this long (CELERY_TASK_TIME_LIMIT), so one that began in time may still be at it.
GRACE = timedelta(minutes=10)
# Of its period: an hourly job may be five minutes later still, a nightly one two hours.
_SHARE = 12


class Standing(StrEnum):
    """What is told of a job, the worst first."""

    LATE = "late"
    FAILED = "failed"
    CUT_SHORT = "cut short"
    RUNNING = "running"
    WAITING = "not yet due"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """When a job was first known here, and when it was last begun, done and failed."""

    known_since: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failed_at: datetime | None = None


def due_after(schedule: BaseSchedule, moment: datetime) -> datetime:
    """Return when the schedule next has the job run after the moment, by its own reckoning."""
    if isinstance(schedule, crontab):
        start, step, _now = schedule.remaining_delta(moment)
        following: datetime = start + step
        return following.astimezone(UTC)
    period: timedelta = schedule.run_every  # type: ignore[attr-defined]  # of every schedule that has no calendar
    return moment + period


def patience(schedule: BaseSchedule, due: datetime) -> timedelta:
    """Return how long after it was due a job is not yet late."""
    return GRACE + (due_after(schedule, due) - due) / _SHARE


def due_at(schedule: BaseSchedule, runs: Runs) -> datetime:
    """Return when the job is, or was, due: after it was last done, or since it is known when it never was.

    A failed run does not count as done, and neither does one that was cut short.
    """
    return due_after(schedule, runs.finished_at or runs.known_since)


def is_late(schedule: BaseSchedule, runs: Runs, now: datetime) -> bool:
    due = due_at(schedule, runs)
    return now > due + patience(schedule, due)


def standing(schedule: BaseSchedule, runs: Runs, now: datetime) -> Standing:
    """Return the worst that can be said of the job."""
    if is_late(schedule, runs, now):
        return Standing.LATE
    if runs.started_at is None:
        return Standing.WAITING
    ends = [moment for moment in (runs.finished_at, runs.failed_at) if moment is not None]
    last_end = max(ends, default=None)
    if last_end is None or last_end < runs.started_at:
        return Standing.RUNNING if now <= runs.started_at + GRACE else Standing.CUT_SHORT
    return Standing.FAILED if last_end == runs.failed_at else Standing.DONE


def silent_for(runs: Runs, now: datetime) -> timedelta:
    """Return for how long the job was not done: since the last time, or since it is known."""
    return now - (runs.finished_at or runs.known_since)
