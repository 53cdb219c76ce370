"""Asking a provider for the usage of services: what is missing since the last hour that is there, window by window."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

from django.db.models import Prefetch
from django.utils import timezone

from foundation.audit.actions import action
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.inkind.formats import in_batches
from sponsors.inkind.models import Service, ServiceKey, UsageImport, UsageProgress, UsagePull
from sponsors.inkind.pulling.answers import Answers
from sponsors.inkind.pulling.fastly import AnswerRefused, Fastly, NoAnswer
from sponsors.inkind.rules import ImportState, InKindError, Provider, UsageFormat, UsageSource
from sponsors.inkind.rules.imports import ImportAction, next_import_state
from sponsors.inkind.rules.pulling import (
    LATE_FOR,
    Window,
    complete_until,
    kept_since,
    settled_before,
    windows,
)
from sponsors.inkind.selectors.watch import people_to_tell
from sponsors.inkind.storage.loading import load_usage

# Longer than a window takes, with every wait; a worker that died is followed by another after that.
LEASE = timedelta(minutes=30)
_LONGEST_PROBLEM = 300


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of one service: how many rows, up to when all is there, and what stood in the way.

    `ends_run`: whatever else would be asked now, there is no answer to it either.
    """

    service: str
    complete_before: datetime
    rows: int = 0
    new: int = 0
    problem: str = ""
    ends_run: bool = False


@dataclass(slots=True)
class _Run:
    """One run through the services of a provider."""

    actor: User | None
    provider: Fastly
    now: datetime
    until: float | None
    tell: Callable[[str], None]
    known_regions: list[str] | None = None

    def regions(self) -> list[str]:
        """Return the provider's regions, asked for once: new ones are asked for too, and kept aside until known."""
        if self.known_regions is None:
            self.known_regions = self.provider.regions()
        return self.known_regions

    @property
    def is_over(self) -> bool:
        return self.until is not None and time.monotonic() > self.until


def pull_usage(
    *,
    actor: User | None,
    provider: Fastly,
    now: datetime,
    service: Service | None = None,
    longest: float | None = None,
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Pulled]:
    """Ask for every settled hour that is missing of services known to Fastly, or of one, and load it.

    What was loaded stays: a run that is cut short, or ends after `longest` seconds, is gone on with from the last
    complete window. `tell` is given a line a window. A service that another worker asks for is left to it.
    """
    until = None if longest is None else time.monotonic() + longest
    run = _Run(actor, provider, now, until, tell)
    waits = UsagePull.objects.filter(wait_until__gt=now).order_by("-wait_until").first()
    if waits is not None:
        tell(f"Nothing is asked: {waits.problem}")
        return []
    pulled: list[Pulled] = []
    for candidate in _services(service):
        if run.is_over or (pulled and pulled[-1].ends_run):
            break
        one = _pull(run, candidate)
        if one is None:
            tell(f"{candidate} is being asked for by another worker.")
        else:
            pulled.append(one)
    return pulled


def _services(only: Service | None) -> list[Service]:
    """Return the services that Fastly has a name for, the one first that is furthest behind."""
    keys = ServiceKey.objects.filter(provider=Provider.FASTLY)
    found = Service.objects.filter(keys__in=keys).distinct().order_by("pull__complete_before", "pk")
    found = found.filter(pk=only.pk) if only else found
    return list(found.prefetch_related(Prefetch("keys", keys), "supplies"))


def _pull(run: _Run, service: Service) -> Pulled | None:
    """Pull one service; None while another worker does."""
    before = settled_before(run.now)
    if service.retired_on is not None:
        before = min(before, datetime.combine(service.retired_on, clock_time(), UTC))
    pull = claim_pull(actor=run.actor, service=service, now=run.now)
    if pull is None:
        return None
    done = Pulled(service.name, pull.complete_before)
    first = max(pull.complete_before, kept_since(run.now))
    try:
        for window in windows(first, before):
            if run.is_over:
                break
            done = _pull_window(run, service, window, done)
            if done.complete_before != window.before:
                break
        finish_pull(actor=run.actor, service=service, now=run.now)
    except InKindError as problem:
        finish_pull(actor=run.actor, service=service, now=run.now, problem=problem)
        ends = problem.is_of_token if isinstance(problem, AnswerRefused) else isinstance(problem, NoAnswer)
        return replace(done, problem=problem.message, ends_run=ends)
    return done


