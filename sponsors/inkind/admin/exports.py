"""The columns that lists of gifts in kind are exported with."""

from datetime import datetime
from typing import Any

from import_export.fields import Field

from foundation.exports.files import ExportResource


class EnergyFactorResource(ExportResource):
    """Rows of energy factors."""

    name = Field("name", "name")
    kwh_per_gb_low = Field("kwh_per_gb_low", "energy, low (kWh a GB)")
    kwh_per_gb = Field("kwh_per_gb", "energy (kWh a GB)")
    kwh_per_gb_high = Field("kwh_per_gb_high", "energy, high (kWh a GB)")
    gco2_per_kwh_low = Field("gco2_per_kwh_low", "emissions, low (g CO2e a kWh)")
    gco2_per_kwh = Field("gco2_per_kwh", "emissions (g CO2e a kWh)")
    gco2_per_kwh_high = Field("gco2_per_kwh_high", "emissions, high (g CO2e a kWh)")
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


class ServiceResource(ExportResource):
    """Rows of `with_last_day` and `with_supplier`."""

    name = Field("name", "name")
    slug = Field("slug", "slug")
    purpose = Field("purpose", "purpose")
    provider = Field("provider", "provider")
    supplier = Field("supplier", "supplier today")
    criticality = Field("criticality", "criticality")
    dependents = Field("dependents", "who depends on it")
    retired_on = Field("retired_on", "retired on")
    last_day = Field("last_day", "last usage")


class GiftTermsResource(ExportResource):
    """Rows of gift terms, with line, commitment and sponsor joined."""

    commitment = Field("line__commitment__number", "commitment")
    sponsor = Field("line__commitment__sponsor__name", "sponsor")
    line = Field("line__description", "gift")
    category = Field("line__category", "category")
    unit = Field("unit", "unit")
    per = Field("per", "counted by")
    quantity = Field("quantity", "promised quantity")
    ceiling = Field("ceiling", "ceiling")
    discount_percent = Field("discount_percent", "percent discount")
    notice_days = Field("notice_days", "notice days")
    terms_of_use = Field("terms_of_use", "terms of use")


class RateCardResource(ExportResource):
    """Rows of rate cards with the version that holds today."""

    name = Field("name", "name")
    slug = Field("slug", "slug")
    provider = Field("provider", "provider")
    currency = Field("currency", "currency")
    version = Field(None, "version today")
    valid_from = Field(None, "valid from")
    source = Field(None, "source")
    as_of = Field(None, "source as of")
    confidence = Field(None, "confidence")

    def dehydrate_version(self, card: Any) -> Any:
        return _of_today(card, "number")

    def dehydrate_valid_from(self, card: Any) -> Any:
        return _of_today(card, "valid_from")

    def dehydrate_source(self, card: Any) -> Any:
        return _of_today(card, "source")

    def dehydrate_as_of(self, card: Any) -> Any:
        return _of_today(card, "as_of")

    def dehydrate_confidence(self, card: Any) -> Any:
        return _of_today(card, "confidence")


def _of_today(card: Any, name: str) -> Any:
    return next((getattr(version, name) for version in card.holding_today), None)


class RegionResource(ExportResource):
    """Rows of regions."""

    provider = Field("provider", "provider")
    name = Field("name", "name")
    label = Field("label", "label")
    is_total = Field("is_total", "all regions together")


class UsageImportResource(ExportResource):
    """Rows of imports of usage, with person and service joined."""

    file_name = Field("file_name", "file")
    source = Field("source", "source")
    format = Field("format", "format")
    sha256 = Field("sha256", "SHA-256")
    size = Field("size", "bytes")
    service = Field("service__name", "service given")
    state = Field("state", "state")
    row_count = Field("row_count", "rows")
    new_count = Field("new_count", "new")
    changed_count = Field("changed_count", "changed")
    same_count = Field("same_count", "same")
    rejected_count = Field("rejected_count", "rejected")
    aside_count = Field("aside_count", "kept aside")
    first_at = Field("first_at", "from (UTC)")
    last_before = Field("last_before", "until (UTC)")
    remark = Field("remark", "remark")
    imported_by = Field("imported_by__email", "imported by")
    created_at = Field("created_at", "begun")
    finished_at = Field("finished_at", "finished")

    def dehydrate_first_at(self, row: Any) -> str | None:
        return _minute(row.first_at)

    def dehydrate_last_before(self, row: Any) -> str | None:
        return _minute(row.last_before)


def _minute(moment: datetime | None) -> str | None:
    """Return when a bucket begins or ends, as its file says it: in UTC, wherever the foundation is."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else None
