"""How much of a gift was promised for a month, a year or the whole, and how far what came has got."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sponsors.inkind.rules.gifts import Per

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantity and a ceiling, each for the time that `per` says; with whatever is used, the ceiling is a month's."""

    per: Per
    quantity: Decimal | None
    ceiling: Decimal | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a month has got: what came in its year, and in the time that the promise counts over."""

    in_year: Decimal
    so_far: Decimal
    promise_share: Decimal | None
    ceiling_share: Decimal | None


def year_of(first: date, month: date) -> int:
    """Return which year of the gift a month is in: 1 for the first twelve from the month it begins in."""
    return ((month.year - first.year) * MONTHS_A_YEAR + month.month - first.month) // MONTHS_A_YEAR + 1


def progress(
    first: date, months: Sequence[date], delivered: Iterable[Decimal], promise: Promise | None
) -> list[Progress]:
    """Return how far each month has got. `first` is in the month in which the gift begins."""
    found: list[Progress] = []
    year, in_year, whole = 0, Decimal(0), Decimal(0)
    for month, amount in zip(months, delivered, strict=True):
        if year_of(first, month) != year:
            year, in_year = year_of(first, month), Decimal(0)
        in_year += amount
        whole += amount
        per = promise.per if promise else Per.MONTH
        so_far = in_year if per is Per.YEAR else whole if per is Per.WHOLE else amount
        found.append(
            Progress(
                in_year,
                so_far,
                _share(so_far, promise.quantity if promise else None),
                _share(so_far, promise.ceiling if promise else None),
            )
        )
    return found


def promised_in_year(promise: Promise, months: int) -> Decimal | None:
    """Return what is promised for a year of the gift that has so many months; None when that is no number."""
    if promise.quantity is None or promise.per in {Per.WHOLE, Per.AS_USED}:
        return None
    return promise.quantity if promise.per is Per.YEAR else promise.quantity * months


def _share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    return part / whole if whole else None
