"""Money received: recorded once, allocated to installments, taken back and reversed by further rows.

Who locks what first is said in the slice's docstring.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db import connection

from foundation.audit.actions import action
from foundation.money.display import money_text
from foundation.money.rules import currency_codes
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.commitments.models import Allocation, Commitment, Installment, Receipt
from sponsors.commitments.rules import (
    FIRM,
    CommitmentError,
    NotAllowedNow,
    Open,
    State,
    check_amount,
    oldest_first,
)
from sponsors.commitments.services.values import check_length, check_text
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.rules import EARLIEST_DAY
from sponsors.directory.services import hold_sponsor_of, lock_sponsor

Part = tuple[Installment, Decimal]
# "oldest" pays the oldest open installments first, "none" keeps all as credit, else by hand.
Allocate = Literal["oldest", "none"] | Sequence[Part]

_SOURCE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class ReceiptError(CommitmentError):
    """A receipt or an allocation is not possible as asked."""

    code = "receipt_invalid"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A receipt, what it pays, and where its acknowledgment is mailed; None: nobody is mailed."""

    receipt: Receipt
    allocations: list[Allocation]
    acknowledged_to: str | None


@action("receipt.record")
def record_receipt(
    *,
    actor: User,
    sponsor: Sponsor,
    amount: Decimal,
    currency: str,
    received_on: date,
    method: str,
    source: str,
    reference: str,
    today: date,
    payer: str = "",
    note: str = "",
    allocate: Allocate = "oldest",
    commitment: Commitment | None = None,
    acknowledge: bool = False,
) -> Recorded:
    """Record money received and say what it pays; what is left is the sponsor's credit.

    `commitment` restricts "oldest" to its installments. An acknowledgment goes to the billing
    contact, else the primary one; without an address nothing is mailed.
    Raises ReceiptError naming the field, and NotAllowedNow when the sponsor was merged.
    """
    sponsor = lock_sponsor(sponsor)
    if currency not in currency_codes():
        msg = "The currency is not an ISO 4217 code. Choose one such as USD or EUR."
        raise ReceiptError(msg, code="unknown_currency", field="currency")
    exact = check_amount(amount, currency, what="The amount", field="amount")
    if received_on > today:
        msg = f"The date {received_on} is after today, {today}. Correct it."
        raise ReceiptError(msg, code="received_in_the_future", field="received_on")
    if received_on < EARLIEST_DAY:
        msg = f"The date {received_on} is before 1990. Correct its year."
        raise ReceiptError(msg, code="date_out_of_reach", field="received_on")
    if method not in Receipt.Method.values:
        msg = f"The method is unknown. Choose one of {', '.join(Receipt.Method.values)}."
        raise ReceiptError(msg, code="unknown_method", field="method")
    source = check_text(source, "source", "source", longest=40).lower()
    if not _SOURCE.fullmatch(source):
        msg = "The source may hold letters, digits and hyphens, such as bank or stripe. Correct it."
        raise ReceiptError(msg, code="source_invalid", field="source")
    reference = check_text(reference, "reference", "reference", longest=100)
    _check_reference_is_new(source, reference)
    if commitment is not None:
        _check_commitment(commitment, sponsor, currency)
    receipt = Receipt.objects.create(
        sponsor=sponsor,
        received_on=received_on,
        amount=exact,
        currency=currency,
        method=method,
        source=source,
        reference=reference,
        payer=check_length(payer.strip(), "payer", "payer", longest=200),
        note=check_length(note.strip(), "note", "note", longest=300),
        recorded_by=actor,
    )
    allocations = _allocate(actor, receipt, allocate, commitment)
    receipt.refresh_from_db()
    mailed = _acknowledge(actor, receipt, allocations, today) if acknowledge else None
    return Recorded(receipt, allocations, mailed)


@action("receipt.allocate")
def allocate_receipt(
    *,
    actor: User,
    receipt: Receipt,
    allocate: Literal["oldest"] | Sequence[Part] = "oldest",
    commitment: Commitment | None = None,
) -> list[Allocation]:
    """Let what is left of a receipt pay installments: the oldest first, or those given.

    Raises ReceiptError naming what is too much or does not fit, and NotAllowedNow for a receipt
    that was reversed.
    """
    locked = _lock_standing(receipt.pk)
    if commitment is not None:
        _check_commitment(commitment, locked.sponsor, locked.currency)
    return _allocate(actor, locked, allocate, commitment)


@action("receipt.take_back")
def take_back_allocations(*, actor: User, allocations: Sequence[Allocation]) -> list[Allocation]:
    """Undo allocations, each whole, by rows that name them; the money is credit again."""
    receipts = {allocation.receipt_id for allocation in allocations}
    if len(receipts) != 1:
        msg = "Choose one or more allocations of one receipt."
        raise ReceiptError(msg, code="allocations_of_one_receipt", field="allocations")
    _lock_standing(receipts.pop())
    return _take_back(actor, [allocation.pk for allocation in allocations])


