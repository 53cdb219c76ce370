"""The columns that lists of gifts in kind are exported with."""

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
