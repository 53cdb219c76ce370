"""Whether everything Bursar needs is there, and how the periodic jobs stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import capfirst
from kombu.exceptions import OperationalError

from foundation.health.jobs import HEARTBEAT, schedules
from foundation.health.models import JobRun
from foundation.health.rules import Runs, Standing, due_at, silent_for, standing

log = structlog.get_logger(__name__)

HEARTBEAT_IS_LATE_AFTER = timedelta(minutes=3)
_BROKER_TIMEOUT_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of the beat schedule at one moment; `due_at` is when it should have been or will be done next."""

    name: str
    standing: Standing
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failed_at: datetime | None
    took: timedelta | None
    summary: str
    silence_told_at: datetime | None
    silent_for: timedelta

    @property
    def is_late(self) -> bool:
        return self.standing is Standing.LATE

    @property
    def has_failed(self) -> bool:
        """Whether it failed and was not done since, however often it was begun again."""
        return self.failed_at is not None and (self.finished_at is None or self.finished_at < self.failed_at)

    @property
    def is_silent(self) -> bool:
        """Whether administrators are to be told by mail that it was not done for so long."""
        limit = settings.WATCHED_JOBS.get(self.name)
        return limit is not None and self.silent_for > limit

    @property
    def in_words(self) -> str:
        return job_in_words(self.name)


@dataclass(frozen=True, slots=True)
class Readiness:
    """For each part whether it works, and how the jobs stand: None while the database does not say."""

    parts: dict[str, bool]
    jobs: list[Job] | None

    @property
    def is_ready(self) -> bool:
        """A late job does not count: nobody is served better by a web process that was taken away for it."""
        return all(self.parts.values())

    @property
    def late(self) -> list[str]:
        return [job.name for job in self.jobs or () if job.is_late]


def job_in_words(name: str) -> str:
    words: str = capfirst(name.rpartition(".")[2].replace("_", " "))
    return words


def scheduled_jobs(now: datetime) -> list[Job]:
    """Return every job of the beat schedule, by name."""
    known = {run.job: run for run in JobRun.objects.all()}
    return [
        _job(known.get(name) or JobRun(job=name, known_since=now), schedule, now)
        for name, schedule in sorted(schedules().items())
    ]


def standing_of(run: JobRun, now: datetime) -> Job | None:
    """Return how the job of the row stands; None when the schedule does not have it any more."""
    schedule = schedules().get(run.job)
    return None if schedule is None else _job(run, schedule, now)


def _job(run: JobRun, schedule: Any, now: datetime) -> Job:
    runs = Runs(
        known_since=run.known_since,
        started_at=run.started_at,
        finished_at=run.finished_at,
        failed_at=run.failed_at,
    )
    return Job(
        name=run.job,
        standing=standing(schedule, runs, now),
        due_at=due_at(schedule, runs),
        started_at=run.started_at,
        finished_at=run.finished_at,
        failed_at=run.failed_at,
        took=run.took,
        summary=run.summary,
        silence_told_at=run.silence_told_at,
        silent_for=silent_for(runs, now),
    )


def last_heartbeat() -> datetime | None:
    """Return when beat, broker and worker were last seen to work together."""
    return JobRun.objects.filter(job=HEARTBEAT).values_list("finished_at", flat=True).first()


def silent_since(now: datetime) -> datetime | None:
    """Return the last heartbeat when it is too long ago, for the warning to staff; None when all is well.

    Before the first heartbeat nothing is known to be wrong yet.
    """
    last = last_heartbeat()
    return last if last is not None and last < now - HEARTBEAT_IS_LATE_AFTER else None


def readiness(now: datetime) -> Readiness:
    """Return, for each part, whether it works. What exactly is wrong is logged, not told."""
    database = _works("database", _database_answers)
    migrated = database and _works("migrations", _migrations_are_applied)
    return Readiness(
        parts={
            "database": database,
            "migrations": migrated,
            "broker": _works("broker", _broker_answers),
            "heartbeat": database and _works("heartbeat", lambda: _heartbeat_is_recent(now)),
        },
        jobs=known_jobs(now) if migrated else None,
    )


def known_jobs(now: datetime) -> list[Job] | None:
    """Return the scheduled jobs, or None when the database does not say."""
    try:
        return scheduled_jobs(now)
    except (DatabaseError, OSError) as error:
        log.warning("jobs not known", problem=type(error).__name__)
        return None


def _works(part: str, check: Any) -> bool:
    try:
        works = bool(check())
        problem = "" if works else "not as it should be"
    except (DatabaseError, OperationalError, OSError) as error:
        works, problem = False, type(error).__name__
    if not works:
        log.warning("not ready", part=part, problem=problem)
    return works


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() is not None


def _migrations_are_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker_answers() -> bool:
    with current_app.connection_for_write(connect_timeout=_BROKER_TIMEOUT_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, timeout=_BROKER_TIMEOUT_SECONDS)
    return True


def _heartbeat_is_recent(now: datetime) -> bool:
    last = last_heartbeat()
    return last is not None and last >= now - HEARTBEAT_IS_LATE_AFTER
