"""`/api/v1/holidays/`: days on which nobody works, by which times to respond are counted."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, RemovedSerializer, StrictInput
from foundation.api.views import RecordViewSet
from foundation.books.holidays import add_holiday, change_holiday, remove_holiday
from foundation.books.models import Holiday


class HolidaySerializer(serializers.ModelSerializer[Holiday]):
    class Meta:
        model = Holiday
        fields = ("id", "day", "name", "created_at", "updated_at")
        read_only_fields = fields


class HolidayInput(StrictInput):
    day = serializers.DateField()
    name = serializers.CharField(max_length=80)


class HolidayFilters(ListFilters):
    class Meta:
        model = Holiday
        fields = {"day": ["exact", "gte", "lte"]}


class HolidayViewSet(RecordViewSet[Holiday]):
    """Days on which nobody works, beside Saturdays and Sundays."""

    queryset = Holiday.objects.all()
    serializer_class = HolidaySerializer
    filterset_class = HolidayFilters
    required_scopes = {"read": Scope.RENEWALS_READ, "write": Scope.RENEWALS_WRITE}
    action_permissions = {"remove": "foundation.delete_holiday"}
    inputs = {"create": HolidayInput, "partial_update": HolidayInput, "remove": NoInput}
    outputs = {"remove": RemovedSerializer}
    ordering_fields = ("day",)
    ordering = ("-day",)
    csv_columns = ("id", "day", "name")

    def reachable(self, queryset: QuerySet[Holiday]) -> QuerySet[Holiday]:
        return queryset

    def add(self, data: dict[str, Any]) -> Holiday:
        return add_holiday(actor=self.caller, **data)

    def change(self, record: Holiday, data: dict[str, Any]) -> Holiday:
        return change_holiday(
            actor=self.caller,
            holiday=record,
            day=data.get("day", record.day),
            name=data.get("name", record.name),
        )

    @action(detail=True, methods=["post"])
    @idempotent
    def remove(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let people work on that day."""
        with self.locked() as record:
            remove_holiday(actor=self.caller, holiday=record)
        return Response({"removed": int(pk)})
