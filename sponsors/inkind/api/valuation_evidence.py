"""`/api/v1/valuation-evidence/`: files that support valuations."""

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.scopes import Scope
from foundation.api.views import CreatesRecords
from foundation.uploads.evidence import LARGEST_EVIDENCE, evidence_response
from foundation.uploads.rules import read_within
from sponsors.inkind.api.valuation_answers import ValuationEvidenceSerializer
from sponsors.inkind.api.valuation_inputs import EvidenceInput
from sponsors.inkind.models import ValuationEvidence
from sponsors.inkind.services import valuations as services

_SEE = "sponsors.view_valuation"


class EvidenceFilters(ListFilters):
    valuation = IdFilter()


class ValuationEvidenceViewSet(CreatesRecords[ValuationEvidence]):
    """Files that support valuations: kept as they came, and never changed."""

    queryset = ValuationEvidence.objects.all()
    serializer_class = ValuationEvidenceSerializer
    filterset_class = EvidenceFilters
    required_scopes = {"read": Scope.VALUATIONS_READ, "write": Scope.VALUATIONS_WRITE}
    action_permissions = {
        "list": _SEE,
        "retrieve": _SEE,
        "file": _SEE,
        "create": "sponsors.add_valuation",
    }
    inputs = {"create": EvidenceInput}
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)

    def get_parsers(self) -> list[BaseParser]:
        """Take a form with a file where evidence is added. `action` is not set yet when a request comes in."""
        method = (self.request.method or "").lower() if self.request else ""
        name = getattr(self, "action", None) or self.action_map.get(method)
        return [MultiPartParser()] if name == "create" else super().get_parsers()

    def add(self, data: dict[str, Any]) -> ValuationEvidence:
        """Keep a file that supports a valuation; what it is is told by its content."""
        return services.add_evidence(
            actor=self.caller,
            valuation=data["valuation"],
            content=read_within(data["file"], limit=LARGEST_EVIDENCE),
            file_name=data["file"].name,
            note=data["note"],
        )

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the file, to be saved."""
        kept = self.get_object()
        try:
            return evidence_response(kept.file, name=kept.file_name)
        except FileNotFoundError as error:
            raise Http404 from error