@action("receipt.reverse")
def reverse_receipt(*, actor: User, receipt: Receipt, reason: str, today: date) -> Receipt:
    """Undo a receipt by a row that names it, dated `today`; what it paid is open again.

    Raises NotAllowedNow when it is reversed already.
    """
    locked = _lock_standing(receipt.pk)
    note = check_text(reason, "reason", "reason", longest=300)
    _take_back(actor, list(locked.allocations.standing().values_list("pk", flat=True)))
    reversal = Receipt.objects.create(
        sponsor=locked.sponsor,
        received_on=max(today, locked.received_on),
        amount=-locked.amount,
        currency=locked.currency,
        method=locked.method,
        source=locked.source,
        reference=locked.reference,
        payer=locked.payer,
        note=note,
        recorded_by=actor,
        reverses=locked,
    )
    reversal.refresh_from_db()
    return reversal


def _lock_standing(pk: int) -> Receipt:
    hold_sponsor_of(Receipt, pk)
    locked = Receipt.objects.select_for_update().get(pk=pk)
    if locked.reverses_id is not None:
        msg = f"This row reverses the receipt {locked}; it pays nothing itself. Choose another receipt."
        raise NotAllowedNow(msg, code="receipt_is_a_reversal", field="receipt")
    if locked.is_reversed:
        msg = (
            f"The receipt {locked} was reversed and pays nothing any more. Record the money again if it came."
        )
        raise NotAllowedNow(msg, code="receipt_reversed", field="receipt")
    return locked


