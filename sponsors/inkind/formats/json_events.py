"""JSON an event at a time, so that a file of any size costs little memory."""

from collections.abc import Collection, Iterator
from typing import Any, NoReturn

import ijson

from sponsors.inkind.formats.rows import UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source, check_count

# A name, number or text that is longer than so many blocks is none that anybody means.
_MOST_SILENT_BLOCKS = 4
_LONGEST_SHOWN = 200
# No row has as many; what it has beyond them is not kept.
_MOST_MEMBERS = 100

Event = tuple[str, Any]
# Stands for a list or an object where a single value belongs.
NESTED = "(more than one value)"


class Events:
    """The events of one document. `row`: the number of the row that is read, for whoever is told where it breaks off."""

    def __init__(self, source: Source, *, tell: bool, most_rows: int = MOST_ROWS) -> None:
        self.row = 0
        self._most_rows = most_rows
        self._events = self._parse(source, tell=tell)

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def next_row(self) -> int:
        """Count the row that begins and return its number. Raises UsageRefused when there are too many."""
        self.row += 1
        check_count(self.row, self._most_rows)
        return self.row

    def _parse(self, source: Source, *, tell: bool) -> Iterator[Event]:
        found = ijson.sendable_list()
        parser = ijson.basic_parse_coro(found, use_float=True)
        silent = 0
        problem: ijson.JSONError | None = None
        for block in source.blocks(tell=tell):
            try:
                # An empty block is the end.
                parser.send(block) if block else parser.close()
            except ijson.JSONError as error:
                problem = error
            silent = 0 if found else silent + 1
            yield from found
            found.clear()
            if problem:
                self._refuse(problem)
            if silent > _MOST_SILENT_BLOCKS:
                row = max(self.row, 1)
                msg = f"A value of row {row:,} is far longer than any can be. Fetch the file again."
                raise UsageRefused(msg, code="value_too_long", line=row)

    def _refuse(self, problem: ijson.JSONError) -> NoReturn:
        row = max(self.row, 1)
        told = str(problem.args[0])
        if "premature EOF" in told:
            msg = f"The JSON ends early, in row {row:,}. Fetch the file again: the end of it is missing."
            raise UsageRefused(msg, code="json_ends_early", line=row) from problem
        if "overflow" in told:
            msg = f"Row {row:,} holds a number that is larger than any count can be. Correct it."
            raise UsageRefused(msg, code="number_too_large", line=row) from problem
        msg = f"The JSON is not well-formed, in row {row:,}. Fetch the file again."
        raise UsageRefused(msg, code="json_damaged", line=row) from problem

    def finish(self) -> None:
        """Read to the end. Raises UsageRefused for what follows the document, or a file that is damaged there."""
        next(self._events, None)

    # Walking ---------------------------------------------------------------------------------

    def skip(self, event: str) -> None:
        """Pass over the value that the event begins."""
        depth = int(event.startswith("start"))
        while depth:
            following = next(self._events)[0]
            depth += following.startswith("start") - following.startswith("end")

    def members(self) -> Iterator[tuple[str, str, Any]]:
        """Yield (name, event, value) of each member of the object that was begun.

        Whoever takes one whose event begins a list or an object reads that to its end, or skips it.
        """
        while (found := next(self._events))[0] != "end_map":
            yield (found[1], *next(self._events))

    def elements(self) -> Iterator[Event]:
        """Yield the first event of each element of the list that was begun, on the same terms."""
        while (found := next(self._events))[0] != "end_array":
            yield found

    def flat(self, wanted: Collection[str] | None = None) -> dict[str, Any]:
        """Read the object that was begun to its end and return its wanted members, or all that a row can have."""
        found: dict[str, Any] = {}
        name = ""
        following = self._events.__next__
        while (told_next := following())[0] != "end_map":
            event, value = told_next
            if event == "map_key":
                name = value
                continue
            if event in {"start_map", "start_array"}:
                self.skip(event)
                value = NESTED
            if name in wanted if wanted is not None else len(found) < _MOST_MEMBERS:
                found[name] = value
        return found


def count_text(value: Any) -> str:
    """Return a value of JSON as the text it stands for; of null, none."""
    return "" if value is None else str(value)


def sum_text(first: Any, second: Any) -> str:
    """Return the sum of two counts, or nothing when one is missing; what is no count stays, to be rejected."""
    for value in (first, second):
        if type(value) is not int:
            return count_text(value)
    return str(first + second)


def told(message: Any) -> str:
    """Return what a provider said as it can be shown: one line, not too long."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in str(message)).split())
    return plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + "…"
