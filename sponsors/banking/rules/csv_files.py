"""Statements as CSV: each bank has columns of its own, so the account says which is which."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import TextChoices

from sponsors.banking.rules.lines import (
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_LINES,
    Entry,
    StatementRefused,
    plain,
)


class Delimiter(TextChoices):
    COMMA = ",", "Comma"
    SEMICOLON = ";", "Semicolon"
    TAB = "\t", "Tab"
    BAR = "|", "Vertical bar"


class Encoding(TextChoices):
    UTF_8 = "utf-8-sig", "UTF-8"
    WINDOWS = "cp1252", "Windows (1252)"
    LATIN = "iso-8859-1", "Latin 1 (ISO 8859-1)"
    UTF_16 = "utf-16", "UTF-16"


class Decimals(TextChoices):
    POINT = ".", "Point: 1,234.56"
    COMMA = ",", "Comma: 1.234,56"


class DateFormat(TextChoices):
    ISO = "%Y-%m-%d", "2026-12-31"
    COMPACT = "%Y%m%d", "20261231"
    DOTS = "%d.%m.%Y", "31.12.2026"
    SHORT_DOTS = "%d.%m.%y", "31.12.26"
    DAY_FIRST = "%d/%m/%Y", "31/12/2026"
    MONTH_FIRST = "%m/%d/%Y", "12/31/2026"
    SHORT_MONTH_FIRST = "%m/%d/%y", "12/31/26"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which column of an account's CSV is what, and how its days and amounts are written.

    The amount is one column with a sign, or a pair: `debit_column` for money out, `credit_column` for
    money in. `skip_lines` stand above the line that names the columns.
    """

    date_column: str
    amount_column: str = ""
    debit_column: str = ""
    credit_column: str = ""
    payer_column: str = ""
    reference_column: str = ""
    text_column: str = ""
    id_column: str = ""
    date_format: str = DateFormat.ISO
    decimals: str = Decimals.POINT
    delimiter: str = Delimiter.COMMA
    encoding: str = Encoding.UTF_8
    skip_lines: int = 0

    def check(self) -> None:
        """Raise StatementRefused unless it says where days and amounts are, and each column once."""
        if not self.date_column:
            raise StatementRefused("Name the column of the day.", code="column_missing", field="date_column")
        pair = bool(self.debit_column) and bool(self.credit_column)
        if bool(self.amount_column) == pair or bool(self.debit_column) != bool(self.credit_column):
            raise StatementRefused(
                "Name either one column of amounts, or one of money out and one of money in.",
                code="amount_columns",
                field="amount_column",
            )
        named = [name.casefold() for name in self.named()]
        twice = next((name for name in named if named.count(name) > 1), "")
        if twice:
            raise StatementRefused(
                f"The column “{twice}” is named twice. A column is one thing.",
                code="column_twice",
                field="date_column",
            )

    def named(self) -> list[str]:
        every = (
            self.date_column,
            self.amount_column,
            self.debit_column,
            self.credit_column,
            self.payer_column,
            self.reference_column,
            self.text_column,
            self.id_column,
        )
        return [name for name in every if name]


def read_csv(content: bytes, layout: Layout, *, most: int | None = None) -> list[Entry]:
    """Return the movements of a statement, or the first `most` of them; lines without money are left out.

    Raises StatementRefused with the line and what is wrong with it.
    """
    layout.check()
    entries: list[Entry] = []
    header: dict[str, int] | None = None
    text = _decoded(content, layout)
    line = 0
    for line, cells in _lines(text, layout):
        if header is None:
            header = _header(line, cells, layout)
            width = len(cells)
            continue
        if len(cells) < width:
            raise StatementRefused(
                f"Line {line} has {len(cells)} of {width} cells: the file ends early or was cut. Fetch it anew "
                "from the bank.",
                code="line_too_short",
                field="file",
            )
        entry = _entry(line, cells, header, layout)
        if entry.amount:
            entries.append(entry)
        if len(entries) == most:
            break
        if len(entries) > MOST_LINES:
            raise StatementRefused(
                f"The file has more than {MOST_LINES:,} lines. Fetch a shorter time from the bank.",
                code="too_many_lines",
                field="file",
            )
    if header is None:
        raise StatementRefused(
            "The file is empty. Fetch it anew from the bank.", code="file_empty", field="file"
        )
    if len(entries) != most:
        _check_end(text, line, header, layout)
    return entries


