"""Rows as a file, with cells that no spreadsheet program takes for a formula."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.text import capfirst
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import Resource
from tablib import Dataset

from foundation.api.spreadsheets import safe_cell
from foundation.exports.models import FileFormat

MOST_ROWS = 100_000


class ExportResource(Resource):
    """The columns of a list's export. Amounts and dates stay themselves; texts are made harmless."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        del kwargs
        method = getattr(self, f"dehydrate_{self.get_field_name(field)}", None)
        value = method(instance) if method else field.get_value(instance)
        if value is None:
            return ""
        if isinstance(value, datetime):
            # A spreadsheet knows no time zones: the foundation's own time, as on screen.
            return timezone.localtime(value).replace(tzinfo=None)
        return value if isinstance(value, Decimal | date | int) else safe_cell(value)

    @classmethod
    def column_choices(cls) -> list[tuple[str, str]]:
        """Return each column's name and heading, in order."""
        resource = cls()
        return [
            (name, capfirst(str(resource.fields[name].column_name))) for name in resource.get_export_order()
        ]


def written(resource: type[ExportResource], queryset: Any, columns: Sequence[str], file_format: str) -> bytes:
    """Return the file. The number of queries does not depend on the number of rows."""
    dataset = resource().export(queryset, export_fields=list(columns))
    dataset.headers = [capfirst(header) for header in dataset.headers]
    return _bytes(dataset, file_format)


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], file_format: str) -> bytes:
    """Return a file of what a page reckoned. Amounts and dates stay themselves; texts are made harmless."""
    dataset = Dataset(headers=list(headings))
    for row in rows:
        dataset.append(
            [value if isinstance(value, Decimal | date | int) else safe_cell(value) for value in row]
        )
    return _bytes(dataset, file_format)


def _bytes(dataset: Dataset, file_format: str) -> bytes:
    kind = CSV() if file_format == FileFormat.CSV else XLSX()
    data = kind.export_data(dataset)
    return data.encode() if isinstance(data, str) else bytes(data)


def content_type(file_format: str) -> str:
    kind = CSV() if file_format == FileFormat.CSV else XLSX()
    return str(kind.get_content_type())


def as_file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """Let the browser keep the answer under the name, and nobody in between keep it at all."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
