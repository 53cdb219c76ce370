"""Files that support a figure: PDF, spreadsheets, data and pictures, recognized by what they contain."""

import csv
import io
import json
import zipfile

from django.db.models.fields.files import FieldFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from foundation.uploads.images import check_picture
from foundation.uploads.pdf import check_pdf
from foundation.uploads.rules import MEGABYTE, UploadRefused

LARGEST_EVIDENCE = 10 * MEGABYTE
_LARGEST_UNPACKED = 200 * MEGABYTE
ACCEPTED = ".pdf,.csv,.xlsx,.json,.png,.jpg,.jpeg"

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
# A workbook is a zip with these parts; with the last it runs something when it is opened.
_PARTS, _MACROS = {"[Content_Types].xml", "xl/workbook.xml"}, "xl/vbaProject.bin"


def check_evidence(content: bytes, *, field: str = "file") -> str:
    """Return the extension that says the file's true kind. Raises UploadRefused with what to do."""
    if not content:
        raise UploadRefused("The file is empty. Choose another.", code="file_empty", field=field)
    if len(content) > LARGEST_EVIDENCE:
        msg = f"At most {LARGEST_EVIDENCE // MEGABYTE} MB can be taken. Upload a smaller file."
        raise UploadRefused(msg, code="file_too_large", field=field)
    if content.startswith(b"%PDF-"):
        check_pdf(content, field=field)
        return "pdf"
    if content.startswith(_PICTURES):
        return check_picture(content, field=field).extension
    if content.startswith(b"PK"):
        _check_workbook(content, field=field)
        return "xlsx"
    return _kind_of_text(content, field=field)


def evidence_response(file: FieldFile, *, name: str) -> HttpResponse:
    """Return the file to be saved: it is never shown inside the site, and can run and load nothing.

    The caller has decided that this person may have it. Raises FileNotFoundError.
    """
    with file.open("rb") as kept:
        response = HttpResponse(kept.read(), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _check_workbook(content: bytes, *, field: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {part.filename: part.file_size for part in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        msg = "The file is a damaged archive. Save it as XLSX again and upload that."
        raise UploadRefused(msg, code="workbook_damaged", field=field) from error
    if not parts.keys() >= _PARTS:
        raise _unknown(field)
    if _MACROS in parts:
        msg = "The workbook holds macros. Save it as XLSX without them."
        raise UploadRefused(msg, code="active_workbook", field=field)
    if sum(parts.values()) > _LARGEST_UNPACKED:
        msg = f"The workbook unpacks to more than {_LARGEST_UNPACKED // MEGABYTE} MB. Save only what supports the figure."
        raise UploadRefused(msg, code="file_too_large", field=field)


def _kind_of_text(content: bytes, *, field: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unknown(field) from None
    if text.lstrip()[:1] in {"{", "["}:
        try:
            json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = "The file is not whole JSON. Fetch it anew and upload that."
            raise UploadRefused(msg, code="json_damaged", field=field) from error
        return "json"
    if any(letter < " " and letter not in "\r\n\t" for letter in text) or not _is_table(text):
        raise _unknown(field)
    return "csv"


def _is_table(text: str) -> bool:
    """Whether the first lines have the same number of cells, more than one."""
    lines = text.splitlines()[:5]
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    widths = {len(cells) for cells in csv.reader(lines, delimiter=delimiter)}
    return len(widths) == 1 and widths.pop() > 1


def _unknown(field: str) -> UploadRefused:
    msg = "The file is none of PDF, CSV (UTF-8), XLSX, JSON, PNG and JPEG. Save it as one of these."
    return UploadRefused(msg, code="not_evidence", field=field)
