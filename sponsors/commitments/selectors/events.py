"""What happened on the days of a timeline, beside what falls due and what was received."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, TextChoices

from foundation.money.display import money_text
from sponsors.commitments.models import Commitment, Condition, NonRenewal


class EventKind(TextChoices):
    """What happened on a day of the timeline."""

    ANNOUNCED = "announced", "Announced"
    PROPOSED = "proposed", "Proposed"
    SIGNED = "signed", "Signed"
    ENDED = "ended", "Ended"
    TERMINATED = "terminated", "Terminated"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    FOLLOWS = "follows", "Follows"
    FOLLOWED = "followed", "Followed by"
    AMENDED = "amended", "Amended"
    PAUSED = "paused", "Paused"
    CONDITION_MET = "condition_met", "Condition met"
    NOTICE = "notice", "Notice given"
    INVOICED = "invoiced", "Invoiced"
    CREDITED = "credited", "Credited"
    WRITTEN_OFF = "written_off", "Write-off"
    RECOVERED = "recovered", "Recovered"
    DOCUMENT_SENT = "document_sent", "Document sent"
    DOCUMENT_SIGNED = "document_signed", "Document signed"
    DOCUMENT_VOIDED = "document_voided", "Document voided"
    VALUED = "valued", "Gift valued"


@dataclass(frozen=True, slots=True)
class Event:
    on: date
    kind: EventKind
    commitment: str
    text: str


# Three queries, however many commitments.
PROMISE_EVENTS = (
    Prefetch("conditions", Condition.versions.order_by("position", "pk").prefetch_related("progress")),
    Prefetch("non_renewals", NonRenewal.objects.order_by("pk")),
)


def promise_events(commitment: Commitment) -> Iterator[Event]:
    """What was met of its conditions, and who said that it will not be renewed. Needs PROMISE_EVENTS."""
    number, currency = commitment.number, commitment.currency
    for condition in commitment.conditions.all():
        for row in condition.progress.all():
            amount = money_text(abs(row.amount), currency)
            what = "no longer met" if row.reverses_id else "met"
            text = f"{number} condition {condition.position}: {amount} {what}, {row.reference}"
            yield Event(row.met_on, EventKind.CONDITION_MET, number, text)
    for notice in commitment.non_renewals.all():
        withdrawn = f" (withdrawn on {notice.withdrawn_on})" if notice.withdrawn_on else ""
        text = f"{number} will not be renewed, says {notice.get_given_by_display().lower()}: {notice.reason}{withdrawn}"
        yield Event(notice.given_on, EventKind.NOTICE, number, text)
