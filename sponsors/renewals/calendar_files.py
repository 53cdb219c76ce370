"""Calendars as RFC 5545 writes them, which every calendar program reads."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, vText

from sponsors.renewals.selectors.calendars import Entry

_DAY = timedelta(days=1)
# Programs that listen ask again after so long.
REFRESHED_EVERY = timedelta(hours=6)


def calendar_file(name: str, entries: Iterable[Entry]) -> bytes:
    """Return the calendar; the same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Bursar//Renewals//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for heading in ("name", "x-wr-calname"):  # RFC 7986, and what programs read before it
        # As text: unknown names are written as they come, and a comma or a new line would end the value.
        calendar.add(heading, vText(name))
    calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    host = urlsplit(settings.BASE_URL).hostname
    for entry in entries:
        calendar.add_component(_event(entry, host))
    return bytes(calendar.to_ical(sorted=False))


def _event(entry: Entry, host: str | None) -> Event:
    event = Event()
    event.add("uid", f"{entry.key}@{host}")
    event.add("dtstamp", entry.changed_at)
    event.add("created", entry.made_at)
    event.add("last-modified", entry.changed_at)
    # Grows with every change, as programs expect, and fits their 31 bits.
    event.add("sequence", int((entry.changed_at - entry.made_at).total_seconds()))
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + _DAY)
    event.add("summary", entry.title)
    event.add("description", f"{entry.text}\n{entry.link}")
    event.add("url", entry.link)
    event.add("categories", [entry.kind])
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event
