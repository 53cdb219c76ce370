"""Addresses of calendars: whose, what reads them, until when; revoked here when a device or a person is gone."""

from typing import Any

from django.contrib import admin
from django.utils import timezone

from foundation.audit.admin import OnlyRead
from foundation.audit.object_actions import ObjectAction
from foundation.people.models import User
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.services.calendars import revoke_feed


def _revoke(actor: User, feed: CalendarFeed, _data: dict[str, Any]) -> str:
    revoke_feed(actor=actor, feed=feed, now=timezone.now())
    return f"The address for “{feed}” is revoked: nothing is read under it any more."


@admin.register(CalendarFeed)
class CalendarFeedAdmin(OnlyRead):
    """People make addresses on their own pages, where each is shown once."""

    empty_list = (
        "Secret addresses under which calendar programs read what ends and falls due. People make them on their own "
        "pages, under My calendar, where each is shown once."
    )
    list_display = ("name", "person", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("person",)
    search_fields = ("name", "person__name")
    search_help_text = "What reads it, or whose it is"
    fields = ("name", "person", "created_at", "last_used_at", "revoked_at")
    object_actions = (
        ObjectAction(
            name="revoke",
            label="Revoke",
            permission="sponsors.manage_calendarfeed",
            call=_revoke,
            available=lambda feed: feed.revoked_at is None,
            icon="event_busy",
            danger=True,
            description=lambda feed: (
                f"What reads the calendar of {feed.person} for “{feed}” finds nothing from now on. This cannot be undone."
            ),
        ),
    )
