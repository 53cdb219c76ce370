"""Bursar's own CSV: a row a bucket, the columns named in the first line."""

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sponsors.inkind.formats.rows import EVERYWHERE, Batch, Columns, Reader, UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source, check_count
from sponsors.inkind.rules import Granularity, UsageFormat


class Column(NamedTuple):
    """A column of the files; `meaning` is the help text of page and documents."""

    name: str
    meaning: str
    example: str = ""
    required: bool = False


COLUMNS = (
    Column("service", "Its slug, or its name at the provider.", "files", required=True),
    Column(
        "start",
        "When the bucket begins, in UTC, such as 2026-03-01T14:00:00Z.",
        "2026-03-01T14:00:00Z",
        required=True,
    ),
    Column("granularity", "How long the bucket is: minute, hour or day.", "hour", required=True),
    Column("region", "As the provider names it; empty or all: every region together.", "usa"),
    Column("requests", "How many requests.", "1000000"),
    Column("hits", "Requests answered from the cache.", "990000"),
    Column("misses", "Requests for which our own servers were asked.", "9000"),
    Column("errors", "Requests that failed.", "120"),
    Column("bytes", "What the provider would charge for.", "650000000000"),
    Column("passes", "Requests that were never to be cached.", "1000"),
    Column("delivered_bytes", "What reached users.", "640000000000"),
    Column("origin_bytes", "What was fetched from our own servers.", "6400000000"),
    Column(
        "provider",
        "Whose names are used: fastly, cloudflare, cloudfront, bunny or other. Empty: the service's own.",
        "fastly",
    ),
)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)
_REQUIRED = tuple(column.name for column in COLUMNS if column.required)
# The columns in the order of a RawRow's fields after its line.
IN_ORDER = (
    "provider",
    "service",
    "region",
    "start",
    "granularity",
    "bytes",
    "delivered_bytes",
    "origin_bytes",
    "requests",
    "hits",
    "misses",
    "passes",
    "errors",
)
COUNTS = frozenset(IN_ORDER[5:])
LENGTHS = {length.name.lower(): str(length.value) for length in Granularity}
# Stands between the lines of a batch: where each row has as many cells as there are names, it is every so many cells.
_BETWEEN = ",\n,"


def csv_template() -> str:
    """Return a file with every column and an example row."""
    return ",".join(COLUMN_NAMES) + "\n" + ",".join(column.example for column in COLUMNS) + "\n"


def names_of(header: str) -> list[str]:
    """Return the names in the first line of a CSV. Raises UsageRefused when lines end as nothing reads them any more."""
    try:
        cells = next(csv.reader([header.rstrip("\r\n")], skipinitialspace=True), [])
    except csv.Error as error:
        msg = "Line 1 holds a carriage return amid its text, and no line feed ends it. Save the file as CSV anew."
        raise UsageRefused(msg, code="csv_damaged", line=1) from error
    return [cell.strip().lower() for cell in cells]


def is_own_header(names: Sequence[str]) -> bool:
    return "service" in names and ("start" in names or "granularity" in names)


class OwnCsvReader(Reader):
    """Rows of Bursar's own CSV; `service` and `granularity` stand for columns that the file lacks."""

    format = UsageFormat.CSV

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
        self._given = {
            name: text
            for name, text in (("service", service), ("granularity", granularity and str(int(granularity))))
            if text
        }
        self._names = names_of(next(source.lines(tell=False))[0])
        self._check_names()

    def _check_names(self) -> None:
        names = self._names
        for index, name in enumerate(names):
            if name in names[:index]:
                msg = f"Line 1 names the column “{name[:40]}” twice. Name each column once."
                raise UsageRefused(msg, code="column_twice", line=1)
            if name not in COLUMN_NAMES:
                msg = f"Line 1 names the column “{name[:40]}”, which is none. These are: {', '.join(COLUMN_NAMES)}."
                raise UsageRefused(msg, code="column_unknown", line=1)
        for name in _REQUIRED:
            if name not in names and name not in self._given:
                msg = f"Line 1 does not name the column “{name}”. Add it, or begin with the template."
                raise UsageRefused(msg, code="column_missing", line=1)
        if not COUNTS.intersection(names):
            msg = "Line 1 names no column of counts. Add bytes or requests, or begin with the template."
            raise UsageRefused(msg, code="column_missing", line=1)

    def batches(self) -> Iterator[Batch]:
        number, count = 1, 0
        for lines in self._source.lines():
            numbers: Sequence[int] = range(number, number + len(lines))
            number += len(lines)
            if numbers[0] == 1:
                numbers, lines = numbers[1:], lines[1:]  # noqa: PLW2901  # the names are no row
            if not all(lines) or "\r" in lines:
                kept = [(at, line) for at, line in zip(numbers, lines, strict=True) if line.strip()]
                numbers, lines = [at for at, _ in kept], [line for _, line in kept]  # noqa: PLW2901  # empty lines are none
            count += len(lines)
            check_count(count, self._most_rows)
            if lines:
                yield _Lines(self._names, self._given, numbers, _BETWEEN.join(lines))


class _Lines(NamedTuple):
    """Lines of a file, joined. Each step by which they become columns is one call for all of them."""

    names: list[str]
    given: dict[str, str]
    numbers: Sequence[int]
    text: str

    def columns(self) -> Columns:
        cells = dict(zip(self.names, self._cells(), strict=True))
        return (self.numbers, *(self._column(name, cells.get(name)) for name in IN_ORDER))

    def _cells(self) -> Sequence[Sequence[str]]:
        """Return the cells by column, as they stand in the file."""
        width, count = len(self.names), len(self.numbers)
        # Among so many commas ", " is looked for slowly, and a blank is found at once.
        has_blanks = " " in self.text and ", " in self.text
        if not (has_blanks or '"' in self.text or "\r" in self.text):
            flat = self.text.split(",")
            between = flat[width :: width + 1]
            if len(flat) == count * (width + 1) - 1 and between.count("\n") == count - 1:
                return [flat[place :: width + 1] for place in range(width)]
        lines = self.text.split(_BETWEEN)
        rows = [_cells_of(at, line) for at, line in zip(self.numbers, lines, strict=True)]
        _check_widths(self.numbers, [len(cells) for cells in rows], width)
        return list(zip(*rows, strict=True))

    def _column(self, name: str, cells: Sequence[str] | None) -> Sequence[str]:
        """Return a column as it stands in rows, or what stands for one that is not there."""
        if cells is None:
            return [self.given.get(name, EVERYWHERE if name == "region" else "")] * len(self.numbers)
        if name == "granularity":
            meant = {cell: LENGTHS.get(cell.lower(), cell) for cell in set(cells)}
            return list(map(meant.__getitem__, cells))
        if name == "region" and "" in cells:
            return [cell or EVERYWHERE for cell in cells]
        return cells


def _cells_of(number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r")], strict=True, skipinitialspace=True))
    except csv.Error as error:
        msg = (
            f"Line {number:,} cannot be read as CSV: a quotation mark is not closed on the line, or stands amid a cell. "
            "Correct it."
        )
        raise UsageRefused(msg, code="csv_damaged", line=number) from error


def _check_widths(numbers: Sequence[int], found: list[int], width: int) -> None:
    if found.count(width) != len(found):
        at = next(place for place, cells in enumerate(found) if cells != width)
        number = numbers[at]
        msg = (
            f"Line {number:,} has {found[at]} cells where the first line names {width} columns. If it is the last, the file "
            "was cut short: fetch it again. Otherwise correct the line."
        )
        raise UsageRefused(msg, code="cells_missing", line=number)
