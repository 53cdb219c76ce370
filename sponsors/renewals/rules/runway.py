"""For how long money lasts: reserves over what a month costs beyond what comes in."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Runway:
    """`months` until the reserves are spent, in tenths, rounded down; None when it is not known or has no end.

    `is_covered`: what comes in pays for every month, so that reserves are not touched. None: costs or reserves are not known.
    """

    income: Decimal  # a month
    costs: Decimal | None  # a month
    months: Decimal | None
    is_covered: bool | None


def runway(*, reserves: Decimal | None, costs: Decimal | None, income: Decimal) -> Runway:
    """Return how long reserves last when so much is spent and comes in a month."""
    if costs is None or reserves is None:
        covered = None if costs is None else income >= costs or None
        return Runway(income, costs, None, covered)
    gap = costs - income
    if gap <= 0:
        return Runway(income, costs, None, is_covered=True)
    return Runway(income, costs, (reserves / gap).quantize(_TENTH, rounding=ROUND_DOWN), is_covered=False)
