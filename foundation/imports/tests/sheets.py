"""Files for tests."""

import csv
import io

from openpyxl import Workbook


def csv_file(*rows: dict[str, str], columns: list[str] | None = None) -> bytes:
    """Return the rows as a CSV file with the columns they name."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns or list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def xlsx_file(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
