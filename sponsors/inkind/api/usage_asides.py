"""`/api/v1/usage-asides/`: usage of services or regions that nobody knows yet, and saying which they are."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.api.views import ReadViewSet
from sponsors.inkind.models import Service, UsageAside
from sponsors.inkind.rules import AsideProblem, Provider
from sponsors.inkind.selectors.asides import groups_of
from sponsors.inkind.services.asides import assign_usage

_COLUMNS = (
    "id",
    "problem",
    "provider",
    "service_name",
    "region_name",
    "row_count",
    "first_at",
    "last_at",
)


class UsageAsideSerializer(serializers.ModelSerializer[UsageAside]):
    problem = serializers.ChoiceField(choices=AsideProblem.choices)
    provider = serializers.ChoiceField(
        choices=Provider.choices, allow_blank=True, help_text="Empty when the rows name none."
    )
    row_count = serializers.IntegerField(help_text="How many rows came under these names.")
    first_at = serializers.DateTimeField(help_text="When the first of them begins.")
    last_at = serializers.DateTimeField(help_text="When the last of them begins.")

    class Meta:
        model = UsageAside
        fields = _COLUMNS
        read_only_fields = fields


class AssignInput(StrictInput):
    service = VisibleRecord(
        queryset=Service.objects.all(),
        required=False,
        help_text="Needed where the name means no service yet.",
    )
    region_label = serializers.CharField(
        max_length=60,
        allow_blank=True,
        default="",
        help_text="As people read the region; needed where the provider's region is new.",
    )
    is_total = serializers.BooleanField(
        default=False, help_text="Whether the new region stands for all regions together."
    )


class AssignedSerializer(serializers.Serializer[Any]):
    counted = serializers.IntegerField(help_text="How many rows that were kept aside count now.")


class UsageAsideFilters(ListFilters):
    class Meta:
        model = UsageAside
        fields = ("problem", "provider", "service_name", "region_name")


class UsageAsideViewSet(ReadViewSet[UsageAside]):
    """What is kept aside: one record for all rows that came under the same names."""

    queryset = UsageAside.objects.all()
    serializer_class = UsageAsideSerializer
    filterset_class = UsageAsideFilters
    required_scopes = {"read": Scope.USAGE_READ, "write": Scope.USAGE_WRITE}
    action_permissions = {
        "list": "sponsors.view_usageimport",
        "retrieve": "sponsors.view_usageimport",
        "assign": "sponsors.assign_usage",
    }
    inputs = {"assign": AssignInput}
    outputs = {"assign": AssignedSerializer}
    ordering = ()
    csv_columns = _COLUMNS

    def get_queryset(self) -> QuerySet[UsageAside]:
        return groups_of(super().get_queryset())

    @action(detail=True, methods=["post"])
    @idempotent
    def assign(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say of which service and region these rows are; they count at once, and later imports know the names."""
        data = self.input()
        with self.locked() as aside:
            return Response({"counted": assign_usage(actor=self.caller, aside=aside, **data)})
