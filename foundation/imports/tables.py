"""CSV and XLSX as lines of texts, the same whichever of the two it was."""

import csv
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils.exceptions import InvalidFileException

from foundation.imports.rules import LARGEST_UNPACKED, ImportRefused
from foundation.uploads.rules import MEGABYTE

# Some more than any kind has, so that a cell too many is seen.
MOST_COLUMNS = 60
# The last row that spreadsheet programs know; a file may name any other.
_LAST_ROW = 1_048_576
# Spreadsheet programs keep fifteen digits of a number and make the rest zero.
_MOST_DIGITS = 15
_ZEROS = re.compile(r"0{2,}")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its number, its cells, and by place what is wrong with one of them."""

    number: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)


def csv_lines(content: bytes) -> Iterator[Line]:
    """Yield the records, each with the number of the line on which it starts. Raises ImportRefused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRefused(
            f"Line {line} holds a character that is not UTF-8. Save the file as “CSV UTF-8” (in Excel under "
            "Save as, File type) and upload it again.",
            code="wrong_encoding",
            line=line,
        ) from error
    if "\x00" in text:
        raise ImportRefused("The file holds binary data and is no CSV. Save it as CSV UTF-8 or XLSX.")
    first = text.partition("\n")[0]
    # Spreadsheets write semicolons where the comma is the decimal sign.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield Line(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefused(
            f"Line {line} cannot be read: {error}. Look for a quotation mark that is not closed.",
            line=line,
        ) from error


def xlsx_lines(content: bytes) -> Iterator[Line]:
    """Yield the rows of the first sheet. Raises ImportRefused for what is no workbook."""
    refused = ImportRefused("The workbook cannot be read. Save it as XLSX or CSV and upload it again.")
    try:
        yield from _rows(content, formulas=_has_formulas(content))
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ValueError,
        EOFError,
        OSError,
        # A part that does not unpack; one that is encrypted or packed in an unusual way.
        zlib.error,
        lzma.LZMAError,
        RuntimeError,
        # A number that the library's own do not hold.
        OverflowError,
        # The library passes unknown XML attributes on as arguments.
        TypeError,
    ) as error:
        raise refused from error
    except SyntaxError as error:  # what the XML parser raises
        raise refused from error


def _has_formulas(content: bytes) -> bool:
    """Return whether any sheet holds a formula; refuse what would unpack to too much."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > LARGEST_UNPACKED:
            raise ImportRefused(
                f"The workbook unpacks to {unpacked // MEGABYTE} MB; at most {LARGEST_UNPACKED // MEGABYTE} MB "
                "can be read. Save only the rows to import, as CSV.",
                code="file_too_large",
            )
        return any(
            _holds_formula(archive, part) for part in parts if part.filename.startswith("xl/worksheets/")
        )


def _holds_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    tail = b""
    with archive.open(part) as sheet:
        while chunk := sheet.read(_CHUNK):
            if _FORMULA.search(tail + chunk):
                return True
            tail = chunk[-16:]
    return False


def _first_sheet(content: bytes, *, values: bool) -> Any:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
    sheet: Any = book.worksheets[0]
    # What a file says of its own extent is often wrong, and would hide the rows beyond it.
    sheet.reset_dimensions()
    return sheet.iter_rows(max_col=MOST_COLUMNS)


def _rows(content: bytes, *, formulas: bool) -> Iterator[Line]:
    # A formula's value and the formula itself are two readings of the file; most have no formula.
    written = _first_sheet(content, values=False) if formulas else None
    # Of rows that a file leaves out, a million perhaps, the library gives the same one.
    missing: tuple[Any, ...] = ()
    for number, cells in enumerate(_first_sheet(content, values=True), start=1):
        if number > _LAST_ROW:
            raise ImportRefused(
                f"The workbook names a row after the last one there is, {_LAST_ROW:,}. Save only the rows to "
                "import, as CSV."
            )
        typed = next(written) if written is not None else ()
        if cells is missing or all(cell is EMPTY_CELL for cell in cells):
            missing = cells
            continue
        faults = {
            place: f"The cell {cell.coordinate} holds a formula without a result. Open the file in a spreadsheet "
            "program, save it and upload it again, or write the value instead of the formula."
            for place, cell in enumerate(typed)
            if cell.data_type == "f" and cells[place].value is None
        }
        texts = []
        for place, cell in enumerate(cells):
            text, fault = _text(cell)
            texts.append(text)
            if fault:
                faults[place] = fault
        yield Line(number, texts, faults)


def _text(cell: Any) -> tuple[str, str]:
    """Return the cell as people see it in their program, and what is wrong with it."""
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "e":
        return str(
            value
        ), f"The cell {cell.coordinate} holds the error {value}. Correct its formula or write the value."
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, int | float):
        return _number(cell, value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat(), ""
    if isinstance(value, date | time):
        return value.isoformat(), ""
    return str(value), ""


def _number(cell: Any, value: float) -> tuple[str, str]:
    # Fifteen digits, as the program shows them: a sum of tenths is 0.3 and not 0.30000000000000004.
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{_MOST_DIGITS}g}")
    text = f"{exact:f}"
    if "." in text:
        return text.rstrip("0").rstrip("."), ""
    if len(text.lstrip("-")) > _MOST_DIGITS:
        return text, (
            f"The cell {cell.coordinate} holds a number of more than {_MOST_DIGITS} digits, of which spreadsheet "
            "programs forget the last ones. Format the cell as text and write the number again."
        )
    # The format 00000 shows 00123 where the value is 123.
    width = len(cell.number_format) if _ZEROS.fullmatch(cell.number_format) and value >= 0 else 0
    return text.zfill(width), ""
