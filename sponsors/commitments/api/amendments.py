"""`/api/v1/amendments/`: agreed changes of signed commitments, proposed, approved and in effect."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.etags import check_match
from foundation.api.files import PDF_ANSWER, pdf_answer
from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput, VisibleRecord
from foundation.api.views import CreatesRecords
from foundation.books.selectors import local_today
from foundation.uploads.pdf import LARGEST_PDF
from foundation.uploads.rules import read_within
from sponsors.commitments import services
from sponsors.commitments.api.comparisons import ComparisonSerializer, represented_comparison
from sponsors.commitments.api.inputs import LineInput, PartInput, ReasonInput, lines_of
from sponsors.commitments.api.promise_inputs import (
    ConditionInput,
    RenewalInput,
    RestrictionInput,
    promise_of,
)
from sponsors.commitments.models import Amendment, Commitment
from sponsors.commitments.rules import AmendmentState, Due, Period, day_after
from sponsors.commitments.selectors import comparison
from sponsors.directory.services import hold_sponsor_of


class PauseInput(StrictInput):
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")


class AmendmentInput(RenewalInput):
    """Lines, installments, pauses, conditions and restrictions are given whole. What is left out stays."""

    commitment = VisibleRecord(queryset=Commitment.objects.all())
    effective_on = serializers.DateField(help_text="The first day on which the changed terms hold.")
    reason = serializers.CharField(max_length=300)
    ends_on = serializers.DateField(required=False, help_text="The last day, included.")
    lines = LineInput(many=True, required=False)
    installments = PartInput(
        many=True, required=False, help_text="With those that are paid, which cannot change; without charges."
    )
    pauses = PauseInput(many=True, required=False)
    conditions = ConditionInput(many=True, required=False)
    restrictions = RestrictionInput(many=True, required=False)


class SignedCopyInput(StrictInput):
    file = serializers.FileField(allow_empty_file=True, help_text="PDF, at most 10 MB.")


class AmendmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    number = serializers.IntegerField(help_text="Counted in its commitment.")
    effective_on = serializers.DateField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=AmendmentState.choices)
    proposed_by = serializers.IntegerField()
    proposed_on = serializers.DateField()
    approved_by = serializers.IntegerField(allow_null=True)
    approved_on = serializers.DateField(allow_null=True)
    applied_on = serializers.DateField(allow_null=True, help_text="When the schedule was changed.")
    withdrawn_reason = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True, help_text="Why it could not take effect on its day.")
    has_signed_copy = serializers.BooleanField(help_text="Whether signed-copy answers with a file.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AmendmentFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    state = filters.MultipleChoiceFilter(choices=AmendmentState.choices)
    effective_from = filters.DateFilter("effective_on", lookup_expr="gte")
    effective_to = filters.DateFilter("effective_on", lookup_expr="lte")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")


_OF_THE_COMMITMENT = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": r'^(\*|"[0-9]+-[0-9]+")$'},
    OpenApiParameter.HEADER,
    description="The ETag of the commitment you read. What is given whole takes away what came since; with this "
    "it is refused instead.",
)


@extend_schema_view(create=extend_schema(parameters=[_OF_THE_COMMITMENT]))
class AmendmentViewSet(CreatesRecords[Amendment]):
    """Changes of signed commitments: proposed by one person, approved by another, in effect on a day."""

    queryset = Amendment.objects.select_related("commitment__sponsor")
    serializer_class = AmendmentSerializer
    filterset_class = AmendmentFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ, "write": Scope.COMMITMENTS_WRITE}
    action_permissions = {
        "comparison": "sponsors.view_amendment",
        "approve": "sponsors.approve_amendment",
        "withdraw": "sponsors.add_amendment",
        "signed_copy": "sponsors.view_amendment",
        "keep_signed_copy": "sponsors.add_amendment",
    }
    inputs = {
        "create": AmendmentInput,
        "approve": NoInput,
        "withdraw": ReasonInput,
        "keep_signed_copy": SignedCopyInput,
    }
    outputs = {"comparison": ComparisonSerializer}
    ordering_fields = {"effective_on": "effective_on", "updated_at": "updated_at"}
    ordering = ("-effective_on",)
    csv_columns = (
        "id",
        "commitment",
        "commitment_number",
        "number",
        "sponsor",
        "sponsor_name",
        "effective_on",
        "state",
        "reason",
        "proposed_by",
        "proposed_on",
        "approved_by",
        "approved_on",
        "applied_on",
        "withdrawn_reason",
        "problem",
        "has_signed_copy",
    )

    def represent(self, records: Sequence[Amendment]) -> Sequence[Mapping[str, Any]]:
        return [_amendment(record) for record in records]

    def lock_first(self) -> None:
        rows = Amendment.objects.filter(pk=self.kwargs["pk"])
        for pk in rows.values_list("commitment", flat=True):
            hold_sponsor_of(Commitment, pk)
            Commitment.objects.select_for_update().get(pk=pk)

    def add(self, data: dict[str, Any]) -> Amendment:
        if (version := self.request.headers.get("If-Match")) is not None:
            hold_sponsor_of(Commitment, data["commitment"].pk)
            check_match(version, Commitment.objects.select_for_update().get(pk=data["commitment"].pk))
        given = promise_of(data, data["commitment"])
        if "ends_on" in given:
            given["ends_before"] = day_after(given.pop("ends_on"))
        if "lines" in given:
            given["lines"] = lines_of(given["lines"])
        if "installments" in given:
            given["installments"] = [Due(part["due_on"], part["amount"]) for part in given["installments"]]
        if "pauses" in given:
            given["pauses"] = [
                Period(pause["starts_on"], day_after(pause["ends_on"])) for pause in given["pauses"]
            ]
        return services.propose_amendment(actor=self.caller, today=local_today(), **given)

    @action(detail=True, methods=["get"])
    def comparison(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Show the schedule before and after, row by row."""
        record = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(represented_comparison(comparison(record), record.commitment.currency))

    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Approve what somebody else proposed. It takes effect at once, or on its day."""
        return self._do(services.approve_amendment, today=local_today())

    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give up an amendment that is not in effect yet, and say why."""
        return self._do(services.withdraw_amendment)

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"], url_path="signed-copy")
    def signed_copy(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the amendment as both sides signed it."""
        record = self.get_object()
        if record.document is None:
            raise Http404
        return pdf_answer(record.document)

    @action(detail=True, methods=["post"], url_path="keep-signed-copy", parser_classes=[MultiPartParser])
    @idempotent
    def keep_signed_copy(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Keep the PDF that both sides signed, when none is kept yet."""
        with self.locked() as record:
            content = read_within(self.input()["file"], limit=LARGEST_PDF)
            services.keep_signed_copy(actor=self.caller, amendment=record, content=content)
            return self.answer(record.pk)

    def _do(self, service: Callable[..., object], **given: Any) -> Response:
        with self.locked() as record:
            service(actor=self.caller, amendment=record, **self.input(), **given)
            return self.answer(record.pk)


def _amendment(record: Amendment) -> dict[str, Any]:
    commitment = record.commitment
    return {
        "id": record.pk,
        "commitment": commitment.pk,
        "commitment_number": commitment.number,
        "sponsor": commitment.sponsor_id,
        "sponsor_name": commitment.sponsor.name,
        "number": record.number,
        "effective_on": record.effective_on,
        "reason": record.reason,
        "state": record.state,
        "proposed_by": record.proposed_by_id,
        "proposed_on": record.proposed_on,
        "approved_by": record.approved_by_id,
        "approved_on": record.approved_on,
        "applied_on": record.applied_on,
        "withdrawn_reason": record.withdrawn_reason,
        "problem": record.problem,
        "has_signed_copy": record.document_id is not None,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }
