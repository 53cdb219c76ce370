"""Rows as a file, with cells that no spreadsheet program takes for a formula."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import Resource

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
        return [(name, str(resource.fields[name].column_name)) for name in resource.get_export_order()]


def written(resource: type[ExportResource], queryset: Any, columns: Sequence[str], file_format: str) -> bytes:
    """Return the file. The number of queries does not depend on the number of rows."""
    dataset = resource().export(queryset, export_fields=list(columns))
    kind = CSV() if file_format == FileFormat.CSV else XLSX()
    data = kind.export_data(dataset)
    return data.encode() if isinstance(data, str) else bytes(data)


def content_type(file_format: str) -> str:
    kind = CSV() if file_format == FileFormat.CSV else XLSX()
    return str(kind.get_content_type())
