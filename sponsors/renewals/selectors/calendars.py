"""What stands in a person's calendar: ends, last days for notice and due dates, as far as they may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from foundation.api import tokens
from foundation.money.display import money_text
from foundation.people.models import User
from foundation.people.selectors import has_second_factor
from sponsors.commitments.models import Commitment, Installment
from sponsors.commitments.rules import State
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.rules.calendars import MOST_BEFORE, MOST_TO_COME, calendar_days

READ = "sponsors.view_calendarfeed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A whole day in the calendar. Its key stays the same when the day moves."""

    key: str
    day: date
    kind: str
    title: str
    text: str
    link: str
    made_at: datetime
    changed_at: datetime


def feed_of(secret: str) -> CalendarFeed | None:
    """Return the calendar of the address, if its person would be let in and may still have one; None for any other.

    Asked each time: whoever leaves, or loses the role or the second factor, reads nothing from then on.
    """
    if not tokens.is_well_formed(secret):
        return None
    known = CalendarFeed.objects.standing().select_related("person")
    feed = known.annotate(has_factor=has_second_factor("person")).filter(digest=tokens.digest(secret)).first()
    if feed is None or not feed.person.may_sign_in:
        return None
    protected = feed.has_factor or not feed.person.needs_second_factor  # type: ignore[attr-defined]  # annotated above
    if settings.REQUIRE_SECOND_FACTOR and not protected:
        return None
    return feed if feed.person.has_perm(READ) else None


def calendar_entries(person: User, today: date, *, mine: bool) -> list[Entry]:
    """Return what the person may see of ninety days back and two years ahead, by day; at most eight queries.

    With `mine` of commitments alone that the person owns or backs up. Of each kind the nearest are there, see
    `rules.calendars`.
    """
    commitments = Commitment.objects.visible_to(person).select_related("sponsor")
    installments = Installment.objects.visible_to(person).select_related("commitment__sponsor")
    if mine:
        commitments = commitments.filter(Q(owner=person) | Q(backup=person))
        installments = installments.filter(Q(commitment__owner=person) | Q(commitment__backup=person))
    first, last = calendar_days(today)
    ends = _with_renewal(
        commitments.filter(
            state__in=[State.SIGNED, State.ENDED],
            ends_before__gt=first,
            ends_before__lte=last + timedelta(days=1),
        )
    )
    notices = commitments.notice_due(first, last)
    payments = installments.open().filter(due_on__range=(first, last))
    found = [
        *map(_end, _nearest(ends, "ends_before", today + timedelta(days=1))),
        *map(_notice, _nearest(notices, "last_notice_on", today)),
        *map(_payment, _nearest(payments, "due_on", today)),
    ]
    return sorted(found, key=lambda entry: (entry.day, entry.key))


def _nearest(rows: QuerySet[Any], field: str, today: date) -> Iterable[Any]:
    to_come = rows.filter(**{f"{field}__gte": today}).order_by(field, "pk")
    before = rows.filter(**{f"{field}__lt": today}).order_by(f"-{field}", "pk")
    return [*to_come[:MOST_TO_COME], *before[:MOST_BEFORE]]


def _with_renewal(commitments: QuerySet[Commitment]) -> QuerySet[Any]:
    firm = Commitment.objects.renewing(OuterRef("pk"))
    return commitments.annotate(followed_by=Subquery(firm.values("number")[:1]))


def _end(row: Any) -> Entry:
    after = f"{row.followed_by} follows it." if row.followed_by else "Nothing signed follows it."
    return _of_commitment(row, "Ends", row.ends_on, "end", f"Its last day. {after}")


def _notice(row: Any) -> Entry:
    after = (
        "Without notice it renews by itself."
        if row.renews_automatically
        else "The last day on which either side may say that it will not renew."
    )
    return _of_commitment(row, "Last day for notice", row.last_notice_on, "notice", after)


def _of_commitment(row: Commitment, kind: str, day: date, key: str, text: str) -> Entry:
    return Entry(
        key=f"{key}-{row.pk}",
        day=day,
        kind=kind,
        title=f"{kind}: {row.sponsor.name}, {row.number}",
        text=f"{row.title}\n{text}",
        link=_link("commitment", row.pk),
        made_at=row.created_at,
        changed_at=row.updated_at,
    )


def _payment(row: Any) -> Entry:
    amount = money_text(row.remainder, row.commitment.currency)
    return Entry(
        key=f"payment-{row.pk}",
        day=row.due_on,
        kind="Due",
        title=f"Due: {row.commitment.sponsor.name}, {row}",
        text=f"{row.description or row.commitment.title}\n{amount} still to be paid.",
        link=_link("installment", row.pk),
        made_at=row.created_at,
        changed_at=row.updated_at,
    )


def _link(model: str, pk: int) -> str:
    return settings.BASE_URL + reverse(f"admin:sponsors_{model}_change", args=[pk])
