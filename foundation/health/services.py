"""What is told when periodic jobs are not done: the dead man's switch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from foundation.audit.actions import action
from foundation.books.selectors import current_organization
from foundation.health.jobs import schedules
from foundation.health.models import JobRun
from foundation.health.selectors import Job, scheduled_jobs
from foundation.notices.services import queue_notice
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.webhooks.rules import EventKind
from foundation.webhooks.services import Event, queue_events

if TYPE_CHECKING:
    from foundation.notices.models import Notice

SILENT, BACK = "job_silent", "job_back"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """How many notices say so, and how many late jobs were told to endpoints that listen."""

    silent: int = 0
    back: int = 0
    late: int = 0


@action("job.note")
def note_schedule(
    *,
    actor: User | None,  # recorded by @action
) -> int:
    """Write down jobs that are new in the schedule, so that it is known since when; return how many."""
    scheduled = set(schedules())
    new = scheduled - set(JobRun.objects.values_list("job", flat=True))
    if new:
        JobRun.objects.bulk_create([JobRun(job=name) for name in sorted(new)], ignore_conflicts=True)
    return len(new)


@action("job.tell")
def tell_of_jobs(*, actor: User | None, now: datetime) -> Told:
    """Tell administrators of watched jobs that were not done for too long, once a day each, and once that one is back.

    Endpoints that listen are told of every job that is late, once until it was done.
    """
    jobs = scheduled_jobs(now)
    silent = [job for job in jobs if job.is_silent]
    back = [job for job in jobs if job.silence_told_at is not None and not job.is_silent]
    late = [job for job in jobs if job.is_late]
    administrators = _administrators() if silent or back else []
    told = Told(
        silent=len(_tell_silent(actor, silent, administrators, now)),
        back=len(_tell_back(actor, back, administrators)),
        late=len(late),
    )
    if late:
        queue_events(actor=actor, events=[_late_event(job) for job in late])
    return told


def _tell_silent(
    actor: User | None, jobs: Sequence[Job], administrators: Sequence[User], now: datetime
) -> "list[Notice]":
    day = now.astimezone(current_organization().zone).date()
    JobRun.objects.filter(job__in=[job.name for job in jobs], silence_told_at=None).update(
        silence_told_at=now
    )
    return _queue(
        actor,
        SILENT,
        jobs,
        administrators,
        key=lambda _job: f"{day:%Y-%m-%d}",
        subject=lambda job: f"{job.in_words} has not run for {job.silent_for // _HOUR} hours",
    )


def _tell_back(actor: User | None, jobs: Sequence[Job], administrators: Sequence[User]) -> "list[Notice]":
    JobRun.objects.filter(job__in=[job.name for job in jobs]).update(silence_told_at=None)
    return _queue(
        actor,
        BACK,
        jobs,
        administrators,
        key=lambda job: f"{job.silence_told_at:%Y-%m-%dT%H:%M:%S}",
        subject=lambda job: f"{job.in_words} runs again",
    )


def _queue(
    actor: User | None,
    kind: str,
    jobs: Sequence[Job],
    administrators: Sequence[User],
    *,
    key: Callable[[Job], str],
    subject: Callable[[Job], str],
) -> "list[Notice]":
    return [
        queue_notice(
            actor=actor,
            kind=kind,
            key=f"{kind}:{job.name}:{key(job)}:{person.pk}",
            recipient=person.email,
            subject=subject(job),
            template=kind,
            context={
                "person": person,
                "job": job,
                "hours": job.silent_for // _HOUR,
                "address": f"{settings.BASE_URL}{reverse('admin:foundation_jobrun_changelist')}",
            },
        )
        for job in jobs
        for person in administrators
    ]


def _administrators() -> list[User]:
    everybody = User.objects.colleagues()
    roles = Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR.label)
    return list(everybody.filter(roles).distinct().order_by("pk"))


def _late_event(job: Job) -> Event:
    zone = current_organization().zone
    due = timezone.localtime(job.due_at, zone)
    done = (
        f"last done on {timezone.localtime(job.finished_at, zone):%Y-%m-%d at %H:%M}"
        if job.finished_at
        else "never done yet"
    )
    return Event(
        kind=EventKind.JOB_LATE,
        # When it was due stays the same until it was done.
        key=f"{job.name}:{job.due_at:%Y-%m-%dT%H:%M:%S}",
        text=f"{job.in_words} is late: it was due on {due:%Y-%m-%d at %H:%M}, and {done}.",
        data={"job": job.name, "due_at": job.due_at, "last_done_at": job.finished_at},
    )
