"""Records every run of a periodic job, so that one that stopped running shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import Task
from django.db.models.functions import Now

HEARTBEAT = "foundation.heartbeat"
_LONGEST_SUMMARY = 300


class Run:
    """One run of a job; `summary` says in a few words what it did."""

    summary = ""


@contextmanager
def record_run(job: str) -> Iterator[Run]:
    """Note when the job began, and when it ended unless it failed; `/readyz` and staff look at it."""
    from foundation.health.models import JobRun

    run = Run()
    JobRun.objects.update_or_create(job=job, defaults={"started_at": Now(), "summary": ""})
    try:
        yield run
    except BaseException as problem:
        # The kind of error is enough here; the log has the rest.
        JobRun.objects.filter(job=job).update(summary=f"failed: {type(problem).__name__}")
        raise
    JobRun.objects.filter(job=job).update(finished_at=Now(), summary=run.summary[:_LONGEST_SUMMARY])


class RecordedTask(Task):  # type: ignore[type-arg]  # generic only in the stubs
    """Celery's task, named in the logs, and recorded when the beat schedule has it.

    What a job returns is its summary.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with structlog.contextvars.bound_contextvars(task_id=self.request.id, task=self.name):
            if not self.is_periodic():
                return self.run(*args, **kwargs)
            with record_run(self.name) as run:
                result = self.run(*args, **kwargs)
                run.summary = "" if result is None else str(result)
                return result

    def is_periodic(self) -> bool:
        schedule = self.app.conf.beat_schedule
        return any(entry["task"] == self.name for entry in schedule.values())
