"""`/api/v1/usage-regions/`: regions as providers name them in their statistics."""

from typing import Any

from rest_framework import serializers

from foundation.api.filtersets import ListFilters
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import RecordViewSet
from sponsors.inkind.models import Region
from sponsors.inkind.rules import Provider
from sponsors.inkind.services.regions import add_region, change_region

_COLUMNS = ("id", "provider", "name", "label", "is_total")


# Its fields have names that hide properties of the base; the model's serializer makes them by itself.
class UsageRegionSerializer(serializers.ModelSerializer[Region]):
    class Meta:
        model = Region
        fields = (*_COLUMNS, "created_at", "updated_at")
        read_only_fields = fields


class UsageRegionInput(StrictInput):
    provider = serializers.ChoiceField(choices=Provider.choices)
    name = serializers.CharField(
        max_length=60, help_text="As it stands in the provider's statistics. It stays."
    )
    label = serializers.CharField(  # type: ignore[assignment]  # hides a property of the base
        max_length=60, help_text="As people read it."
    )
    is_total = serializers.BooleanField(
        default=False, help_text="All regions together: counts only where the same day is not told by region."
    )


class UsageRegionChangeInput(StrictInput):
    label = serializers.CharField(max_length=60)  # type: ignore[assignment]  # hides a property of the base
    is_total = serializers.BooleanField(help_text="Stays as it is once use is counted.")


class UsageRegionFilters(ListFilters):
    class Meta:
        model = Region
        fields = ("provider", "name", "is_total")


class UsageRegionViewSet(RecordViewSet[Region]):
    """Regions in which providers meter use. The set is open: an import tells of names that are not here."""

    queryset = Region.objects.all()
    serializer_class = UsageRegionSerializer
    filterset_class = UsageRegionFilters
    required_scopes = {"read": Scope.USAGE_READ, "write": Scope.USAGE_WRITE}
    inputs = {"create": UsageRegionInput, "partial_update": UsageRegionChangeInput}
    ordering_fields = ("name", "created_at")
    ordering = ("name",)
    csv_columns = _COLUMNS

    def add(self, data: dict[str, Any]) -> Region:
        return add_region(actor=self.caller, **data)

    def change(self, record: Region, data: dict[str, Any]) -> Region:
        values = {"label": record.label, "is_total": record.is_total, **data}
        return change_region(actor=self.caller, region=record, **values)
