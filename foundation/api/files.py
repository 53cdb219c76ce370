"""Files in answers and in what is sent."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes

from foundation.documents.models import Document
from foundation.documents.services import content_of, file_name

# What a schema says of an action that answers with `pdf_answer`.
PDF_ANSWER = {(200, "application/pdf"): OpenApiTypes.BINARY}


def pdf_answer(document: Document) -> HttpResponse:
    """Answer with the file, once it is what was kept. Raises DocumentDamaged."""
    return pdf_of(content_of(document), name=file_name(document))


def pdf_of(content: bytes, *, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