def _pull_window(run: _Run, service: Service, window: Window, done: Pulled) -> Pulled:
    names = [key.external_id for key in service.keys.all()]
    answers = Answers(window, names[0])
    for region in run.regions():
        for name in names:
            answers.add(name, region, run.provider.hours(name, region, window))
    until = complete_until(window, answers.starts, run.now)
    kept = keep_window(actor=run.actor, service=service, answers=answers, complete_before=until, now=run.now)
    rows, new = (kept.row_count, kept.new_count) if kept else (0, 0)
    run.tell(f"{service}, {window}: {rows:,} rows, {new:,} new")
    return replace(done, rows=done.rows + rows, new=done.new + new, complete_before=until)


@action("usage_pull.claim")
def claim_pull(*, actor: User | None, service: Service, now: datetime) -> UsagePull | None:
    """Take the service for this worker, or return None while another has it."""
    UsagePull.objects.get_or_create(service=service, defaults={"complete_before": _beginning(service, now)})
    pull = UsagePull.objects.select_for_update().get(pk=service.pk)
    if pull.leased_until is not None and pull.leased_until > timezone.now():
        return None
    pull.leased_until, pull.tried_at = timezone.now() + LEASE, now
    pull.save(update_fields=["leased_until", "tried_at"])
    return pull


@action("usage_pull.keep")
def keep_window(
    *, actor: User | None, service: Service, answers: Answers, complete_before: datetime, now: datetime
) -> UsageImport | None:
    """Load what was answered, and note up to when all is there: both or neither. None when it held no row."""
    pull = UsagePull.objects.select_for_update().get(pk=service.pk)
    rows = list(answers.rows())
    kept = None
    if rows:
        kept = UsageImport.objects.create(
            source=UsageSource.PULL,
            format=UsageFormat.FASTLY_STATS,
            file_name=f"Fastly, {service.slug}, {answers.window}",
            sha256=answers.sha256,
            size=answers.size,
            service=service,
            state=ImportState.READING,
            imported_by=actor,
        )
        UsageProgress.objects.create(usage_import=kept, done=answers.size, total=answers.size)
        load_usage(usage_import=kept, batches=in_batches(rows), now=now)
        kept.state, kept.finished_at = next_import_state(kept.state, ImportAction.FINISH), timezone.now()
        kept.save(update_fields=["state", "finished_at"])
    pull.complete_before = max(pull.complete_before, complete_before)
    pull.leased_until = timezone.now() + LEASE
    pull.save(update_fields=["complete_before", "leased_until"])
    return kept


@action("usage_pull.finish")
def finish_pull(
    *, actor: User | None, service: Service, now: datetime, problem: InKindError | None = None
) -> UsagePull:
    """Give the service back, with what stood in the way, of which infrastructure staff are told once a day.

    A provider that only stumbles is asked again in an hour; of that they are told when it lasts for a day.
    """
    pull = UsagePull.objects.select_for_update().get(pk=service.pk)
    wait = problem.wait if isinstance(problem, NoAnswer) else 0
    pull.leased_until = None
    pull.wait_until = now + timedelta(seconds=wait) if wait else None
    pull.problem = problem.message[:_LONGEST_PROBLEM] if problem else ""
    pull.save(update_fields=["leased_until", "wait_until", "problem"])
    lasts = pull.complete_before < settled_before(now) - LATE_FOR
    if problem is not None and (lasts or not isinstance(problem, NoAnswer)):
        _tell(actor, service, pull, now)
    return pull


def _tell(actor: User | None, service: Service, pull: UsagePull, now: datetime) -> None:
    for person in people_to_tell():
        queue_notice(
            actor=actor,
            kind="usage_not_pulled",
            key=f"usage_not_pulled:{service.pk}:{now:%Y-%m-%d}:{person.pk}",
            recipient=person.email,
            subject=f"Usage of {service.name} cannot be asked for",
            template="usage_not_pulled",
            context={"person": person, "service": service, "pull": pull},
            about=service,
        )


def _beginning(service: Service, now: datetime) -> datetime:
    """Return from when on a service is asked for: its first supply, as far as the provider keeps hours."""
    days = [supply.starts_on for supply in service.supplies.all()]
    kept = kept_since(now)
    return max(kept, datetime.combine(min(days), clock_time(), UTC)) if days else kept
