"""What traffic may take in energy, by the factor that is used on dashboards."""

from dataclasses import dataclass

from sponsors.inkind.models import EnergyFactor
from sponsors.inkind.rules.energy import Energy, Range, energy_for


@dataclass(frozen=True, slots=True)
class EnergyEstimate:
    """An estimate, and whose: it is never shown without its source."""

    energy: Energy
    factor: EnergyFactor

    @property
    def sentence(self) -> str:
        """Return the estimate with its range, source and year, for people."""
        factor = self.factor
        by = f"An estimate by “{factor.name}”, {factor.year}"
        return f"{self.energy.sentence} {by}: {factor.source.rstrip('.')}."


def current_factor() -> EnergyFactor | None:
    """Return the factor that dashboards use, if one was chosen."""
    return EnergyFactor.objects.current().first()


def energy_of(delivered_bytes: int, factor: EnergyFactor | None = None) -> EnergyEstimate | None:
    """Return the estimate by `factor`, or by the one that is used: then one query. None without any."""
    factor = factor or current_factor()
    if factor is None:
        return None
    return EnergyEstimate(energy_for(delivered_bytes, kwh_per_gb(factor), gco2_per_kwh(factor)), factor)


def kwh_per_gb(factor: EnergyFactor) -> Range:
    return Range(factor.kwh_per_gb_low, factor.kwh_per_gb, factor.kwh_per_gb_high)


def gco2_per_kwh(factor: EnergyFactor) -> Range:
    return Range(factor.gco2_per_kwh_low, factor.gco2_per_kwh, factor.gco2_per_kwh_high)
