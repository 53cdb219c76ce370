"""Writes the receipts of a file: in batches, by the rules that `record_receipt` holds."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from foundation.audit.actions import acting
from foundation.books.closing import NAMES_THE_DAY, check_open
from foundation.people.models import User
from sponsors.commitments.models import Allocation, Commitment, Installment, Receipt
from sponsors.commitments.rules import Exchange, Open, Share, oldest_first
from sponsors.commitments.services.allocations import check_commitment, lock_installments
from sponsors.directory.models import Sponsor
from sponsors.directory.services import lock_sponsors

# Few statements, and a progress that moves.
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A receipt to write, checked already; `pays` is False when it is kept as credit."""

    receipt: Receipt
    sponsor: Sponsor
    commitment: Commitment | None
    pays: bool


# From a receipt's currency to another, on the day the money came.
Rate = Callable[[Receipt, str], Exchange | None]


def write_payments(
    payments: Sequence[Payment], *, actor: User, rate: Rate, done: int, tell: Callable[[int], None]
) -> None:
    """Record receipts in their order and let them pay, each after those before it.

    Sponsors are locked first and their open installments next, as everybody does; what may have changed
    since the plan was made is asked again under these locks. That a reference is new is left to the
    database: when somebody recorded it meanwhile, the whole file is planned anew. Raises
    SponsorIsMerged, BooksClosed and ReceiptError.
    """
    if not payments:
        return
    lock_sponsors({payment.sponsor.pk for payment in payments})
    check_open(
        min(payment.receipt.received_on for payment in payments),
        what="A receipt",
        field="received_on",
        advice=NAMES_THE_DAY,
    )
    still = Commitment.objects.in_bulk({each.commitment.pk for each in payments if each.commitment})
    for payment in payments:
        if payment.commitment is not None:
            check_commitment(still[payment.commitment.pk], payment.sponsor)
    due = _Due(payments)
    for start in range(0, len(payments), AT_ONCE):
        batch = payments[start : start + AT_ONCE]
        with acting("receipt.record", actor=actor):
            Receipt.objects.bulk_create(payment.receipt for payment in batch)
            Allocation.objects.bulk_create(
                _allocation(payment.receipt, share, exchange, actor)
                for payment in batch
                if payment.pays
                for share, exchange in due.shares(payment, rate)
            )
        done += len(batch)
        tell(done)


def _allocation(receipt: Receipt, share: Share, exchange: Exchange | None, actor: User) -> Allocation:
    return Allocation(
        receipt=receipt,
        installment_id=share.installment,
        amount=share.amount,
        receipt_amount=share.used,
        rate=exchange.rate if exchange else None,
        rate_on=exchange.day if exchange else None,
        difference=share.difference,
        booked_on=receipt.received_on,
        allocated_by=actor,
    )


class _Due:
    """What the payments of a file may pay: read and locked once, and less with every payment."""

    def __init__(self, payments: Sequence[Payment]) -> None:
        paying = [payment for payment in payments if payment.pays]
        free = {payment.sponsor.pk for payment in paying if payment.commitment is None}
        named = {payment.commitment.pk for payment in paying if payment.commitment is not None}
        candidates = Installment.objects.open().filter(
            Q(commitment__sponsor__in=free) | Q(commitment__in=named)
        )
        locked = lock_installments(candidates.values_list("pk", flat=True))
        still = Installment.objects.filter(pk__in=locked).open().select_related("commitment")
        self._left: dict[int, Decimal] = {}
        self._of_sponsor: dict[tuple[int, str], list[Open]] = defaultdict(list)
        self._of_commitment: dict[int, list[Open]] = defaultdict(list)
        for row in still.order_by("due_on", "pk"):
            self._left[row.pk] = row.remainder
            one = Open(row.pk, row.due_on, row.remainder)
            self._of_sponsor[row.commitment.sponsor_id, row.commitment.currency].append(one)
            self._of_commitment[row.commitment_id].append(one)

    def shares(self, payment: Payment, rate: Rate) -> list[tuple[Share, Exchange | None]]:
        """Return what the payment pays, the oldest first, and take it off what is still due."""
        commitment, receipt = payment.commitment, payment.receipt
        if commitment is None:
            rows, exchange = self._of_sponsor[payment.sponsor.pk, receipt.currency], None
        else:
            rows, exchange = self._of_commitment[commitment.pk], rate(receipt, commitment.currency)
        # What is paid goes, so that many payments of one sponsor do not look at it again and again.
        rows[:] = [row for row in rows if self._left[row.pk] > 0]
        standing = [Open(row.pk, row.due_on, self._left[row.pk]) for row in rows]
        shares = oldest_first(receipt.amount, standing, exchange)
        for share in shares:
            self._left[share.installment] -= share.amount
        return [(share, exchange) for share in shares]
