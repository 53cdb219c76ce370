"""Which format a file is in: told by what it holds, never by its name."""

from collections.abc import Callable
from typing import BinaryIO

from sponsors.inkind.formats.cloudflare import CloudflareReader
from sponsors.inkind.formats.cloudfront import CloudFrontReader, is_report_header
from sponsors.inkind.formats.fastly import FastlyReader
from sponsors.inkind.formats.json_events import Events, told
from sponsors.inkind.formats.own_csv import OwnCsvReader, is_own_header, names_of
from sponsors.inkind.formats.own_json import NdjsonReader, OwnJsonReader
from sponsors.inkind.formats.rows import Reader, UsageRefused
from sponsors.inkind.formats.sources import MOST_ROWS, Source
from sponsors.inkind.rules import UsageFormat

KNOWN = (
    "Bursar reads Fastly statistics and Cloudflare GraphQL answers as JSON, CloudFront usage reports, and its own CSV, "
    "JSON and NDJSON; each plain or gzipped."
)


def open_usage(
    file: BinaryIO,
    *,
    name: str,
    size: int,
    service: str | None = None,
    granularity: int | None = None,
    on_progress: Callable[[int], None],
    most_rows: int = MOST_ROWS,
) -> Reader:
    """Return the reader of the file, which can be sought in. Raises UsageRefused for what is no usage.

    `service` and `granularity` (in seconds) are what the file is of where it does not say so itself.
    `on_progress` is told how many bytes of the file were read while its rows are.
    """
    source = Source(file, size=size, on_progress=on_progress)
    head = source.head()
    if not head.strip():
        raise UsageRefused(f"{told(name)} is empty. Choose another.", code="file_empty")
    found = _json_format(source) if head.lstrip()[:1] in {b"{", b"["} else None
    if found is UsageFormat.FASTLY_STATS:
        return FastlyReader(source, service=service, granularity=granularity, most_rows=most_rows)
    if found is UsageFormat.CLOUDFLARE:
        return CloudflareReader(source, service=service, most_rows=most_rows)
    if found is UsageFormat.JSON:
        return OwnJsonReader(source, service=service, granularity=granularity, most_rows=most_rows)
    if found is UsageFormat.NDJSON:
        return NdjsonReader(source, service=service, granularity=granularity, most_rows=most_rows)
    names = _column_names(source)
    if is_report_header(names):
        return CloudFrontReader(source, service=service, most_rows=most_rows)
    if is_own_header(names) or (service and "start" in names):
        return OwnCsvReader(source, service=service, granularity=granularity, most_rows=most_rows)
    if len(names) == 1 and is_own_header(names[0].replace("\t", ";").split(";")):
        msg = f"The cells of {told(name)} have semicolons or tabs between them. Save it with commas."
        raise UsageRefused(msg, code="shape_unknown", line=1)
    raise UsageRefused(
        f"{told(name)} is no usage: its first line names no columns that are known. {KNOWN}",
        code="shape_unknown",
        line=1,
    )


def _column_names(source: Source) -> list[str]:
    first = next(source.lines(tell=False))
    return names_of(first[0])


def _json_format(source: Source) -> UsageFormat:
    """Return the format of JSON by the first names that tell."""
    events = Events(source, tell=False)
    event, _value = next(iter(events))
    if event == "start_array":
        return UsageFormat.JSON
    for name, inner, _inner_value in events.members():
        if name == "rows":
            return UsageFormat.JSON
        if name == "data" and inner == "start_map":
            first = next(events.members(), None)
            return UsageFormat.CLOUDFLARE if first and first[0] == "viewer" else UsageFormat.FASTLY_STATS
        if name in {"meta", "status", "msg"} or (name == "data" and inner == "start_array"):
            return UsageFormat.FASTLY_STATS
        if name in {"errors", "data"}:
            return UsageFormat.CLOUDFLARE
        if name in {"service", "start", "granularity"} and inner == "string":
            return UsageFormat.NDJSON
        events.skip(inner)
    raise UsageRefused(f"The JSON holds no usage that is known. {KNOWN}", code="shape_unknown", line=1)
