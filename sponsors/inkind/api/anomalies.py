"""`/api/v1/anomalies/`: what left its own range, with the numbers behind it, and what it was."""

from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import ReadViewSet
from sponsors.inkind.models import Anomaly
from sponsors.inkind.rules import AnomalyKind, AnomalyState
from sponsors.inkind.rules.anomalies import Severity
from sponsors.inkind.services import watch

_EXPLAIN = "sponsors.explain_anomaly"
_COLUMNS = (
    "id",
    "service",
    "service_slug",
    "kind",
    "day",
    "hour",
    "observed",
    "expected",
    "spread",
    "score",
    "compared_with",
    "severity",
    "sentence",
    "state",
    "explanation",
)


class AnomalySerializer(serializers.ModelSerializer[Anomaly]):
    service_slug = serializers.CharField(source="service.slug")
    kind = serializers.ChoiceField(choices=AnomalyKind.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    sentence = serializers.CharField(help_text="The numbers in words.")
    state = serializers.ChoiceField(choices=AnomalyState.choices)

    class Meta:
        model = Anomaly
        fields = (*_COLUMNS, "explained_by", "told_at", "created_at", "updated_at")
        read_only_fields = fields


class ExplanationInput(StrictInput):
    explanation = serializers.CharField(max_length=500)


class CloseAnomalyInput(StrictInput):
    explanation = serializers.CharField(
        max_length=500,
        allow_blank=True,
        default="",
        help_text="May be left out of what is explained already.",
    )


@extend_schema_field(OpenApiTypes.STR)
class _SlugFilter(filters.CharFilter):
    """The slug of a service."""


class AnomalyFilters(ListFilters):
    service = IdFilter()
    service_slug = _SlugFilter("service__slug")
    kind = filters.MultipleChoiceFilter(choices=AnomalyKind.choices)
    state = filters.MultipleChoiceFilter(choices=AnomalyState.choices)
    day_from = filters.DateFilter("day", lookup_expr="gte")
    day_to = filters.DateFilter("day", lookup_expr="lte")


class AnomalyViewSet(ReadViewSet[Anomaly]):
    """Signals of services that left their own range. The watch finds them; people say what they were."""

    queryset = Anomaly.objects.select_related("service")
    serializer_class = AnomalySerializer
    filterset_class = AnomalyFilters
    required_scopes = {"read": Scope.SERVICES_READ, "write": Scope.SERVICES_WRITE}
    action_permissions = {"explain": _EXPLAIN, "close": _EXPLAIN, "reopen": _EXPLAIN}
    inputs = {"explain": ExplanationInput, "close": CloseAnomalyInput, "reopen": ExplanationInput}
    ordering_fields = ("day",)
    ordering = ("-day",)
    csv_columns = _COLUMNS

    @action(detail=True, methods=["post"])
    @idempotent
    def explain(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say what it was."""
        with self.locked() as record:
            watch.explain_anomaly(actor=self.caller, anomaly=record, **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say that it is over; and what it was, unless that was said."""
        with self.locked() as record:
            watch.close_anomaly(actor=self.caller, anomaly=record, **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def reopen(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Open it again, and say why."""
        with self.locked() as record:
            watch.reopen_anomaly(actor=self.caller, anomaly=record, **self.input())
            return self.answer(record.pk)
