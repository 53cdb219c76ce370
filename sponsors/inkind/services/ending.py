"""The end of a supply; months that are valued and approved hold it off."""

from datetime import date

from sponsors.inkind.models import Supply, Valuation
from sponsors.inkind.rules import NotAllowedNow


def end_supply_on(supply: Supply, ends_before: date | None, *, field: str = "supply") -> Supply:
    """End the supply, whose service is held, before the day; None: it goes on. Raises NotAllowedNow at the field."""
    if ends_before is not None and ends_before != supply.ends_before:
        refuse_valued(supply, ends_before, field=field)
    supply.ends_before = ends_before
    supply.save(update_fields=["ends_before"])
    supply.refresh_from_db()
    return supply


def refuse_valued(supply: Supply, first: date, *, field: str = "supply") -> None:
    """Raise NotAllowedNow when a whole month from the day on is valued and approved under the supply's line.

    So is the month in which the supply begins, when nothing of it would be left.
    """
    if first == supply.starts_on:
        first = first.replace(day=1)
    valued = Valuation.objects.approved_originals().filter(line=supply.line_id, month__gte=first)
    if supply.ends_before is not None:
        valued = valued.filter(month__lt=supply.ends_before)
    last = valued.order_by("-month").first() if supply.line_id else None
    if last is not None:
        msg = (
            f"{last.month:%Y-%m} of “{supply.line}” is valued with {supply.service}, and approved. Reverse that "
            "valuation first, or choose a later day."
        )
        raise NotAllowedNow(msg, code="valued_already", field=field)
