"""`/api/v1/usage-imports/`: what came of each file or call of usage, and what of it was rejected."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.scopes import Scope
from foundation.api.views import ReadViewSet
from sponsors.inkind.models import UsageImport, UsageReject
from sponsors.inkind.rules import ImportState, UsageFormat, UsageSource

_COUNTS = ("row_count", "new_count", "changed_count", "same_count", "rejected_count", "aside_count")
_COLUMNS: tuple[str, ...] = (
    "id",
    "source",
    "format",
    "file_name",
    "sha256",
    "size",
    "state",
    *_COUNTS,
    "remark",
)

SHOWN: tuple[str, ...] = (
    *_COLUMNS,
    "service",
    "bytes_read",
    "first_at",
    "last_before",
    "imported_by",
    "finished_at",
    "created_at",
    "updated_at",
)


class UsageImportSerializer(serializers.ModelSerializer[UsageImport]):
    source = serializers.ChoiceField(choices=UsageSource.choices)  # type: ignore[assignment]  # hides the base's own
    format = serializers.ChoiceField(
        choices=UsageFormat.choices, allow_blank=True, help_text="Empty until it is known."
    )
    state = serializers.ChoiceField(choices=ImportState.choices)
    bytes_read = serializers.IntegerField(
        source="progress.done",
        default=None,
        allow_null=True,
        help_text="How far a worker is; null where none had to read a file.",
    )

    class Meta:
        model = UsageImport
        fields = SHOWN
        read_only_fields = fields


class UsageRejectSerializer(serializers.ModelSerializer[UsageReject]):
    class Meta:
        model = UsageReject
        fields = ("line", "reason", "excerpt")
        read_only_fields = fields


class UsageImportFilters(ListFilters):
    service = IdFilter()

    class Meta:
        model = UsageImport
        fields = ("state", "source", "format", "sha256")


class UsageImportViewSet(ReadViewSet[UsageImport]):
    """Files and calls of usage. Every row of one is new, changed, same, rejected or kept aside."""

    queryset = UsageImport.objects.select_related("progress")
    serializer_class = UsageImportSerializer
    filterset_class = UsageImportFilters
    required_scopes = {"read": Scope.USAGE_READ}
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)
    csv_columns = (*_COLUMNS, "first_at", "last_before", "created_at")


class UsageRejectViewSet(ReadViewSet[Any]):
    """The rows of an import that could not be taken: where each stood and why. As CSV: all of them."""

    queryset = UsageReject.objects.all()
    serializer_class = UsageRejectSerializer
    required_scopes = {"read": Scope.USAGE_READ}
    action_permissions = {"list": "sponsors.view_usageimport"}
    ordering_fields = ("line",)
    ordering = ("line",)
    csv_columns = ("line", "reason", "excerpt")

    def reachable(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        seen = UsageImport.objects.visible_to(self.caller)
        return queryset.filter(usage_import=get_object_or_404(seen, pk=self.kwargs["pk"]))
