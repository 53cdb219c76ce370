"""PDF files taken from outside, recognized by what they contain."""

import re

from foundation.uploads.rules import MEGABYTE, UploadRefused

LARGEST_PDF = 10 * MEGABYTE
# What runs or fetches when the file is opened. A signed agreement needs none of it.
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|XFA)\b")


def check_pdf(content: bytes, *, field: str = "file") -> bytes:
    """Return the content. Raises UploadRefused with what is wrong and what to do."""
    if len(content) > LARGEST_PDF:
        raise UploadRefused(
            f"The file has {len(content) / MEGABYTE:.1f} MB; at most {LARGEST_PDF // MEGABYTE} MB can be taken. "
            "Save it smaller.",
            code="file_too_large",
            field=field,
        )
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        raise UploadRefused(
            "The file is not a whole PDF. Save it as PDF again and upload that.",
            code="not_a_pdf",
            field=field,
        )
    if _ACTIVE.search(content):
        raise UploadRefused(
            "The PDF holds a script, a form of its own or another file. Print it to a plain PDF and upload that.",
            code="active_pdf",
            field=field,
        )
    return content
