"""How a receipt pays installments, also those of another currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from foundation.money.rules import converted, smallest_unit

# A payment that differs by more from what the rate gives is more likely a slip than a difference.
LARGEST_DIFFERENCE = Decimal("0.2")
_DIVISION = Context(prec=50)


@dataclass(frozen=True, slots=True)
class Open:
    """What is still to be paid of one installment; `named`, that the payer said to pay it."""

    pk: int
    due_on: date
    remainder: Decimal
    named: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """From a receipt's currency to a commitment's: `rate` units of `target` for one of `source`."""

    source: str
    target: str
    rate: Decimal
    day: date

    def worth(self, amount: Decimal) -> Decimal:
        """Return what an amount of `source` is in `target`, rounded half up."""
        return converted(amount, self.rate, self.target)

    def costs(self, amount: Decimal) -> Decimal:
        """Return how much of `source` an amount of `target` takes, rounded half up."""
        unit = smallest_unit(self.source)
        return _DIVISION.divide(amount, self.rate).quantize(unit, ROUND_HALF_UP, _DIVISION)


@dataclass(frozen=True, slots=True)
class Share:
    """What one installment gets: `amount` in its currency, for `used` of the receipt in the receipt's.

    `difference` is what the used money was worth less what it pays: a realized gain when positive.
    """

    installment: int
    amount: Decimal
    used: Decimal
    difference: Decimal = Decimal(0)


def oldest_first(
    left: Decimal, installments: Sequence[Open], exchange: Exchange | None = None
) -> list[Share]:
    """Use up what is left of a receipt on what the payer named, and then on the oldest due dates first.

    What remains when all are paid is not allocated: it stays with the receipt as credit. Without an
    exchange, receipt and installments are in one currency.
    """
    shares = []
    for installment in sorted(installments, key=lambda i: (not i.named, i.due_on, i.pk)):
        share = _share(left, installment, exchange)
        if share.amount > 0 and share.used > 0:
            shares.append(share)
            left -= share.used
    return shares


def _share(left: Decimal, installment: Open, exchange: Exchange | None) -> Share:
    if exchange is None:
        amount = min(left, installment.remainder)
        return Share(installment.pk, amount, amount)
    worth = exchange.worth(left)
    if worth <= installment.remainder:
        return Share(installment.pk, worth, left)
    used = min(left, exchange.costs(installment.remainder))
    return Share(installment.pk, installment.remainder, used, exchange.worth(used) - installment.remainder)
