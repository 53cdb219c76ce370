"""The columns that lists of gifts in kind are exported with."""

from typing import Any

from import_export.fields import Field

from foundation.exports.files import ExportResource


class EnergyFactorResource(ExportResource):
    """Rows of energy factors."""

    name = Field("name", "name")
    kwh_per_gb_low = Field("kwh_per_gb_low", "kWh a GB, low")
    kwh_per_gb = Field("kwh_per_gb", "kWh a GB")
    kwh_per_gb_high = Field("kwh_per_gb_high", "kWh a GB, high")
    gco2_per_kwh_low = Field("gco2_per_kwh_low", "g CO2e a kWh, low")
    gco2_per_kwh = Field("gco2_per_kwh", "g CO2e a kWh")
    gco2_per_kwh_high = Field("gco2_per_kwh_high", "g CO2e a kWh, high")
    source = Field("source", "source")
    year = Field("year", "year")
    is_current = Field("is_current", "used on dashboards")


class AnomalyResource(ExportResource):
    """Rows of anomalies, with service and person joined."""

    day = Field("day", "day")
    hour = Field("hour", "hour")
    service = Field("service__name", "service")
    kind = Field("kind", "kind")
    observed = Field("observed", "observed")
    expected = Field("expected", "usual")
    spread = Field("spread", "median absolute deviation")
    score = Field("score", "scaled spreads off")
    compared_with = Field("compared_with", "comparable times")
    severity = Field("severity", "severity")
    sentence = Field("sentence", "in words")
    state = Field("state", "state")
    explanation = Field("explanation", "explanation")
    explained_by = Field("explained_by__name", "explained by")
    told_at = Field("told_at", "told at")

    def dehydrate_severity(self, row: Any) -> str:
        return str(row.severity.label)
