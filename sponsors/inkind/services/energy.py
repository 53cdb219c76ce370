"""Factors by which the energy of traffic is estimated: what somebody published, added and never edited."""

from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.inkind.models import EnergyFactor
from sponsors.inkind.rules import InKindError
from sponsors.inkind.rules.energy import Range
from sponsors.inkind.services.texts import required_text

EARLIEST_YEAR, LATEST_YEAR = 1990, 2099
# As many digits as the columns hold.
_MOST_KWH, _KWH_DECIMALS = Decimal(1000), 6
_MOST_GRAMS, _GRAM_DECIMALS = Decimal(10_000), 2


@action("energyfactor.add")
def add_energy_factor(
    *, actor: User, name: str, kwh_per_gb: Range, gco2_per_kwh: Range, source: str, year: int
) -> EnergyFactor:
    """Add what somebody published. It is used on dashboards once somebody says so.

    Raises InKindError naming the field.
    """
    name = required_text(name, "name", "name", longest=100)
    source = required_text(source, "source", "source", longest=300)
    _check_range(kwh_per_gb, "kwh_per_gb", "energy", most=_MOST_KWH, decimals=_KWH_DECIMALS)
    _check_range(gco2_per_kwh, "gco2_per_kwh", "emission", most=_MOST_GRAMS, decimals=_GRAM_DECIMALS)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        msg = f"The year must be from {EARLIEST_YEAR} to {LATEST_YEAR}. Correct it."
        raise InKindError(msg, code="year_out_of_reach", field="year")
    if EnergyFactor.objects.filter(name=name).exists():
        msg = "There is a factor with this name already. Choose another."
        raise InKindError(msg, code="factor_exists", field="name")
    factor = EnergyFactor.objects.create(
        name=name,
        kwh_per_gb_low=kwh_per_gb.low,
        kwh_per_gb=kwh_per_gb.base,
        kwh_per_gb_high=kwh_per_gb.high,
        gco2_per_kwh_low=gco2_per_kwh.low,
        gco2_per_kwh=gco2_per_kwh.base,
        gco2_per_kwh_high=gco2_per_kwh.high,
        source=source,
        year=year,
    )
    factor.refresh_from_db()
    return factor


@action("energyfactor.use")
def use_energy_factor(*, actor: User, factor: EnergyFactor) -> EnergyFactor:
    """Estimate by this factor on dashboards from now on. Using the same again changes nothing."""
    # All rows, in one order: of two people who choose at once, the later one's choice holds.
    rows = {row.pk: row for row in EnergyFactor.objects.select_for_update().order_by("pk")}
    chosen = rows[factor.pk]
    if not chosen.is_current:
        for row in rows.values():
            if row.is_current:
                row.is_current = False
                row.save(update_fields=["is_current"])
        chosen.is_current = True
        chosen.save(update_fields=["is_current"])
        chosen.refresh_from_db()
    return chosen


def _check_range(given: Range, field: str, what: str, *, most: Decimal, decimals: int) -> None:
    figures = {f"{field}_low": given.low, field: given.base, f"{field}_high": given.high}
    for name, figure in figures.items():
        if not 0 <= figure < most or figure != round(figure, decimals):
            msg = f"Give the {what} as a number from 0 to below {most:,} with at most {decimals} decimals."
            raise InKindError(msg, code="figure_out_of_reach", field=name)
    if given.low > given.base:
        msg = f"The low {what} is above the one expected. Correct either."
        raise InKindError(msg, code="range_out_of_order", field=f"{field}_low")
    if given.base > given.high:
        msg = f"The high {what} is below the one expected. Correct either."
        raise InKindError(msg, code="range_out_of_order", field=f"{field}_high")
