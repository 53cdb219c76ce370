"""How much hangs on few sponsors: shares of the largest, the Herfindahl-Hirschman index, and effective sponsors.

Source: the index is the sum of the squared shares (Hirschman 1945, Herfindahl 1950); its reciprocal, the number of equal sponsors
that would be as concentrated, is the numbers equivalent of order two (Adelman 1969).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest

LARGEST = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Concentration:
    """Of amounts of one currency; shares are fractions of the whole. Nothing at all has no shares."""

    total: Decimal
    largest: dict[int, Decimal]  # the share of the largest 1, 3 and 5 together
    index: Decimal | None

    @property
    def effective(self) -> Decimal | None:
        """How many equal sponsors would be as concentrated."""
        return None if self.index is None else 1 / self.index


def concentration(amounts: Iterable[Decimal]) -> Concentration:
    """Return the concentration of what sponsors give, one amount each. Raises ValueError for an amount below zero."""
    amounts = list(amounts)
    if amounts and min(amounts) < 0:
        msg = "What a sponsor gives is not below zero."
        raise ValueError(msg)
    total = sum(amounts, start=Decimal(0))
    if not total:
        return Concentration(total, {}, None)
    # Of ten thousand sponsors five are looked for, and one division is made: a page waits for it.
    top = nlargest(max(LARGEST), amounts)
    return Concentration(
        total,
        {count: sum(top[:count], start=Decimal(0)) / total for count in LARGEST},
        sum((amount * amount for amount in amounts), start=Decimal(0)) / (total * total),
    )
