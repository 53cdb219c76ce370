"""The first page of the admin site: what needs attention today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from foundation.audit.admin import actor_of
from foundation.audit.badges import badge
from foundation.books.selectors import local_today
from foundation.health.admin import TONES
from foundation.health.rules import Standing
from foundation.health.selectors import Job, scheduled_jobs, silent_since
from foundation.notices.models import Notice
from foundation.notices.rules import NoticeState
from foundation.people.models import User
from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.rules import DeliveryState
from sponsors.agreements.selectors import documents_attention
from sponsors.banking.attention import banking_attention
from sponsors.commitments.selectors import AttentionCard, AttentionRow, attention
from sponsors.inkind.selectors.attention import services_attention
from sponsors.inkind.selectors.pulling import pull_problems
from sponsors.inkind.selectors.valuations import valuations_attention
from sponsors.inkind.selectors.watch import watch_attention
from sponsors.renewals.selectors.attention import reminders_attention, risk_attention

# For each card: the filter of the list that shows all of it, and what an empty card says.
_LISTS = {
    "overdue_installments": ("due=overdue", "Every installment that fell due is paid."),
    "ending_without_renewal": ("standing=not_renewed", "Nothing ends soon without a renewal."),
    "renewals_stuck": ("standing=to_renew", "What was agreed to renew by itself was renewed."),
    "notice_days": ("standing=notice", "No day for notice comes up soon."),
    "proposals_waiting": ("standing=waiting", "No proposal waits for an answer for long."),
    "without_owner": ("owner=none", "Every open commitment has somebody who looks after it."),
    "amendments_undecided": (
        "decision=open",
        "No amendment waits for approval, and all took effect on their day.",
    ),
    "write_offs_undecided": ("state__exact=proposed", "No write-off waits for a decision."),
    "documents_unanswered": ("answer=late", "Every document that was sent is signed or was sent lately."),
    "bank_lines_waiting": (
        "state__exact=open",
        "No money on a bank account waits for somebody to say whose it is.",
    ),
    "unapplied_credit": ("allocation=credit", "All money received pays something."),
    "anomalies_open": ("state__exact=open", "Every service is within its own usual range."),
    "valuations_waiting": ("state__exact=submitted", "No valuation waits for approval."),
    "valuations_stale": ("use=changed", "All approved months are of the use as it is now."),
    "next_steps_overdue": ("step=overdue", "No promised next step is late."),
    "services_without_supplier": ("lacks=supplier", "Every service that runs is supplied by somebody."),
    "services_without_line": ("lacks=line", "What is supplied under a gift is so under one that holds."),
    "services_silent": ("lacks=usage", "Usage of every metered service came in lately."),
    "usage_aside": ("", "All usage that came in counts."),
    "reminders_mine": ("waits=me", "Nothing waits for an answer of yours."),
    "risk_high": ("standing=high", "No commitment is at high risk."),
    "risk_asks": ("standing=asks", "All that a risk is made of is known."),
}


_NAMED = 5  # late jobs by name; all of them stand in the list
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Card:
    """A card with the address of the list that shows all of it, and of each row's own page."""

    card: AttentionCard
    url: str
    empty: str
    rows: tuple[tuple[AttentionRow, str], ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about Bursar itself that does not work as it should."""

    text: str
    url: str


def today(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the person may see of today's work; the same number of queries on a busy day."""
    user = actor_of(request)
    now = timezone.now()
    day = local_today(now)
    jobs = _jobs(user, now)
    context.update(
        title="Today",
        day=day,
        cards=[
            _card(card)
            for card in (
                *reminders_attention(user),  # first what waits for this person
                *attention(user, day),
                *banking_attention(user),
                *documents_attention(user, day),
                *watch_attention(user),
                *valuations_attention(user),
                *services_attention(user, day),
                *risk_attention(user, day),
            )
        ],
        troubles=list(_troubles(user, jobs, now)),
        jobs=[(job, badge(str(job.standing).capitalize(), TONES[job.standing])) for job in jobs],
        jobs_url=_address("foundation.jobrun", "changelist"),
    )
    return context


def _card(card: AttentionCard) -> Card:
    query, empty = _LISTS[card.key]
    url = _address(card.model, "changelist")
    rows = tuple((row, _address(card.model, "change", row.pk)) for row in card.rows)
    return Card(card, f"{url}?{query}" if url else "", empty, rows)


def _address(model: str, page: str, *args: Any) -> str:
    """Return the address of a model's page, or nothing when this site has none."""
    try:
        return reverse(f"{admin.site.name}:{model.replace('.', '_')}_{page}", args=args)
    except NoReverseMatch:
        return ""


def _jobs(user: User, now: datetime) -> list[Job]:
    """Return the periodic jobs for those who look after them, the worst first."""
    if not user.has_perm("foundation.view_jobrun"):
        return []
    order = list(Standing)
    return sorted(scheduled_jobs(now), key=lambda job: (order.index(job.standing), job.name))


def _troubles(user: User, jobs: Sequence[Job], now: datetime) -> Iterator[Trouble]:
    if jobs:
        yield from _job_troubles(jobs, now)
    if user.has_perm("sponsors.explain_anomaly"):
        for pull in pull_problems():
            text = f"The usage of {pull.service} could not be asked for: {pull.problem}"
            yield Trouble(text, _address("sponsors.service", "change", pull.service_id))
    if user.has_perm("foundation.view_notice"):
        yield from _mail_troubles(user)
    if user.has_perm("foundation.view_webhookdelivery"):
        failed = WebhookDelivery.objects.visible_to(user).filter(state=DeliveryState.FAILED).count()
        if failed:
            text = _counted(failed, "webhook message", "could not be delivered.")
            url = _address("foundation.webhookdelivery", "changelist")
            yield Trouble(text, f"{url}?state__exact=failed" if url else "")


def _job_troubles(jobs: Sequence[Job], now: datetime) -> Iterator[Trouble]:
    url = _address("foundation.jobrun", "changelist")
    silent = silent_since(now)
    if silent is not None:
        since = f"{timezone.localtime(silent):%Y-%m-%d %H:%M}"
        yield Trouble(f"The worker has not been heard of since {since}: mail and periodic jobs wait.", url)
    late = [job.in_words for job in jobs if job.is_late]
    if late:
        named = ", ".join(late[:_NAMED]) + (f" and {len(late) - _NAMED} more" if late[_NAMED:] else "")
        yield Trouble(f"Late: {named}.", url)
    for job in jobs:
        if job.has_failed:
            yield Trouble(f"The last run of {job.name} failed.", url)


def _mail_troubles(user: User) -> Iterator[Trouble]:
    url = _address("foundation.notice", "changelist")
    visible = Notice.objects.visible_to(user)
    counts = visible.aggregate(
        failed=Count("pk", filter=Q(state=NoticeState.FAILED)),
        again=Count("pk", filter=Q(state=NoticeState.QUEUED, attempts__gte=_SEVERAL)),
    )
    if counts["failed"]:
        text = _counted(counts["failed"], "notice", "could not be delivered.")
        yield Trouble(text, f"{url}?state__exact=failed" if url else "")
    if counts["again"]:
        text = _counted(
            counts["again"], "notice", f"failed {_SEVERAL} times or more and will be tried again."
        )
        yield Trouble(text, f"{url}?state__exact=queued" if url else "")


def _counted(count: int, what: str, rest: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'} {rest}"
