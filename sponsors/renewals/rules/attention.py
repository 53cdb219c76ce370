"""Which commitments get more reminders than others, and which of two is the more urgent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sponsors.commitments.rules import add_months
from sponsors.renewals.rules.policies import Band

_URGENT_BANDS = frozenset({Band.HIGH, Band.CRITICAL})
# The most urgent first.
BANDS_IN_ORDER = (Band.CRITICAL, Band.HIGH, Band.RAISED, Band.LOW, Band.NOT_YET)


def whole_months(starts_on: date, ends_before: date) -> int:
    """Return how many whole months a period has."""
    months = (ends_before.year - starts_on.year) * 12 + ends_before.month - starts_on.month
    return months - (add_months(starts_on, months) > ends_before)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which exposure a year on a commitment is urgent, and from which it counts as of the top."""

    high_exposure: Decimal
    top_exposure: Decimal

    def is_urgent(self, band: str | None, exposure: Decimal) -> bool:
        return band in _URGENT_BANDS or exposure >= self.high_exposure

    def is_long(self, months: int, exposure: Decimal, *, long_from: int) -> bool:
        return months >= long_from or exposure >= self.top_exposure
