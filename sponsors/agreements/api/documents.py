"""`/api/v1/documents/`: agreements and other papers of commitments, with their versions."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.api.views import CreatesRecords
from foundation.books.selectors import local_today
from foundation.uploads.pdf import LARGEST_PDF
from foundation.uploads.rules import read_within
from sponsors.agreements import services
from sponsors.agreements.api import answers
from sponsors.agreements.models import AgreementTemplate, CommitmentDocument, DocumentVersion
from sponsors.agreements.querysets import DocumentQuerySet
from sponsors.agreements.rules import VersionState
from sponsors.commitments.models import Amendment, Commitment
from sponsors.directory.services import hold_sponsor_of


class TemplateSourceInput(StrictInput):
    template = VisibleRecord(queryset=AgreementTemplate.objects.all())


class DocumentInput(TemplateSourceInput):
    commitment = VisibleRecord(queryset=Commitment.objects.all())
    kind = serializers.ChoiceField(
        choices=CommitmentDocument.Kind.choices, default=CommitmentDocument.Kind.AGREEMENT
    )
    title = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="Left out, it is the template's."
    )
    amendment = VisibleRecord(
        queryset=Amendment.objects.all(), required=False, help_text="For the kind amendment: which one."
    )


class FileInput(StrictInput):
    file = serializers.FileField(allow_empty_file=True, help_text="PDF, at most 10 MB.")


class DocumentFileInput(FileInput):
    # A form has text only, so what is meant is named by its own number.
    commitment = serializers.SlugRelatedField(
        slug_field="number", queryset=Commitment.objects.all(), help_text="Its number, such as C-2026-0007."
    )
    kind = serializers.ChoiceField(
        choices=CommitmentDocument.Kind.choices, default=CommitmentDocument.Kind.AGREEMENT
    )
    title = serializers.CharField(max_length=200)
    amendment = serializers.RegexField(
        r"^[0-9]{1,4}$",
        required=False,
        help_text="For the kind amendment: its number, counted in the commitment.",
        error_messages={"invalid": "Give the number of an amendment of the commitment, such as 2."},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "amendment" in attrs:
            amendment = attrs["commitment"].amendments.filter(number=int(attrs["amendment"])).first()
            if amendment is None:
                msg = f"{attrs['commitment']} has no amendment of this number. Correct it."
                raise serializers.ValidationError({"amendment": msg})
            attrs["amendment"] = amendment
        return attrs


class DocumentFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    kind = filters.MultipleChoiceFilter(choices=CommitmentDocument.Kind.choices)
    state = filters.MultipleChoiceFilter(choices=VersionState.choices, help_text="Of the last version.")
    unanswered = TrueOrFalse(method="is_unanswered", help_text="Sent more than 14 days ago, not signed.")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")

    def is_unanswered(self, queryset: DocumentQuerySet, _name: str, value: Any) -> DocumentQuerySet:
        late = CommitmentDocument.objects.unanswered(local_today()).order_by().values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)


class DocumentViewSet(CreatesRecords[CommitmentDocument]):
    """Papers of commitments. The last version of each is the one that counts; a voided one is followed by a new one."""

    queryset = CommitmentDocument.objects.select_related("commitment__sponsor").prefetch_related(
        Prefetch(
            "versions", DocumentVersion.objects.select_related("file", "signed_copy").order_by("-number")
        )
    )
    serializer_class = answers.DocumentSerializer
    filterset_class = DocumentFilters
    required_scopes = {"read": Scope.DOCUMENTS_READ, "write": Scope.DOCUMENTS_WRITE}
    action_permissions = {
        "upload": "sponsors.add_commitmentdocument",
        "new_version": "sponsors.add_commitmentdocument",
        "upload_version": "sponsors.add_commitmentdocument",
    }
    inputs = {
        "create": DocumentInput,
        "upload": DocumentFileInput,
        "new_version": TemplateSourceInput,
        "upload_version": FileInput,
    }
    creates = ("create", "upload")
    ordering_fields = {"created_at": "created_at", "sent_on": "sent_on"}
    ordering = ("-created_at",)
    csv_columns = (
        "id",
        "commitment",
        "commitment_number",
        "sponsor",
        "sponsor_name",
        "kind",
        "title",
        "amendment",
        "version",
        "state",
        "sent_on",
        "created_at",
        "updated_at",
    )

    def reachable(self, queryset: QuerySet[CommitmentDocument]) -> QuerySet[CommitmentDocument]:
        return cast("DocumentQuerySet", super().reachable(queryset)).with_current()

    def lock_first(self) -> None:
        rows = CommitmentDocument.objects.filter(pk=self.kwargs["pk"])
        for pk in rows.values_list("commitment", flat=True):
            hold_sponsor_of(Commitment, pk)
            Commitment.objects.select_for_update().get(pk=pk)

    def represent(self, records: Sequence[CommitmentDocument]) -> Sequence[Mapping[str, Any]]:
        return [answers.document(record) for record in records]

    def add(self, data: dict[str, Any]) -> CommitmentDocument:
        """Make a document of a commitment from a template."""
        return services.begin_document(actor=self.caller, today=local_today(), **data).document

    @action(detail=False, methods=["post"], parser_classes=[MultiPartParser])
    @idempotent
    def upload(self, request: Request) -> Response:  # noqa: ARG002  # routing's signature
        """Keep a PDF as the first version of a document."""
        data = self.input()
        content = read_within(data.pop("file"), limit=LARGEST_PDF)
        version = services.begin_document(actor=self.caller, today=local_today(), content=content, **data)
        return self.answer(version.document_id, code=201)

    @action(detail=True, methods=["post"], url_path="new-version")
    @idempotent
    def new_version(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Make the next version from a template. An unsigned version before it is voided."""
        return self._begin(template=self.input()["template"])

    @action(detail=True, methods=["post"], url_path="upload-version", parser_classes=[MultiPartParser])
    @idempotent
    def upload_version(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Keep a PDF as the next version. An unsigned version before it is voided."""
        return self._begin(content=read_within(self.input()["file"], limit=LARGEST_PDF))

    def _begin(self, **source: Any) -> Response:
        with self.locked() as document:
            services.begin_version(actor=self.caller, document=document, today=local_today(), **source)
            return self.answer(document.pk)
