"""Reading the PDF that a reader would open."""

import pypdfium2


def text_of(content: bytes) -> str:
    """Return the text of all pages, a page after the other."""
    pages = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def pages_of(content: bytes) -> int:
    return len(pypdfium2.PdfDocument(content))
