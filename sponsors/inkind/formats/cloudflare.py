"""Cloudflare's GraphQL analytics: httpRequests1mGroups, httpRequests1hGroups and httpRequests1dGroups.

It tells regions only as countries of visitors, which are no regions of a rate card: rows are of all of them.
"""

from collections.abc import Iterator
from typing import Any

from sponsors.inkind.formats.json_events import Events, count_text, told
from sponsors.inkind.formats.rows import EVERYWHERE, RawRow, Reader, UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source, check_count
from sponsors.inkind.rules import Granularity, Provider, UsageFormat

# The dimension that says when a bucket begins, and how long it is, by the name of the groups.
_GROUPS = {
    "httpRequests1mGroups": ("datetimeMinute", Granularity.MINUTE),
    "httpRequests1hGroups": ("datetime", Granularity.HOUR),
    "httpRequests1dGroups": ("date", Granularity.DAY),
}
_MOST_ZONES = 10_000
_SUMS = frozenset({"requests", "cachedRequests", "bytes", "cachedBytes"})


class CloudflareReader(Reader):
    """Rows of an answer; `service` is whose they are where a zone does not say its tag."""

    format = UsageFormat.CLOUDFLARE

    def __init__(self, source: Source, *, service: str | None = None, most_rows: int = MOST_ROWS) -> None:
        self._source = source
        self._service = service
        self._most_rows = most_rows
        self._tags = self._survey()

    def _survey(self) -> list[str | None]:
        """Return the tag of each zone, which may stand behind its groups. Raises UsageRefused for an answer with errors."""
        events = Events(self._source, tell=False)
        tags: list[str | None] = []
        next(iter(events))
        for name, event, value in events.members():
            if name == "errors" and event != "null":
                self._check_errors(events, event, value)
            elif name == "data" and event == "start_map":
                for zone_event in _zones(events):
                    check_count(len(tags) + 1, _MOST_ZONES)
                    tags += [self._tag(events, zone_event)]
            else:
                events.skip(event)
        return tags

    @staticmethod
    def _check_errors(events: Events, event: str, value: Any) -> None:
        message = value
        if event == "start_array":
            first = next(events.elements(), None)
            if first is None:
                return
            message = events.flat({"message"}).get("message") if first[0] == "start_map" else first[1]
        said = told(message or "it does not say which")
        msg = f"Cloudflare answered with an error: {said}. Ask again once that is put right."
        raise UsageRefused(msg, code="provider_error")

    @staticmethod
    def _tag(events: Events, event: str) -> str | None:
        if event != "start_map":
            events.skip(event)
            return None
        tag = None
        for name, inner, value in events.members():
            if inner == "start_array" and name in _GROUPS:
                for first, _value in events.elements():
                    events.row += 1
                    events.skip(first)
                continue
            events.skip(inner)
            tag = str(value) if name == "zoneTag" and value else tag
        return tag

    def rows(self) -> Iterator[RawRow]:
        events = Events(self._source, tell=True, most_rows=self._most_rows)
        next(iter(events))
        tags = iter(self._tags)
        for name, event, _value in events.members():
            if name == "data" and event == "start_map":
                for zone_event in _zones(events):
                    yield from self._of_zone(events, zone_event, next(tags))
            else:
                events.skip(event)
        events.finish()

    def _of_zone(self, events: Events, event: str, tag: str | None) -> Iterator[RawRow]:
        if event != "start_map":
            events.skip(event)
            return
        service = tag or self._service
        for name, inner, _value in events.members():
            if inner == "start_array" and name in _GROUPS:
                for first, _first_value in events.elements():
                    yield self._row(events.next_row(), service, name, _parts(events, first, name))
            elif inner == "start_array":
                shown = ", ".join(_GROUPS)
                msg = f"{told(name)} holds no buckets that Bursar can count. Ask for one of {shown}."
                raise UsageRefused(msg, code="groups_unknown", line=events.row + 1)
            else:
                events.skip(inner)

    @staticmethod
    def _row(line: int, service: str | None, groups: str, parts: dict[str, dict[str, Any]]) -> RawRow:
        if service is None:
            msg = (
                "The file does not say which service it is of: its zones have no zoneTag. Choose the service with "
                "the file, or ask for zoneTag too."
            )
            raise UsageRefused(msg, code="service_missing", line=line)
        when, length = _GROUPS[groups]
        total = parts.get("sum", {})
        delivered = count_text(total.get("bytes"))
        return RawRow(
            line,
            Provider.CLOUDFLARE.value,
            service,
            EVERYWHERE,
            str(parts.get("dimensions", {}).get(when) or ""),
            str(length.value),
            delivered,
            delivered,
            _less(total.get("bytes"), total.get("cachedBytes")),
            count_text(total.get("requests")),
            count_text(total.get("cachedRequests")),
            _less(total.get("requests"), total.get("cachedRequests")),
            "",
            "",
        )


def _parts(events: Events, event: str, groups: str) -> dict[str, dict[str, Any]]:
    """Read a group to its end and return what of it counts."""
    parts: dict[str, dict[str, Any]] = {}
    if event != "start_map":
        events.skip(event)
        return parts
    wanted = {"dimensions": {_GROUPS[groups][0]}, "sum": _SUMS}
    for name, inner, _value in events.members():
        if inner == "start_map" and name in wanted:
            parts[name] = events.flat(wanted[name])
        else:
            events.skip(inner)
    return parts


def _zones(events: Events) -> Iterator[str]:
    """Yield the first event of each zone in `data`, of which everything else is passed over."""
    for viewer, event, _value in events.members():
        if viewer != "viewer" or event != "start_map":
            events.skip(event)
            continue
        for zones, inner, _inner_value in events.members():
            if zones != "zones" or inner != "start_array":
                events.skip(inner)
                continue
            for first, _first_value in events.elements():
                yield first


def _less(whole: Any, part: Any) -> str:
    """Return what is left of a count; nothing when one is missing or none, for the other is rejected then."""
    return str(whole - part) if type(whole) is int and type(part) is int else ""
