"""CloudFront's usage report: a line for each usage type, which are put together to buckets.

The report has one line for the bytes and one for the requests of an hour or a day in a region, by protocol and
kind, and is in no order that can be relied on.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain

from sponsors.inkind.formats.merging import Key, Sums
from sponsors.inkind.formats.own_csv import names_of
from sponsors.inkind.formats.rows import RawRow, Reader, UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source, check_count
from sponsors.inkind.rules import Granularity, Provider, UsageFormat

_USAGE_TYPE = re.compile(r"([A-Z]{2})-(?:DataTransfer-)?(Out-Bytes|Requests)(?:-.*)?")
_NEEDED = ("usagetype", "starttime", "endtime", "usagevalue")
_FORMATS = ("%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S")
_LENGTHS = frozenset(float(length) for length in (Granularity.HOUR, Granularity.DAY))


def is_report_header(names: list[str]) -> bool:
    return "usagetype" in names


class CloudFrontReader(Reader):
    """Rows of a usage report; `service` is whose they are where a line names no distribution."""

    format = UsageFormat.CLOUDFRONT

    def __init__(self, source: Source, *, service: str | None = None, most_rows: int = MOST_ROWS) -> None:
        self._source = source
        self._service = service
        self._most_rows = most_rows
        self._names = names_of(next(source.lines(tell=False))[0])
        for name in _NEEDED:
            if name not in self._names:
                msg = f"Line 1 does not name the column {name}. Download the usage report from CloudFront again."
                raise UsageRefused(msg, code="column_missing", line=1)

    def rows(self) -> Iterator[RawRow]:
        with Sums() as sums:
            self._read(sums)
            for number, (line, key, counts) in enumerate(sums.merged(), start=1):
                check_count(number, self._most_rows)
                service, starts_at, granularity, region = key
                size, requests = counts
                yield RawRow(
                    line,
                    Provider.CLOUDFRONT.value,
                    service,
                    region,
                    starts_at,
                    granularity,
                    size or "",
                    size or "",
                    "",
                    requests or "",
                    "",
                    "",
                    "",
                    "",
                )

    def _read(self, sums: Sums) -> None:
        reader = csv.reader(chain.from_iterable(self._source.lines()), strict=True, skipinitialspace=True)
        place = {name: self._names.index(name) for name in _NEEDED}
        resource = self._names.index("resource") if "resource" in self._names else None
        try:
            for cells in reader:
                line = reader.line_num
                if line == 1 or not cells:
                    continue
                if len(cells) != len(self._names):
                    msg = (
                        f"Line {line:,} has {len(cells)} cells where the first line names {len(self._names)} columns. Download "
                        "the report again: it was cut short or changed."
                    )
                    raise UsageRefused(msg, code="cells_missing", line=line)
                found = _USAGE_TYPE.fullmatch(cells[place["usagetype"]].strip())
                if found is None:
                    continue  # invalidations, functions and whatever else is no traffic
                starts_at, granularity = self._bucket(
                    line, cells[place["starttime"]], cells[place["endtime"]]
                )
                named = cells[resource].strip() if resource is not None else ""
                key: Key = (named or self._named(line), starts_at, granularity, found[1])
                sums.add(line, key, 0 if found[2] == "Out-Bytes" else 1, cells[place["usagevalue"]].strip())
        except csv.Error as error:
            line = max(reader.line_num, 1)
            msg = f"Line {line:,} cannot be read as CSV. Download the report again."
            raise UsageRefused(msg, code="csv_damaged", line=line) from error

    def _named(self, line: int) -> str:
        if self._service:
            return self._service
        msg = f"Line {line:,} names no distribution (Resource). Choose the service with the file."
        raise UsageRefused(msg, code="service_missing", line=line)

    @staticmethod
    def _bucket(line: int, starts: str, ends: str) -> tuple[str, str]:
        first, until = _moment(starts), _moment(ends)
        if first is None or until is None:
            msg = f"Line {line:,} is of {starts[:40]} to {ends[:40]}, where MM/DD/YY HH:MM:SS belongs. Download the report again."
            raise UsageRefused(msg, code="time_unreadable", line=line)
        seconds = (until - first).total_seconds()
        if seconds not in _LENGTHS:
            msg = (
                f"Line {line:,} is of {starts[:40]} to {ends[:40]}, and only hours and days are counted. Download the report "
                "with the granularity Hourly or Daily."
            )
            raise UsageRefused(msg, code="granularity_unknown", line=line)
        return first.isoformat(), str(int(seconds))


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    for written in _FORMATS:
        try:
            return datetime.strptime(text.strip(), written).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
