"""Fastly's statistics, in every shape in which its API answers.

Documented at https://www.fastly.com/documentation/reference/api/metrics-stats/historical-stats/. How the
dates in `meta` are written differs between versions, so that only `start_time` says which bucket a row is.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sponsors.inkind.formats.json_events import NESTED, Events, count_text, sum_text, told
from sponsors.inkind.formats.rows import EVERYWHERE, RawRow, Reader, UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source
from sponsors.inkind.rules import Granularity, Provider, UsageFormat

_LENGTHS = {"minute": Granularity.MINUTE, "hour": Granularity.HOUR, "day": Granularity.DAY}
_WANTED = frozenset(
    {
        "start_time",
        "service_id",
        "requests",
        "hits",
        "miss",
        "pass",
        "errors",
        "bandwidth",
        "edge_resp_header_bytes",
        "edge_resp_body_bytes",
        "origin_fetch_resp_header_bytes",
        "origin_fetch_resp_body_bytes",
    }
)
_DAY = timedelta(days=1)
_LATEST = 253402300799  # the last second of the year 9999
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ?UTC|Z|\+00:00| \+0000)?")
ASK_FOR_BUCKETS = "Ask for /stats or /stats/service/… with by=hour instead, which says when it was, or for the usage of exactly one UTC day."


class FastlyReader(Reader):
    """Rows of an answer of `/stats…`. What the file does not say itself, `service` and `granularity` may."""

    def __init__(
        self,
        source: Source,
        *,
        service: str | None = None,
        granularity: int | None = None,
        most_rows: int = MOST_ROWS,
    ) -> None:
        self._source = source
        self._service = service
        self._most_rows = most_rows
        meta, self.format = self._survey()
        self._meta = meta
        length = _LENGTHS.get(str(meta.get("by")), granularity)
        self._granularity = None if length is None else str(int(length))
        self._region = str(meta.get("region") or EVERYWHERE)

    def _survey(self) -> tuple[dict[str, Any], UsageFormat]:
        """Return `meta`, which may stand behind the data, and whether the data are buckets or totals."""
        events = Events(self._source, tell=False)
        meta: dict[str, Any] = {}
        shape = UsageFormat.FASTLY_STATS
        message = ""
        failed = False
        next(iter(events))
        for name, event, value in events.members():
            if name == "data" and event == "start_map":
                shape = self._shape(events)
            elif name == "data" and event == "start_array":
                for first, _value in events.elements():
                    events.row += 1
                    events.skip(first)
            elif name == "meta" and event == "start_map":
                meta = events.flat({"by", "region", "from", "to"})
            else:
                events.skip(event)
                failed |= name == "status" and value not in {"success", None}
                message = str(value) if name == "msg" and value else message
        if failed:
            msg = f"Fastly answered with an error: {told(message or 'it does not say which')}. Ask again once that is put right."
            raise UsageRefused(msg, code="provider_error")
        return meta, shape

    @staticmethod
    def _shape(events: Events) -> UsageFormat:
        shape = UsageFormat.FASTLY_STATS
        for _name, event, _value in events.members():
            if event == "start_map":
                shape = UsageFormat.FASTLY_USAGE
            if event != "start_array":
                events.skip(event)
                continue
            for first, _first_value in events.elements():
                events.row += 1
                events.skip(first)
        return shape

    def rows(self) -> Iterator[RawRow]:
        events = Events(self._source, tell=True, most_rows=self._most_rows)
        next(iter(events))
        for name, event, _value in events.members():
            if name == "data" and event == "start_array":
                yield from self._rows(events, None)
            elif name == "data" and event == "start_map":
                yield from self._of_object(events)
            else:
                events.skip(event)
        events.finish()

    def _of_object(self, events: Events) -> Iterator[RawRow]:
        for name, event, _value in events.members():
            if event == "start_array":
                yield from self._rows(events, name)
            elif event == "start_map":
                yield from self._totals(events, name)
            else:
                msg = f"These are Fastly's totals without the time they are of. {ASK_FOR_BUCKETS}"
                raise UsageRefused(msg, code="not_buckets")

    # Buckets ---------------------------------------------------------------------------------

    def _rows(self, events: Events, service: str | None) -> Iterator[RawRow]:
        for event, _value in events.elements():
            line = events.next_row()
            if event != "start_map":
                msg = (
                    "This is a list of names, such as Fastly's regions, and holds no usage. Ask for /stats or "
                    "/stats/service/… with by=hour instead."
                )
                raise UsageRefused(msg, code="not_usage", line=line)
            yield self._row(line, events.flat(_WANTED), service)

    def _row(self, line: int, found: dict[str, Any], service: str | None) -> RawRow:
        if self._granularity is None:
            msg = (
                'The file does not say how long its buckets are: "by" is missing in its "meta". Ask for by=minute, '
                "by=hour or by=day, or say the granularity with the file."
            )
            raise UsageRefused(msg, code="granularity_missing", line=line)
        get = found.get
        return RawRow(
            line,
            Provider.FASTLY.value,
            str(get("service_id") or service or self._named(line)),
            self._region,
            moment(get("start_time")),
            self._granularity,
            count_text(get("bandwidth")),
            sum_text(get("edge_resp_header_bytes"), get("edge_resp_body_bytes")),
            sum_text(get("origin_fetch_resp_header_bytes"), get("origin_fetch_resp_body_bytes")),
            count_text(get("requests")),
            count_text(get("hits")),
            count_text(get("miss")),
            count_text(get("pass")),
            count_text(get("errors")),
        )

    def _named(self, line: int) -> str:
        if self._service:
            return self._service
        msg = (
            "The file does not say which service it is of, as the answers of /stats/aggregate and /stats/usage never do. "
            "Choose the service with the file."
        )
        raise UsageRefused(msg, code="service_missing", line=line)

    # Totals of a span ------------------------------------------------------------------------

    def _totals(self, events: Events, region: str) -> Iterator[RawRow]:
        """Yield what `/stats/usage` says of a region, or `/stats/usage_by_service` of each service in it."""
        own: dict[str, Any] = {}
        for name, event, value in events.members():
            if event == "start_map":
                yield self._total(events.next_row(), region, name, events.flat({"bandwidth", "requests"}))
            else:
                events.skip(event)
                own[name] = NESTED if event == "start_array" else value
        if own:
            line = events.next_row()
            self._day(line)
            yield self._total(line, region, self._named(line), own)

    def _total(self, line: int, region: str, service: str, found: dict[str, Any]) -> RawRow:
        return RawRow(
            line,
            Provider.FASTLY.value,
            service,
            region,
            self._day(line),
            str(Granularity.DAY.value),
            count_text(found.get("bandwidth")),
            "",
            "",
            count_text(found.get("requests")),
            "",
            "",
            "",
            "",
        )

    def _day(self, line: int) -> str:
        """Return when the span begins. Raises UsageRefused unless it is one day from midnight to midnight."""
        first, until = (_of_meta(self._meta.get(name)) for name in ("from", "to"))
        if first is None or until != first + _DAY or first.hour or first.minute or first.second:
            span = f"from {told(self._meta.get('from'))} to {told(self._meta.get('to'))}"
            msg = f"These are Fastly's totals of one span, {span}, and no buckets. {ASK_FOR_BUCKETS}"
            raise UsageRefused(msg, code="not_buckets", line=line)
        return first.isoformat()


def moment(seconds: Any) -> str:
    """Return Unix seconds as ISO 8601 in UTC; what is no such number stays as it is, to be rejected."""
    if type(seconds) is not int or not 0 <= seconds <= _LATEST:
        return count_text(seconds)
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _of_meta(value: Any) -> datetime | None:
    """Return a moment of `meta`, in any of the ways in which it is written."""
    text = str(value)
    if text.isdecimal() and int(text) <= _LATEST:
        return datetime.fromtimestamp(int(text), UTC)
    found = _MOMENT.fullmatch(text)
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00") if found else None
    except ValueError:
        return None
