"""Files read into rows: what a table is, and what is wrong with it whatever its rows mean.

No database here. The kind's plan decides what the rows would change.
"""

from collections.abc import Iterable, Sequence

from foundation.imports.kinds import ImportKind
from foundation.imports.rules import (
    LARGEST_FILE,
    LONGEST_CELL,
    Fault,
    ImportRefused,
    Row,
    Sheet,
    shown,
    suggestion,
)
from foundation.imports.tables import MOST_COLUMNS, Line, csv_lines, xlsx_lines
from foundation.uploads.rules import MEGABYTE

_WORKBOOKS = (".xlsx", ".xls", ".ods")


def read_sheet(content: bytes, name: str, kind: ImportKind) -> Sheet:
    """Return the rows of a CSV or XLSX file, by its content, with every fault they have on their own.

    A column that is unknown, missing or there twice is a fault of the line that names the columns;
    when a required one is missing, the rows are not looked at. Raises ImportRefused for a file that
    is no table at all.
    """
    check_size(len(content))
    workbook = content.startswith(b"PK")
    if not workbook and name.lower().endswith(_WORKBOOKS):
        raise ImportRefused(f"{name} is no XLSX workbook. Save it as XLSX or CSV and upload it again.")
    return _sheet(xlsx_lines(content) if workbook else csv_lines(content), kind)


def check_size(size: int) -> None:
    """Raise ImportRefused for a file that is larger than can be imported at once."""
    if size > LARGEST_FILE:
        raise ImportRefused(
            f"The file has {size / MEGABYTE:.1f} MB; at most {LARGEST_FILE // MEGABYTE} MB can be "
            "imported at once. Split it.",
            code="file_too_large",
            field="file",
        )


def _sheet(lines: Iterable[Line], kind: ImportKind) -> Sheet:
    sheet = Sheet()
    header: list[str] | None = None
    count = 0
    for line in lines:
        if not any(cell.strip() for cell in line.cells) and not line.faults:
            continue
        if header is None:
            header = [cell.strip().lower().replace(" ", "_") for cell in line.cells]
            while header and not header[-1]:
                header.pop()
            if len(header) > MOST_COLUMNS:
                raise ImportRefused(
                    f"Line {line.number} names {len(header):,} columns; an import of {kind.noun}s has "
                    f"{len(kind.columns)}. Upload a table with those; the template shows them.",
                    code="too_many_columns",
                )
            sheet.faults += _header_faults(line.number, header, kind)
            continue
        count += 1
        if count > kind.most_rows:
            raise ImportRefused(
                f"The file has more than {kind.most_rows:,} rows. Split it into files of at most that many.",
                code="too_many_rows",
            )
        if any(column.required and column.name not in header for column in kind.columns):
            continue
        row, faults = _row(line, header, kind)
        sheet.rows.append(row)
        sheet.faults += faults
    if header is None:
        raise ImportRefused("The file is empty. The first line names the columns; the template shows them.")
    if not count and not sheet.faults:
        raise ImportRefused(f"The file names columns and has no rows. Add one line a {kind.noun}.")
    return sheet


def _header_faults(number: int, header: Sequence[str], kind: ImportKind) -> list[Fault]:
    known = kind.column_names()
    every = ", ".join(known)
    faults = []
    for place, name in enumerate(header):
        if name in known and name in header[:place]:
            faults.append(
                Fault(number, shown(name), f"The column “{name}” is there twice. Remove one.", shown(name))
            )
        elif name not in known:
            near = suggestion(name, [other for other in known if other not in header])
            advice = f"Did you mean “{near}”?" if near else "Remove or rename it."
            told = shown(name) or "(empty)"
            faults.append(
                Fault(
                    number,
                    told,
                    f"There is no column “{told[:40]}” in an import of {kind.noun}s. {advice} "
                    f"The columns are: {every}.",
                    told,
                )
            )
    faults += [
        Fault(
            number,
            column.name,
            f"There is no column “{column.name}”. The first line must name the columns: {every}.",
        )
        for column in kind.columns
        if column.required and column.name not in header
    ]
    return faults


def _row(line: Line, header: Sequence[str], kind: ImportKind) -> tuple[Row, list[Fault]]:
    names = set(kind.column_names())
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for place, cell in enumerate(line.cells[: len(header)]):
        name = header[place]
        if name not in names or name in values:
            continue
        text = cell.strip()
        values[name] = text
        if place in line.faults:
            values[name] = ""
            faults.append(Fault(line.number, name, line.faults[place], shown(text)))
        elif len(text) > LONGEST_CELL:
            sentence = f"The text has {len(text):,} characters; at most {LONGEST_CELL:,} can be taken."
            faults.append(Fault(line.number, name, sentence, shown(text)))
    wrong = {fault.column for fault in faults}
    faults += [
        Fault(
            line.number,
            column.name,
            f"The {column.name.replace('_', ' ')} is missing. Every {kind.noun} needs one.",
        )
        for column in kind.columns
        if column.required and not values.get(column.name) and column.name not in wrong
    ]
    if any(cell.strip() for cell in line.cells[len(header) :]):
        sentence = "There are more cells than columns. A text with commas must stand in quotation marks."
        faults.append(Fault(line.number, "", sentence))
    faulty = frozenset(fault.column for fault in faults if fault.column)
    return Row(line.number, values, faulty), faults
