"""Templates, documents and their versions over the REST API."""

from sponsors.agreements.api.documents import DocumentViewSet
from sponsors.agreements.api.templates import AgreementTemplateViewSet
from sponsors.agreements.api.versions import DocumentVersionViewSet

__all__ = ["AgreementTemplateViewSet", "DocumentVersionViewSet", "DocumentViewSet"]
