"""Keeping documents, and handing them out again."""

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse

from foundation.audit.actions import action
from foundation.documents.models import Document
from foundation.errors import RuleViolation

if TYPE_CHECKING:
    from foundation.people.models import User

_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


class DocumentDamaged(RuleViolation):
    """The file of a document is not what was kept."""

    code = "document_damaged"


@action("document.keep")
def keep_document(*, actor: "User | None", title: str, content: bytes) -> Document:
    """Keep a PDF in private storage, under a name that nobody can guess. None as actor is Bursar itself.

    When the transaction does not commit, the file is nobody's and harmless.
    """
    name = default_storage.save(f"documents/{secrets.token_hex(16)}.pdf", ContentFile(content))
    document = Document.objects.create(
        title=title[:200],
        file=name,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        made_by=actor,
    )
    document.refresh_from_db()
    return document


def content_of(document: Document) -> bytes:
    """Return the file. Raises DocumentDamaged when it is gone or is not what was kept."""
    try:
        with default_storage.open(str(document.file.name)) as file:
            content: bytes = file.read()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != document.digest:
        msg = f"The file of “{document.title}” is missing or was altered. Restore the uploads from a backup."
        raise DocumentDamaged(msg)
    return content


def file_name(document: Document) -> str:
    """Return what the file is called when it is saved or attached."""
    return f"{_NOT_IN_FILE_NAMES.sub('-', document.title).strip('-.')}.pdf"


def document_response(document: Document) -> FileResponse:
    """Return the PDF to be saved or looked at; it can run nothing and load nothing.

    The caller has decided that this person may see it. Raises FileNotFoundError.
    """
    response = FileResponse(
        document.file.open("rb"), filename=file_name(document), content_type="application/pdf"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
