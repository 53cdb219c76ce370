"""Records every run of a periodic job, so that one that stopped running shows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from celery import Task
from celery.schedules import BaseSchedule, schedule
from django.db.models.functions import Now

HEARTBEAT = "foundation.heartbeat"
_LONGEST_SUMMARY = 300


class LeftToAnother(str):
    """What a job returns that did nothing, because another process is at it: no run that counts as done."""

    __slots__ = ()


class Run:
    """One run of a job; `summary` says in a few words what it did."""

    summary = ""


def schedules() -> dict[str, BaseSchedule]:
    """Return the schedule of each periodic job by its name; of a job that is in it twice, the first."""
    from celery import current_app

    found: dict[str, BaseSchedule] = {}
    for entry in current_app.conf.beat_schedule.values():
        plan = entry["schedule"]
        found.setdefault(entry["task"], plan if isinstance(plan, BaseSchedule) else schedule(plan))
    return found


@contextmanager
def record_run(job: str) -> Iterator[Run]:
    """Note when the job began, and when it ended unless it failed; `/readyz` and staff look at it."""
    from foundation.health.models import JobRun

    run = Run()
    began = time.monotonic()
    JobRun.objects.update_or_create(job=job, defaults={"started_at": Now(), "summary": ""})
    ours = JobRun.objects.filter(job=job)
    try:
        yield run
    except BaseException as problem:
        # The kind of error is enough here; the log has the rest.
        ours.update(failed_at=Now(), summary=f"failed: {type(problem).__name__}")
        raise
    if isinstance(run.summary, LeftToAnother):
        return
    # By a clock of its own: another run may have begun meanwhile, and left.
    took = timedelta(seconds=time.monotonic() - began)
    ours.update(finished_at=Now(), took=took, summary=run.summary[:_LONGEST_SUMMARY])


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
                if isinstance(result, str):
                    run.summary = result  # kept as it is, for LeftToAnother is one
                elif result is not None:
                    run.summary = str(result)
                return result

    def is_periodic(self) -> bool:
        return any(entry["task"] == self.name for entry in self.app.conf.beat_schedule.values())
