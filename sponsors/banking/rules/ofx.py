"""Statements as OFX or QFX, which name their columns themselves (Open Financial Exchange 1 and 2).

The library finds tags by pattern: it knows no entities and no document types, so nothing in a file can
make it fetch or multiply anything. Days are taken as written, which is the bank's own day; the
library's own conversion would move them to UTC.
"""

import io
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape, unescape
from xml.etree.ElementTree import Element

from sponsors.banking.rules.lines import (
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_LINES,
    Entry,
    StatementRefused,
    plain,
)

_BEGIN, _END = b"<![CDATA[", b"]]>"
_AMOUNT = re.compile(r"[+-]?\d*[.,]?\d+", re.ASCII)
_FETCH = "Fetch the file anew from the bank."


@dataclass(frozen=True, slots=True)
class Ofx:
    """What a file says of itself, and its movements."""

    account: str
    currency: str
    entries: list[Entry]


def is_ofx(content: bytes) -> bool:
    head = content[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").upper()
    return head.startswith((b"OFXHEADER", b"<?OFX")) or b"<?OFX" in head or b"<OFX>" in head


def read_ofx(content: bytes) -> Ofx:
    """Return the one statement of the file. Raises StatementRefused with what is wrong."""
    # The package brings a client for banks with it, which would slow every start.
    from ofxtools.header import OFXHeaderError
    from ofxtools.Parser import OFXTree, ParseError

    if not content.rstrip().upper().endswith(b"</OFX>"):
        raise StatementRefused(
            f"The file ends early: its last tag is not closed. {_FETCH}", code="file_cut", field="file"
        )
    tree = OFXTree()
    try:
        tree.parse(io.BytesIO(_without_cdata(content)))
    except (OFXHeaderError, ParseError, ValueError, AssertionError, IndexError):
        raise StatementRefused(
            f"The file is no OFX that can be read. {_FETCH}", code="not_ofx", field="file"
        ) from None
    statements = [node for node in tree.iter() if node.tag in {"STMTRS", "CCSTMTRS"}]
    if len(statements) != 1:
        raise StatementRefused(
            f"The file holds {len(statements)} statements; one file is one statement of one account. Fetch each "
            "by itself.",
            code="not_one_statement",
            field="file",
        )
    (statement,) = statements
    rows = list(statement.iter("STMTTRN"))
    if len(rows) > MOST_LINES:
        raise StatementRefused(
            f"The file has more than {MOST_LINES:,} lines. Fetch a shorter time from the bank.",
            code="too_many_lines",
            field="file",
        )
    entries = [_entry(number, row) for number, row in enumerate(rows, start=1)]
    return Ofx(
        account=_text(statement, "ACCTID"),
        currency=_text(statement, "CURDEF").upper(),
        entries=[entry for entry in entries if entry.amount],
    )


def _without_cdata(content: bytes) -> bytes:
    """Return the file with marked sections as plain text: the library looks for their end from each anew."""
    parts, place = [], 0
    while (begin := content.find(_BEGIN, place)) >= 0:
        end = content.find(_END, begin)
        if end < 0:
            raise StatementRefused(f"The file ends early. {_FETCH}", code="file_cut", field="file")
        inside = content[begin + len(_BEGIN) : end].decode("latin-1")
        parts += [content[place:begin], escape(inside).encode("latin-1")]
        place = end + len(_END)
    return b"".join([*parts, content[place:]])


def _text(node: Element, *names: str) -> str:
    """Return the text of the first of the tags that says anything."""
    for name in names:
        found = node.find(f".//{name}")
        if found is not None and found.text:
            return unescape(found.text).strip()
    return ""


def _entry(number: int, row: Element) -> Entry:
    """Return a movement; it is named by its place among them, for there are no lines to count in OFX."""
    day, amount = _text(row, "DTPOSTED"), _text(row, "TRNAMT")
    try:
        booked_on = datetime.strptime(day[:8], "%Y%m%d").date()  # noqa: DTZ007  # a day of the bank, no time
    except ValueError:
        booked_on = None
    if booked_on is None or not _AMOUNT.fullmatch(amount):
        raise StatementRefused(
            f"Movement {number} has no day or no amount that can be read. {_FETCH}",
            code="not_ofx",
            field="file",
        )
    return Entry(
        line=number,
        booked_on=booked_on,
        amount=Decimal(amount.replace(",", ".")),
        payer=plain(_text(row, "NAME", "PAYEE/NAME"), LONGEST_NAME),
        text=plain(_text(row, "MEMO"), LONGEST_TEXT),
        reference=plain(_text(row, "REFNUM", "CHECKNUM"), LONGEST_NAME),
        bank_id=plain(_text(row, "FITID"), LONGEST_ID),
    )
