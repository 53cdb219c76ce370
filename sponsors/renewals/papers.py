"""The PDF of this slice: a letter to a sponsor about a renewal."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from foundation.books.selectors import current_organization
from foundation.documents.rendering import Value, day_text, render_pdf
from sponsors.commitments.papers import letterhead, made_at
from sponsors.renewals.models import RenewalLetter

_LAYOUT = Path(__file__).parent / "layouts" / "letter.typ"
_EMPTY_LINES = re.compile(r"\n[ \t]*\n\s*")


def letter_pdf(letter: RenewalLetter, day: date) -> bytes:
    """Return the letter as PDF, dated the day; the same letter of the same day gives the same bytes.

    Raises TextNotPrintable for a letter of an alphabet that the server has no font for.
    """
    sponsor = letter.case.commitment.sponsor
    to = sponsor.legal_name or sponsor.name
    known = [letter.contact.name, letter.contact.title] if letter.contact else []
    country = str(sponsor.get_country_display()) if sponsor.country else ""
    data: Mapping[str, Value] = {
        "title": letter.subject,
        "organization": letterhead(current_organization()),
        "to": {"name": to, "lines": [line for line in (*known, country) if line]},
        "day": day_text(day),
        "paragraphs": _EMPTY_LINES.split(letter.body.replace("\r\n", "\n").strip()),
    }
    return render_pdf(_LAYOUT, data, made_at=made_at(day), archival=True)
