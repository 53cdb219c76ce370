"""Addresses of calendars: made, used and revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from foundation.api import tokens
from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.rules.calendars import MOST_ADDRESSES, check_feed_name
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.selectors.calendars import READ

_MANAGE = "sponsors.manage_calendarfeed"
_USE_IS_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A calendar and the secret of its address, which is known only now."""

    feed: CalendarFeed
    secret: str

    def __repr__(self) -> str:
        return f"NewFeed({self.feed})"


@action("calendar_feed.make")
def make_feed(*, actor: User, name: str) -> NewFeed:
    """Make an address under which whoever has it reads what the actor may see. Raises RenewalError."""
    name = check_feed_name(name)
    if not actor.may_sign_in or not actor.has_perm(READ):
        msg = "Your roles give you no calendar of renewals. Ask an administrator."
        raise RenewalError(msg, code="no_calendar", field="name")
    # Held, so that two requests at once make no more than the last one allowed.
    User.objects.select_for_update().get(pk=actor.pk)
    if CalendarFeed.objects.standing().filter(person=actor).count() >= MOST_ADDRESSES:
        msg = f"You have {MOST_ADDRESSES} addresses already. Revoke one that nothing reads any more."
        raise RenewalError(msg, code="too_many_addresses", field="name")
    secret = tokens.generate()
    feed = CalendarFeed.objects.create(person=actor, name=name, digest=tokens.digest(secret))
    return NewFeed(feed, secret)


@action("calendar_feed.revoke")
def revoke_feed(*, actor: User, feed: CalendarFeed, now: datetime) -> CalendarFeed:
    """Make the address useless from now on. Revoking it again changes nothing. Raises RenewalError."""
    locked = CalendarFeed.objects.select_for_update().get(pk=feed.pk)
    if locked.person_id != actor.pk and not actor.has_perm(_MANAGE):
        msg = "Only an Administrator revokes addresses of other people's calendars."
        raise RenewalError(msg, code="not_your_calendar", field="person")
    if locked.revoked_at is None:
        locked.revoked_at = now
        locked.save(update_fields=["revoked_at"])
    return locked


def note_use(feed: CalendarFeed, now: datetime) -> None:
    """Remember, once an hour, that the address was used."""
    before = now - _USE_IS_NOTED_EVERY
    if feed.last_used_at is None or feed.last_used_at < before:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=before)
        CalendarFeed.objects.filter(unused, pk=feed.pk).update(last_used_at=now)
