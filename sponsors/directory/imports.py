"""Files of sponsors read into rows: CSV and XLSX, limits, and what is wrong by line and column.

No database here. `sponsors.directory.services.importing` decides what the rows would change.
"""

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from foundation.uploads.rules import MEGABYTE
from sponsors.directory.rules import DirectoryError

LARGEST_FILE = 10 * MEGABYTE
MOST_ROWS = 20_000
# A workbook is a zip: what it unpacks to is limited too, before anything is unpacked.
LARGEST_UNPACKED = 60 * MEGABYTE
MOST_PROBLEMS = 500
LONGEST_CELL = 5_000
# Some more than there are, so that a cell too many is seen.
_MOST_COLUMNS = 40

COLUMNS = {
    "name": "The name as the public sees it. Required.",
    "legal_name": "The name as it stands in agreements.",
    "slug": "Names the sponsor for ever. With a slug that exists, that sponsor is changed.",
    "website": "A web address.",
    "country": "Two letters (ISO 3166-1), such as US or DE.",
    "tax_id": "The tax number.",
    "parent_slug": "The slug of the organization it belongs to, here or in this file.",
    "description": "One or two sentences for public lists.",
    "account_manager": "The e-mail address of the colleague who looks after it.",
    "notes": "Internal notes.",
    "contact_name": "A person there. A contact is found by its address and changed, or added.",
    "contact_email": "The person's e-mail address.",
    "contact_roles": "One or several of primary, billing, marketing, technical, legal, with commas between.",
}

EXAMPLE = {
    "name": "Example Cloud",
    "legal_name": "Example Cloud, Inc.",
    "slug": "example-cloud",
    "website": "https://www.example.com",
    "country": "US",
    "tax_id": "",
    "parent_slug": "",
    "description": "Hosting for everyone.",
    "account_manager": "",
    "notes": "Met at the conference.",
    "contact_name": "Grace Example",
    "contact_email": "grace@example.com",
    "contact_roles": "primary, billing",
}


class ImportRefused(DirectoryError):
    """The file as a whole cannot be read."""

    code = "import_refused"

    def __init__(self, message: str, *, code: str = "import_refused") -> None:
        super().__init__(message, code=code, field="file")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with a row when there is no column. Lines count from 1."""

    line: int
    column: str
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One sponsor as the file says it: the columns that the file has, with trimmed texts."""

    line: int
    values: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Sheet:
    """A file that could be read: its rows, and what is wrong with them on their own."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def template_csv() -> str:
    """Return a file with every column and one example row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS))
    writer.writeheader()
    writer.writerow(EXAMPLE)
    return out.getvalue()


def read_sheet(content: bytes, name: str) -> Sheet:
    """Return the rows of a CSV or XLSX file, by its content. Raises ImportRefused.

    A row's own faults (no name, a cell that is too long, the same slug twice) are problems of the
    sheet; that the file is no table at all is refused.
    """
    if len(content) > LARGEST_FILE:
        raise ImportRefused(
            f"The file has {len(content) / MEGABYTE:.1f} MB; at most {LARGEST_FILE // MEGABYTE} MB can be "
            "imported at once. Split it.",
            code="file_too_large",
        )
    workbook = content.startswith(b"PK")
    if not workbook and name.lower().endswith((".xlsx", ".xls", ".ods")):
        raise ImportRefused(f"{name} is no XLSX workbook. Save it as XLSX or CSV and upload it again.")
    lines = _xlsx_lines(content) if workbook else _csv_lines(content)
    return _sheet(lines)


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRefused(
            f"Line {line} holds a character that is not UTF-8. Save the file as “CSV UTF-8” and upload it again.",
            code="wrong_encoding",
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
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefused(
            f"Line {line} cannot be read: {error}. Look for a quotation mark that is not closed."
        ) from error


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the texts of each row of the first sheet."""
    refused = ImportRefused("The workbook cannot be read. Save it as XLSX or CSV and upload it again.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise ImportRefused(
                f"The workbook unpacks to {unpacked // MEGABYTE} MB; at most {LARGEST_UNPACKED // MEGABYTE} MB "
                "can be read. Save only the rows to import, as CSV.",
                code="file_too_large",
            )
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        rows = book.worksheets[0].iter_rows(max_col=_MOST_COLUMNS, values_only=True)
        for number, cells in enumerate(rows, start=1):
            yield number, [_text(cell) for cell in cells]
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
        # The library passes unknown XML attributes on as arguments.
        TypeError,
    ) as error:
        raise refused from error
    except SyntaxError as error:  # what the XML parser raises
        raise refused from error


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _sheet(lines: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    sheet = Sheet()
    header: list[str] | None = None
    slugs: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells)
            continue
        if len(sheet.rows) == MOST_ROWS:
            raise ImportRefused(
                f"The file has more than {MOST_ROWS:,} rows. Split it into files of at most that many.",
                code="too_many_rows",
            )
        row = Row(line, {name: cell.strip() for name, cell in zip(header, cells, strict=False)})
        sheet.rows.append(row)
        sheet.problems += _row_problems(row, extra=cells[len(header) :], slugs=slugs)
    if header is None:
        raise ImportRefused("The file is empty. The first line names the columns; the template shows them.")
    if not sheet.rows:
        raise ImportRefused("The file names columns and has no rows. Add one line a sponsor.")
    return sheet


def _header(cells: Sequence[str]) -> list[str]:
    """Return the names of the columns. Raises ImportRefused for one that is unknown, twice or missing."""
    header = [cell.strip().lower().replace(" ", "_") for cell in cells]
    while header and not header[-1]:
        header.pop()
    known = ", ".join(COLUMNS)
    unknown = [name or "(empty)" for name in header if name not in COLUMNS]
    if "name" not in header:
        raise ImportRefused(
            f"There is no column “name”. The first line must name the columns: {known}.",
            code="header_missing",
        )
    if unknown:
        raise ImportRefused(
            f"There is no column “{unknown[0][:40]}” in an import. Remove or rename it. The columns are: {known}.",
            code="column_unknown",
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ImportRefused(f"The column “{twice[0]}” is there twice. Remove one.", code="column_twice")
    return header


def _row_problems(row: Row, *, extra: Sequence[str], slugs: dict[str, int]) -> list[Problem]:
    problems = []
    if any(cell.strip() for cell in extra):
        sentence = "There are more cells than columns. A text with commas must stand in quotation marks."
        problems.append(Problem(row.line, "", sentence))
    if not row.values.get("name"):
        problems.append(Problem(row.line, "name", "The name is missing. Every sponsor needs one."))
    problems += [
        Problem(
            row.line, name, f"The text has {len(text):,} characters; at most {LONGEST_CELL:,} can be taken."
        )
        for name, text in row.values.items()
        if len(text) > LONGEST_CELL
    ]
    slug = row.values.get("slug", "")
    if slug and slug in slugs:
        sentence = f"The slug {slug} is on line {slugs[slug]} too. One line is one sponsor."
        problems.append(Problem(row.line, "slug", sentence))
    slugs.setdefault(slug, row.line)
    contact = [row.values.get(name) for name in ("contact_email", "contact_roles")]
    if any(contact) and not row.values.get("contact_name"):
        sentence = "The contact has no name. Give it, or leave all three contact columns empty."
        problems.append(Problem(row.line, "contact_name", sentence))
    return problems
