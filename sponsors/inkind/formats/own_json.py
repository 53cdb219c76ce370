"""Rows of JSON with the names of Bursar's own CSV: a list of them, `{"rows": […]}`, or one a line."""

import json
from collections.abc import Iterator
from typing import Any

from sponsors.inkind.formats.json_events import NESTED, Events, count_text
from sponsors.inkind.formats.own_csv import COLUMN_NAMES, COUNTS, IN_ORDER, LENGTHS
from sponsors.inkind.formats.rows import EVERYWHERE, RawRow, Reader, UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source, check_count
from sponsors.inkind.rules import UsageFormat

_KNOWN = frozenset(COLUMN_NAMES)


class _OwnRows:
    """What a row says; `service` and `granularity` stand for what it does not."""

    def __init__(
        self,
        source: Source,
        *,
        service: str | None = None,
        granularity: int | None = None,
        most_rows: int = MOST_ROWS,
    ) -> None:
        self._source = source
        self._most_rows = most_rows
        self._absent = {
            "region": EVERYWHERE,
            "service": service or "",
            "granularity": str(int(granularity)) if granularity else "",
        }

    def _row(self, line: int, found: dict[str, Any]) -> RawRow:
        if not found.keys() <= _KNOWN:
            name = next(name for name in found if name not in _KNOWN)
            msg = f"Row {line:,} names “{name[:40]}”, which is none of a row's values. These are: {', '.join(COLUMN_NAMES)}."
            raise UsageRefused(msg, code="column_unknown", line=line)
        values = (
            count_text(found.get(name)) if name in COUNTS else self._text(name, found.get(name))
            for name in IN_ORDER
        )
        return RawRow._make((line, *values))

    def _text(self, name: str, value: Any) -> str:
        text = "" if value is None else str(value).strip()
        if name == "granularity":
            text = LENGTHS.get(text.lower(), text)
        return text or self._absent.get(name, "")


class OwnJsonReader(_OwnRows, Reader):
    """Rows in a list, by itself or as `rows` of an object."""

    format = UsageFormat.JSON

    def rows(self) -> Iterator[RawRow]:
        events = Events(self._source, tell=True, most_rows=self._most_rows)
        first, _value = next(iter(events))
        if first == "start_array":
            yield from self._of_list(events)
            events.finish()
            return
        for name, event, _value in events.members():
            if name == "rows" and event == "start_array":
                yield from self._of_list(events)
            else:
                msg = f"“{name[:40]}” has no place beside the rows. Send a list of rows, or an object with rows alone."
                raise UsageRefused(msg, code="shape_unknown", line=events.row + 1)
        events.finish()

    def _of_list(self, events: Events) -> Iterator[RawRow]:
        for event, _value in events.elements():
            line = events.next_row()
            if event != "start_map":
                msg = f'Row {line:,} is no object. Write each row as an object, such as {{"service": …}}.'
                raise UsageRefused(msg, code="row_unreadable", line=line)
            yield self._row(line, events.flat())


class NdjsonReader(_OwnRows, Reader):
    """A row of JSON a line."""

    format = UsageFormat.NDJSON

    def rows(self) -> Iterator[RawRow]:
        number = count = 0
        for lines in self._source.lines():
            for text in lines:
                number += 1
                if not text or text.isspace():
                    continue
                count += 1
                yield self._row(number, self._read(number, text))
            check_count(count, self._most_rows)

    @staticmethod
    def _read(number: int, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = f"Line {number:,} is not one row of JSON. If it is the last, the file was cut short: fetch it again."
            raise UsageRefused(msg, code="row_unreadable", line=number) from error
        if not isinstance(found, dict):
            msg = f'Line {number:,} is no object. Write each row as an object, such as {{"service": …}}.'
            raise UsageRefused(msg, code="row_unreadable", line=number)
        return {name: NESTED if isinstance(value, dict | list) else value for name, value in found.items()}