def _check_end(text: str, line: int, header: dict[str, int], layout: Layout) -> None:
    """Raise StatementRefused when the file may be cut inside the amount that stands last: 15 of 1500.00."""
    amounts = {layout.amount_column, layout.debit_column, layout.credit_column} - {""}
    if text.endswith(("\n", "\r")) or max(header.values()) not in {
        header[name.casefold()] for name in amounts
    }:
        return
    raise StatementRefused(
        f"Line {line}, the last, ends without a line end, so its amount may be cut off. Fetch the file anew from the "
        "bank; if it is whole, add a line end to it.",
        code="line_cut_off",
        field="file",
    )


def _decoded(content: bytes, layout: Layout) -> str:
    label = Encoding(layout.encoding).label
    try:
        text = content.decode(layout.encoding)
    except UnicodeError:
        raise StatementRefused(
            f"The file is not written in {label}. Choose another encoding for this account.",
            code="wrong_encoding",
            field="file",
        ) from None
    if "\x00" in text:
        raise StatementRefused(
            "The file holds binary data and is no CSV. Fetch it as CSV or OFX.", code="not_csv", field="file"
        )
    return text


def _lines(text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that hold anything, each with the number of the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            if begin > layout.skip_lines and any(cell.strip() for cell in cells):
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error:
        raise StatementRefused(
            f"Line {begin} cannot be read: a quotation mark is not closed. The file may end early: fetch it anew.",
            code="not_csv",
            field="file",
        ) from None


def _header(line: int, cells: Sequence[str], layout: Layout) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        places.setdefault(cell.strip().casefold(), place)
    missing = [name for name in layout.named() if name.casefold() not in places]
    if missing:
        there = ", ".join(cell.strip() for cell in cells if cell.strip())
        raise StatementRefused(
            f"Line {line} names no column “{missing[0]}”. It names: {plain(there, 300)}. Correct the columns of "
            "this account, or choose the file of this account.",
            code="column_unknown",
            field="file",
        )
    return places


def _entry(line: int, cells: Sequence[str], header: dict[str, int], layout: Layout) -> Entry:
    def cell(name: str) -> str:
        return cells[header[name.casefold()]].strip() if name else ""

    if layout.amount_column:
        amount = _amount(line, cell(layout.amount_column), layout)
    else:
        out, into = cell(layout.debit_column), cell(layout.credit_column)
        amount = _amount(line, into or "0", layout) - abs(_amount(line, out or "0", layout))
    return Entry(
        line=line,
        booked_on=_day(line, cell(layout.date_column), layout),
        amount=amount,
        payer=plain(cell(layout.payer_column), LONGEST_NAME),
        text=plain(cell(layout.text_column), LONGEST_TEXT),
        reference=plain(cell(layout.reference_column), LONGEST_NAME),
        bank_id=plain(cell(layout.id_column), LONGEST_ID),
    )


def _day(line: int, text: str, layout: Layout) -> date:
    try:
        return datetime.strptime(text, layout.date_format).date()  # noqa: DTZ007  # a day of the bank, no time
    except ValueError:
        raise StatementRefused(
            f"Line {line}: “{plain(text, 40)}” is no day written as {DateFormat(layout.date_format).label}. Choose "
            "another way of writing days, or fetch the file anew.",
            code="not_a_day",
            field="file",
        ) from None


def _amount(line: int, text: str, layout: Layout) -> Decimal:
    group = "," if layout.decimals == Decimals.POINT else "."
    shape = rf"(?P<sign>[+-]?)(?P<whole>\d+|\d{{1,3}}(?:{re.escape(group)}\d{{3}})+)"
    shape += rf"(?:{re.escape(layout.decimals)}(?P<part>\d+))?(?P<after>-?)"
    found = re.fullmatch(shape, re.sub(r"[\s'\u2019]", "", text), re.ASCII)
    if found is None:
        raise StatementRefused(
            f"Line {line}: “{plain(text, 40)}” is no amount with a decimal "
            f"{'point' if group == ',' else 'comma'}. Choose the other one, or correct the columns.",
            code="not_an_amount",
            field="file",
        )
    amount = Decimal(f"{found['whole'].replace(group, '')}.{found['part'] or '0'}")
    return -amount if "-" in (found["sign"], found["after"]) else amount
