"""Lists as CSV: the whole filtered set, a chunk at a time."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.renderers import BaseRenderer

ModelT = TypeVar("ModelT", bound=Model)

MOST_ROWS = 100_000
_CHUNK = 1_000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class CsvRenderer(BaseRenderer):
    """Makes CSV choosable by `?format=csv` or `Accept: text/csv`; lists write it themselves."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  # REST framework's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # REST framework's signature
    ) -> str:
        return str(data)


def rows_as_csv(
    queryset: QuerySet[ModelT],
    columns: Sequence[str],
    serialize: Callable[[Sequence[ModelT]], Sequence[Mapping[str, Any]]],
) -> Iterator[str]:
    """Yield the lines: a header, then a row a record. A column is a path into what `serialize` returns."""
    writer = csv.writer(_Echo())
    yield writer.writerow([column.replace(".", "_") for column in columns])
    chunk: list[ModelT] = []
    for record in queryset.iterator(chunk_size=_CHUNK):
        chunk.append(record)
        if len(chunk) == _CHUNK:
            yield _lines(writer, columns, serialize(chunk))
            chunk = []
    if chunk:
        yield _lines(writer, columns, serialize(chunk))


def rows_as_csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a line a row, for tables that are reckoned rather than read."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def safe_cell(value: Any) -> str:
    """Return the text of a cell that no spreadsheet program takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    text = str(value)
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class _Echo:
    """Hands csv.writer's line back to whoever wrote it."""

    def write(self, line: str) -> str:
        return line


def _lines(writer: Any, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(writer.writerow([safe_cell(_at(row, column)) for column in columns]) for row in rows)


def _at(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = None if value is None else value[name]
    return value
