"""Rows of templates, documents and their versions."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.agreements.models import AgreementTemplate, CommitmentDocument, DocumentVersion
from sponsors.agreements.tests import factories
from sponsors.commitments.tests.factories import signed_commitment
from tests.api_rows import Row

_WRITERS = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING})
_READ: dict[str, Any] = {
    "scope": Scope.DOCUMENTS_READ,
    "roles": _WRITERS | {Role.FINANCE, Role.AUDITOR},
}
_READ_TEMPLATES = _READ | {"roles": _WRITERS | {Role.AUDITOR}}
_WRITE: dict[str, Any] = {"scope": Scope.DOCUMENTS_WRITE, "roles": _WRITERS}


def _template(_user: User) -> AgreementTemplate:
    return factories.template()


def _templates(_user: User, count: int) -> None:
    for _ in range(count):
        factories.template()


def _document(_user: User) -> CommitmentDocument:
    return factories.begun().document


def _documents(_user: User, count: int) -> None:
    for _ in range(count):
        factories.begun()


def _draft(_user: User) -> DocumentVersion:
    return factories.begun()


def _signed(_user: User) -> DocumentVersion:
    return factories.signed()


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.pdf", factories.a_pdf(), content_type="application/pdf")


AGREEMENTS: dict[str, Row] = {
    "GET /api/v1/agreement-templates/": Row(**_READ_TEMPLATES, many=_templates),
    "POST /api/v1/agreement-templates/": Row(
        **_WRITE, status=201, body=lambda _: {"name": "New", "title": "Agreement", "body": "Text"}
    ),
    "GET /api/v1/agreement-templates/{pk}/": Row(**_READ_TEMPLATES, record=_template),
    "PATCH /api/v1/agreement-templates/{pk}/": Row(
        **_WRITE, record=_template, body=lambda _: {"is_active": False}
    ),
    "GET /api/v1/agreement-templates/{pk}/preview/": Row(**_READ_TEMPLATES, record=_template, status=400),
    "GET /api/v1/documents/": Row(**_READ, many=_documents),
    "POST /api/v1/documents/": Row(
        **_WRITE,
        status=201,
        body=lambda _: {"commitment": signed_commitment().pk, "template": factories.template().pk},
    ),
    "POST /api/v1/documents/upload/": Row(
        **_WRITE,
        status=201,
        upload=True,
        body=lambda _: {"commitment": signed_commitment().number, "title": "Scan", "file": _file()},
    ),
    "GET /api/v1/documents/{pk}/": Row(**_READ, record=_document),
    "POST /api/v1/documents/{pk}/new-version/": Row(
        **_WRITE, record=_document, body=lambda _: {"template": factories.template().pk}
    ),
    "POST /api/v1/documents/{pk}/upload-version/": Row(
        **_WRITE, record=_document, upload=True, body=lambda _: {"file": _file()}
    ),
    "GET /api/v1/document-versions/": Row(**_READ, many=_documents),
    "GET /api/v1/document-versions/{pk}/": Row(**_READ, record=_draft),
    "GET /api/v1/document-versions/{pk}/pdf/": Row(**_READ, record=_draft),
    "GET /api/v1/document-versions/{pk}/signed-copy/": Row(**_READ, record=_signed),
    "POST /api/v1/document-versions/{pk}/send/": Row(
        **_WRITE, record=_draft, body=lambda draft: {"contact": factories.somebody_at(draft.document).pk}
    ),
    "POST /api/v1/document-versions/{pk}/sign/": Row(
        **_WRITE,
        record=_draft,
        upload=True,
        body=lambda _: {"signed_on": "2024-01-02", "signed_by": "Ada", "file": _file()},
    ),
    "POST /api/v1/document-versions/{pk}/void/": Row(**_WRITE, record=_draft, body=lambda _: {"reason": "x"}),
    "POST /api/v1/document-versions/{pk}/annul/": Row(
        **_WRITE, record=_signed, body=lambda _: {"reason": "x"}
    ),
}
