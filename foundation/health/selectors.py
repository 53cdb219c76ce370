"""Whether everything Bursar needs is there."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from foundation.health.jobs import HEARTBEAT
from foundation.health.models import JobRun

log = structlog.get_logger(__name__)

HEARTBEAT_IS_LATE_AFTER = timedelta(minutes=3)
_BROKER_TIMEOUT_SECONDS = 2


def last_heartbeat() -> datetime | None:
    """Return when beat, broker and worker were last seen to work together."""
    return JobRun.objects.filter(job=HEARTBEAT).values_list("finished_at", flat=True).first()


def silent_since(now: datetime) -> datetime | None:
    """Return the last heartbeat when it is too long ago, for the warning to staff; None when all is well.

    Before the first heartbeat nothing is known to be wrong yet.
    """
    last = last_heartbeat()
    return last if last is not None and last < now - HEARTBEAT_IS_LATE_AFTER else None


def failed_jobs() -> list[JobRun]:
    """Return the periodic jobs whose last run failed."""
    return list(JobRun.objects.filter(summary__startswith="failed: "))


def readiness(now: datetime) -> dict[str, bool]:
    """Return, for each part, whether it works. What exactly is wrong is logged, not told."""
    database = _works("database", _database_answers)
    return {
        "database": database,
        "migrations": database and _works("migrations", _migrations_are_applied),
        "broker": _works("broker", _broker_answers),
        "heartbeat": database and _works("heartbeat", lambda: _heartbeat_is_recent(now)),
    }


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
