"""How a receipt pays installments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Open:
    """What is still to be paid of one installment."""

    pk: int
    due_on: date
    remainder: Decimal


def oldest_first(amount: Decimal, installments: Sequence[Open]) -> list[tuple[int, Decimal]]:
    """Return (installment, amount) pairs that use the amount up on the oldest due dates first.

    What is left when all are paid is not allocated: it stays with the receipt as credit.
    """
    allocations = []
    left = amount
    for installment in sorted(installments, key=lambda i: (i.due_on, i.pk)):
        part = min(left, installment.remainder)
        if part > 0:
            allocations.append((installment.pk, part))
            left -= part
    return allocations
