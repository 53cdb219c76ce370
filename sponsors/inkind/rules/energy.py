"""What traffic may take in energy: an estimate from published factors, with its range."""

from dataclasses import dataclass
from decimal import Decimal

from sponsors.inkind.rules.wording import energy_in_words, mass_in_words

GIGABYTE = 10**9
_GRAMS = 1000


@dataclass(frozen=True, slots=True)
class Range:
    """A figure and how far it may be off."""

    low: Decimal
    base: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Energy:
    """Kilowatt-hours, and kilograms of CO2 equivalent."""

    kwh: Range
    kg_co2e: Range

    @property
    def sentence(self) -> str:
        """In words, with the range: nobody shall read the middle alone."""
        kwh, mass = self.kwh, self.kg_co2e
        return (
            f"About {energy_in_words(kwh.base)} ({energy_in_words(kwh.low)} to {energy_in_words(kwh.high)}) and "
            f"{mass_in_words(mass.base)} of CO₂e ({mass_in_words(mass.low)} to {mass_in_words(mass.high)})."
        )


def energy_for(delivered_bytes: int, kwh_per_gb: Range, gco2_per_kwh: Range) -> Energy:
    """Return what delivering so many bytes may take, by factors for a decimal gigabyte and a kilowatt-hour.

    The range of emissions runs from the least energy on the cleanest grid to the most on the dirtiest.
    """
    kwh = Range(*(_share(delivered_bytes, factor) for factor in _figures(kwh_per_gb)))
    grams = zip(_figures(kwh), _figures(gco2_per_kwh), strict=True)
    return Energy(kwh, Range(*(energy * intensity / _GRAMS for energy, intensity in grams)))


def _share(delivered_bytes: int, factor: Decimal) -> Decimal:
    return delivered_bytes * factor / GIGABYTE


def _figures(of: Range) -> tuple[Decimal, Decimal, Decimal]:
    return of.low, of.base, of.high
