"""PDF documents, set by Typst from a layout of ours and data that stays data.

The layout is code in the repository. What it shows arrives as JSON and is placed as text, so nothing
in a sponsor's name or address can become markup, read a file or call a function.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import typst

from foundation.errors import RuleViolation

# What a layout shows: text, flags, lists and tables of text. Amounts and dates come as people read them.
Value = str | bool | int | None | Sequence["Value"] | Mapping[str, "Value"]

_LOOK = Path(__file__).parent / "layouts" / "look.typ"
# Archival and tagged: every letter is in the file, and screen readers understand it (ISO 19005-2).
_ARCHIVAL = "a-2a"
_REFUSED_TEXT = re.compile(r'(?:the text|the codepoint) `"(?P<text>.*?)"`', re.DOTALL)


class TextNotPrintable(RuleViolation):
    """A document that must be whole would show a box in place of a letter."""

    code = "text_not_printable"


@cache
def _fonts() -> typst.Fonts:
    """Return Typst's own fonts and the machine's, looked for once a process: that is a quarter of a document's time."""
    return typst.Fonts()


def render_pdf(
    layout: Path, data: Mapping[str, Value], *, made_at: datetime, archival: bool = False
) -> bytes:
    """Return the layout filled with the data, as tagged PDF, which screen readers understand.

    Letters that Typst's own fonts lack (Chinese, say) are set in what the machine has. `made_at` (with a time zone) is the date in the file, so that the same data gives the same bytes.
    `archival` is for what both sides rely on: PDF/A, and nothing is left out for want of a font.
    Raises TextNotPrintable for text that it would leave out; typst.TypstError when the layout is wrong,
    which is a fault of ours.
    """
    try:
        content: bytes = typst.compile(  # type: ignore[call-overload]  # its types know no dictionary of files
            {
                "main.typ": layout.read_bytes(),
                "look.typ": _LOOK.read_bytes(),
                "data.json": json.dumps(data, ensure_ascii=False).encode(),
            },
            format="pdf",
            font_paths=_fonts(),
            timestamp=int(made_at.timestamp()),
            pdf_standards=[_ARCHIVAL] if archival else [],
        )
    except typst.TypstError as error:
        if refused := _REFUSED_TEXT.search(error.message):
            msg = (
                f"The text “{refused['text']}” cannot be printed: this server has no font for it. Take it out, or have the "
                "fonts installed that the guide to running Bursar in production names."
            )
            raise TextNotPrintable(msg) from error
        raise
    return content


def day_text(day: date) -> str:
    """Return the date as documents say it: 31 December 2025."""
    return f"{day.day} {day:%B %Y}"


def number_text(amount: Decimal, places: int) -> str:
    """Return the amount for a column of figures: separators, fixed decimals, a true minus sign."""
    return f"{amount:,.{places}f}".replace("-", "\u2212")
