"""Exchange rates for tests."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from foundation.money.models import RatesImport
from foundation.money.services import import_reference_rates

if TYPE_CHECKING:
    from foundation.people.models import User


def some_rates(actor: "User", number: int) -> RatesImport:
    """Import a file of its own with one rate, of the day so many days after the year 2010 began."""
    return import_reference_rates(
        actor=actor,
        file_name=f"rates-{number}.csv",
        content=f"Date,USD\n{date(2010, 1, 1) + timedelta(days=number)},1.1\n".encode(),
        today=date(2026, 1, 1),
    )