def _check_reference_is_new(source: str, reference: str) -> None:
    """Raise NotAllowedNow naming the earlier receipt; a second writer of the same waits here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"receipt {source} {reference}"]
        )
    earlier = (
        Receipt.objects.standing()
        .filter(source=source, reference=reference)
        .select_related("sponsor")
        .first()
    )
    if earlier is not None:
        amount = money_text(earlier.amount, earlier.currency)
        msg = (
            f"{source} {reference} is recorded already: {amount} from {earlier.sponsor.name} on "
            f"{earlier.received_on}. Check the reference, or reverse that receipt first."
        )
        raise NotAllowedNow(msg, code="reference_exists", field="reference")


def _check_commitment(commitment: Commitment, sponsor: Sponsor, currency: str) -> None:
    """Raise ReceiptError unless money of the sponsor in the currency may pay the commitment."""
    if commitment.sponsor_id != sponsor.pk:
        msg = f"{commitment.number} is of another sponsor. Choose a commitment of {sponsor.name}."
        raise ReceiptError(msg, code="other_sponsor", field="commitment")
    if commitment.currency != currency:
        msg = (
            f"{commitment.number} is in {commitment.currency}, but the receipt in {currency}. "
            f"Choose a commitment in {currency}."
        )
        raise ReceiptError(msg, code="currency_mismatch", field="commitment")
    if commitment.state not in FIRM:
        msg = f"{commitment.number} is not signed, so nothing is due. Sign it first, or keep the money as credit."
        raise ReceiptError(msg, code="not_signed", field="commitment")


def _allocate(
    actor: User, receipt: Receipt, allocate: Allocate, commitment: Commitment | None
) -> list[Allocation]:
    """Write allocations of a receipt whose row this transaction holds."""
    if allocate == "none":
        return []
    left = receipt.amount - receipt.allocated
    parts = _oldest(receipt, left, commitment) if allocate == "oldest" else _by_hand(receipt, left, allocate)
    written = Allocation.objects.bulk_create(
        Allocation(receipt=receipt, installment_id=pk, amount=amount, allocated_by=actor)
        for pk, amount in sorted(parts)
    )
    return list(Allocation.objects.filter(pk__in=[row.pk for row in written]).select_related("installment"))


def _oldest(receipt: Receipt, left: Decimal, commitment: Commitment | None) -> list[tuple[int, Decimal]]:
    candidates = Installment.objects.filter(
        commitment__sponsor=receipt.sponsor_id, commitment__currency=receipt.currency
    ).open()
    if commitment is not None:
        candidates = candidates.filter(commitment=commitment)
    locked = _lock_installments(candidates.values_list("pk", flat=True))
    still = Installment.objects.filter(pk__in=locked).open()
    return oldest_first(left, [Open(row.pk, row.due_on, row.remainder) for row in still])


def _by_hand(receipt: Receipt, left: Decimal, parts: Sequence[Part]) -> list[tuple[int, Decimal]]:
    if not parts:
        msg = "No installment was chosen. Choose at least one and say how much of the receipt pays it."
        raise ReceiptError(msg, code="nothing_chosen", field="allocations")
    locked = _lock_installments([installment.pk for installment, _amount in parts])
    rows = {
        row.pk: row
        for row in Installment.objects.filter(pk__in=locked).with_paid().select_related("commitment")
    }
    checked: dict[int, Decimal] = {}
    for installment, amount in parts:
        row = rows[installment.pk]
        if row.pk in checked:
            msg = f"The installment {row} was given twice. Give it once with the whole amount."
            raise ReceiptError(msg, code="installment_twice", field="allocations")
        checked[row.pk] = _check_part(receipt, row, row.remainder, amount)
    whole = sum(checked.values(), start=Decimal(0))
    if whole > left:
        msg = (
            f"The allocations sum to {money_text(whole, receipt.currency)}, but only "
            f"{money_text(left, receipt.currency)} of the receipt is left. Lower them."
        )
        raise ReceiptError(msg, code="more_than_received", field="allocations")
    return list(checked.items())


def _check_part(receipt: Receipt, row: Installment, remainder: Decimal, amount: Decimal) -> Decimal:
    """Return the exact amount. Raises ReceiptError when this receipt cannot pay it on this installment."""
    promised = row.commitment
    try:
        _check_commitment(promised, receipt.sponsor, receipt.currency)
    except ReceiptError as error:
        raise ReceiptError(
            f"Installment {row}: {error.message}", code=error.code, field="allocations"
        ) from None
    if promised.state == State.TERMINATED and promised.closed_on and row.due_on >= promised.closed_on:
        msg = (
            f"The installment {row} is no longer due since {promised.number} was terminated. "
            "Choose one that fell due before."
        )
        raise ReceiptError(msg, code="no_longer_due", field="allocations")
    exact = check_amount(
        amount, receipt.currency, what=f"The amount for installment {row}", field="allocations"
    )
    if exact > remainder:
        msg = (
            f"Only {money_text(remainder, receipt.currency)} of installment {row} is still to be paid, not "
            f"{money_text(exact, receipt.currency)}. Lower the amount; the rest stays as credit."
        )
        raise ReceiptError(msg, code="more_than_due", field="allocations")
    return exact


def _lock_installments(pks: Iterable[int]) -> list[int]:
    """Lock the rows in order of their primary key and return the keys."""
    rows = Installment.objects.filter(pk__in=pks).order_by("pk").select_for_update()
    return list(rows.values_list("pk", flat=True))


def _take_back(actor: User, pks: Sequence[int]) -> list[Allocation]:
    originals = list(Allocation.objects.filter(pk__in=pks).order_by("installment_id", "pk"))
    _lock_installments([row.installment_id for row in originals])
    # Read again: the receipt is locked, so nobody else is taking them back at this moment.
    standing = set(Allocation.objects.standing().filter(pk__in=pks).values_list("pk", flat=True))
    for row in originals:
        if row.pk not in standing:
            amount = money_text(abs(row.amount), row.receipt.currency)
            msg = f"The allocation of {amount} was taken back already. Choose another."
            raise NotAllowedNow(msg, code="taken_back_already", field="allocations")
    written = Allocation.objects.bulk_create(
        Allocation(
            receipt_id=row.receipt_id,
            installment_id=row.installment_id,
            amount=-row.amount,
            allocated_by=actor,
            reverses=row,
        )
        for row in originals
    )
    return list(Allocation.objects.filter(pk__in=[row.pk for row in written]))


def _acknowledge(actor: User, receipt: Receipt, allocations: Sequence[Allocation], today: date) -> str | None:
    """Queue a mail of thanks, and return its address; None when nobody has one."""
    reachable = receipt.sponsor.contacts.present(today).exclude(email="")
    contact = (
        reachable.with_role(Contact.Role.BILLING).first() or reachable.with_role(Contact.Role.PRIMARY).first()
    )
    if contact is None:
        return None
    paid = Allocation.objects.filter(pk__in=[row.pk for row in allocations])
    credit = receipt.amount - receipt.allocated
    queue_notice(
        actor=actor,
        kind="receipt_acknowledgment",
        key=f"receipt_acknowledgment:{receipt.pk}",
        recipient=contact.email,
        subject=f"We received {money_text(receipt.amount, receipt.currency)}: thank you",
        template="receipt_acknowledgment",
        context={
            "contact": contact,
            "receipt": receipt,
            "amount": money_text(receipt.amount, receipt.currency),
            "parts": [
                (row.installment, money_text(row.amount, receipt.currency))
                for row in paid.select_related("installment__commitment")
            ],
            "credit": money_text(credit, receipt.currency) if credit else "",
        },
        about=receipt,
    )
    return str(contact.email)
