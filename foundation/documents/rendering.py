"""PDF documents, set by Typst from a layout of ours and data that stays data.

The layout is code in the repository. What it shows arrives as JSON and is placed as text, so nothing
in a sponsor's name or address can become markup, read a file or call a function.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import typst

# What a layout shows: text, flags, lists and tables of text. Amounts and dates come as people read them.
Value = str | bool | int | None | Sequence["Value"] | Mapping[str, "Value"]

_LOOK = Path(__file__).parent / "layouts" / "look.typ"


def render_pdf(layout: Path, data: Mapping[str, Value], *, made_at: datetime) -> bytes:
    """Return the layout filled with the data, as tagged PDF, which screen readers understand.

    Letters that Typst's own fonts lack (Chinese, say) are set in what the machine has. `made_at` (with a time zone) is the date in the file, so that the same data gives the same bytes.
    Raises typst.TypstError when the layout is wrong, which is a fault of ours.
    """
    content: bytes = typst.compile(  # type: ignore[call-overload]  # its types know no dictionary of files
        {
            "main.typ": layout.read_bytes(),
            "look.typ": _LOOK.read_bytes(),
            "data.json": json.dumps(data, ensure_ascii=False).encode(),
        },
        format="pdf",
        timestamp=int(made_at.timestamp()),
    )
    return content


def day_text(day: date) -> str:
    """Return the date as documents say it: 31 December 2025."""
    return f"{day.day} {day:%B %Y}"


def number_text(amount: Decimal, places: int) -> str:
    """Return the amount for a column of figures: separators, fixed decimals, a true minus sign."""
    return f"{amount:,.{places}f}".replace("-", "\u2212")
