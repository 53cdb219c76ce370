"""`/api/v1/document-versions/`: what becomes of each version: sent, signed, voided; and the files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.files import PDF_ANSWER, pdf_answer
from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from foundation.uploads.pdf import LARGEST_PDF
from foundation.uploads.rules import read_within
from sponsors.agreements import services
from sponsors.agreements.api import answers
from sponsors.agreements.models import DocumentVersion
from sponsors.agreements.rules import Means, VersionState
from sponsors.commitments.models import Commitment
from sponsors.directory.models import Contact
from sponsors.directory.services import hold_sponsor_of


class SendVersionInput(StrictInput):
    contact = VisibleRecord(queryset=Contact.objects.all(), help_text="Somebody at the sponsor.")
    means = serializers.ChoiceField(
        choices=Means.choices,
        default=Means.BURSAR,
        help_text="`bursar` mails the PDF now; the others record it.",
    )
    message = serializers.CharField(
        max_length=1000, allow_blank=True, default="", help_text="A few words in the mail."
    )


class SignVersionInput(StrictInput):
    signed_on = serializers.DateField(help_text="The day of the last signature.")
    signed_by = serializers.CharField(max_length=300, help_text="Who signed, for both sides.")
    file = serializers.FileField(allow_empty_file=True, help_text="The signed copy: PDF, at most 10 MB.")


class VoidVersionInput(StrictInput):
    reason = serializers.CharField(max_length=300)


class VersionFilters(ListFilters):
    document = IdFilter()
    commitment = IdFilter("document__commitment")
    sponsor = IdFilter("document__commitment__sponsor")
    state = filters.MultipleChoiceFilter(choices=VersionState.choices)
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")


class DocumentVersionViewSet(ReadViewSet[DocumentVersion]):
    """Versions of documents. From every state, voided included, the document can have a new one."""

    queryset = DocumentVersion.objects.select_related("file", "signed_copy")
    serializer_class = answers.DocumentVersionSerializer
    filterset_class = VersionFilters
    required_scopes = {"read": Scope.DOCUMENTS_READ, "write": Scope.DOCUMENTS_WRITE}
    action_permissions = {
        "list": "sponsors.view_commitmentdocument",
        "retrieve": "sponsors.view_commitmentdocument",
        "pdf": "sponsors.view_commitmentdocument",
        "signed_copy": "sponsors.view_commitmentdocument",
        "send": "sponsors.send_commitmentdocument",
        "sign": "sponsors.sign_commitment",
        "void": "sponsors.send_commitmentdocument",
        "annul": "sponsors.sign_commitment",
    }
    inputs = {
        "send": SendVersionInput,
        "sign": SignVersionInput,
        "void": VoidVersionInput,
        "annul": VoidVersionInput,
    }
    ordering_fields = ("created_at", "updated_at")
    ordering = ("-created_at",)
    csv_columns = tuple(answers.DocumentVersionSerializer._declared_fields)

    def represent(self, records: Sequence[DocumentVersion]) -> Sequence[Mapping[str, Any]]:
        return answers.versions(records)

    def lock_first(self) -> None:
        rows = DocumentVersion.objects.filter(pk=self.kwargs["pk"])
        for pk in rows.values_list("document__commitment", flat=True):
            hold_sponsor_of(Commitment, pk)
            Commitment.objects.select_for_update().get(pk=pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def send(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Mail the version to somebody at the sponsor, or record that it was sent otherwise."""
        return self._do(services.send_version)

    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    @idempotent
    def sign(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Keep the copy that both sides signed. The commitment itself is signed by its own action."""
        return self._do(services.sign_version)

    @action(detail=True, methods=["post"])
    @idempotent
    def void(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say that an unsigned version no longer counts, and why."""
        return self._do(services.void_version)

    @action(detail=True, methods=["post"])
    @idempotent
    def annul(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say that a signed version no longer counts, and why."""
        return self._do(services.annul_version)

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the version's PDF."""
        return pdf_answer(self.get_object().file)

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"], url_path="signed-copy")
    def signed_copy(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the copy that both sides signed."""
        version = self.get_object()
        if version.signed_copy is None:
            raise Http404
        return pdf_answer(version.signed_copy)

    def _do(self, service: Callable[..., object]) -> Response:
        with self.locked() as record:
            given = self.input()
            if "file" in given:
                given["content"] = read_within(given.pop("file"), limit=LARGEST_PDF)
            service(actor=self.caller, version=record, today=local_today(), **given)
            return self.answer(record.pk)
