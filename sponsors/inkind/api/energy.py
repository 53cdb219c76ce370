"""`/api/v1/energy-factors/`: by what the energy of traffic is estimated."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput
from foundation.api.views import CreatesRecords
from sponsors.inkind.models import EnergyFactor
from sponsors.inkind.rules.energy import Range
from sponsors.inkind.services.energy import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    add_energy_factor,
    use_energy_factor,
)

_FIGURES = (
    "kwh_per_gb_low",
    "kwh_per_gb",
    "kwh_per_gb_high",
    "gco2_per_kwh_low",
    "gco2_per_kwh",
    "gco2_per_kwh_high",
)


class EnergyFactorSerializer(serializers.ModelSerializer[EnergyFactor]):
    class Meta:
        model = EnergyFactor
        fields = ("id", "name", *_FIGURES, "source", "year", "is_current", "created_at", "updated_at")
        read_only_fields = fields


def _kwh(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=9, decimal_places=6, min_value=0, **kwargs)


def _grams(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0, **kwargs)


class EnergyFactorInput(StrictInput):
    name = serializers.CharField(max_length=100)
    kwh_per_gb_low = _kwh()
    kwh_per_gb = _kwh(help_text="For a decimal gigabyte that was delivered to users.")
    kwh_per_gb_high = _kwh()
    gco2_per_kwh_low = _grams()
    gco2_per_kwh = _grams(help_text="Grams of CO2 equivalent for a kilowatt-hour of electricity.")
    gco2_per_kwh_high = _grams()
    # The name hides a property of the base that an input does not use.
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=300, help_text="Who published which of the figures."
    )
    year = serializers.IntegerField(min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)


class EnergyFactorFilters(ListFilters):
    class Meta:
        model = EnergyFactor
        fields = ("is_current", "year")


class EnergyFactorViewSet(CreatesRecords[EnergyFactor]):
    """Published figures of energy for traffic and of emissions for electricity. They are added, never edited."""

    queryset = EnergyFactor.objects.all()
    serializer_class = EnergyFactorSerializer
    filterset_class = EnergyFactorFilters
    required_scopes = {"read": Scope.SERVICES_READ, "write": Scope.SERVICES_WRITE}
    action_permissions = {"use": "sponsors.change_energyfactor"}
    inputs = {"create": EnergyFactorInput, "use": NoInput}
    ordering_fields = ("name", "year")
    ordering = ("-year",)
    csv_columns = ("id", "name", *_FIGURES, "source", "year", "is_current")

    def add(self, data: dict[str, Any]) -> EnergyFactor:
        figures = [data.pop(name) for name in _FIGURES]
        return add_energy_factor(
            actor=self.caller, kwh_per_gb=Range(*figures[:3]), gco2_per_kwh=Range(*figures[3:]), **data
        )

    @action(detail=True, methods=["post"])
    @idempotent
    def use(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Estimate by it on dashboards from now on, and no longer by the one before."""
        with self.locked() as record:
            use_energy_factor(actor=self.caller, factor=record)
            return self.answer(record.pk)
