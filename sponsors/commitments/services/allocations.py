"""What a receipt pays: allocations, written and taken back by rows that are never changed.

Who locks what first is said in the slice's docstring.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from foundation.audit.actions import action
from foundation.books.selectors import current_organization
from foundation.money.conversion import convert
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import Allocation, Commitment, Installment, Invoice, Receipt
from sponsors.commitments.rules import (
    FIRM,
    LARGEST_DIFFERENCE,
    CommitmentError,
    Exchange,
    NotAllowedNow,
    Open,
    Share,
    check_amount,
    oldest_first,
)
from sponsors.commitments.services.due import check_standing, no_longer_due
from sponsors.directory.models import Sponsor
from sponsors.directory.services import hold_sponsor_of


class Part(NamedTuple):
    """What one installment is paid by hand: `amount` in its currency.

    `used` is how much of the receipt that takes, in the receipt's currency; None: by the rate.
    """

    installment: Installment
    amount: Decimal
    used: Decimal | None = None


# "oldest" pays the oldest open installments first, "none" keeps all as credit, else by hand.
Allocate = Literal["oldest", "none"] | Sequence[Part]


class ReceiptError(CommitmentError):
    """A receipt or an allocation is not possible as asked."""

    code = "receipt_invalid"


@action("receipt.allocate")
def allocate_receipt(
    *,
    actor: User,
    receipt: Receipt,
    today: date,
    allocate: Literal["oldest"] | Sequence[Part] = "oldest",
    commitment: Commitment | None = None,
    invoice: Invoice | None = None,
) -> list[Allocation]:
    """Let what is left of a receipt pay installments: the oldest first, or those given; booked `today`.

    Installments of a `commitment` in another currency are paid at the reference rate of the day the
    money came; what an `invoice` of it asks for is paid first. Raises ReceiptError naming what is too
    much or does not fit, NotAllowedNow for a receipt that was reversed, and NoRate.
    """
    locked = lock_standing(receipt.pk)
    commitment = commitment_to_pay(locked.sponsor, commitment, invoice)
    booked_on = max(today, locked.received_on)
    return write_allocations(actor, locked, allocate, commitment, booked_on=booked_on, invoice=invoice)


@action("receipt.take_back")
def take_back_allocations(*, actor: User, allocations: Sequence[Allocation], today: date) -> list[Allocation]:
    """Undo allocations, each whole, by rows that name them, booked `today`; the money is credit again."""
    receipts = {allocation.receipt_id for allocation in allocations}
    if len(receipts) != 1:
        msg = "Choose one or more allocations of one receipt."
        raise ReceiptError(msg, code="allocations_of_one_receipt", field="allocations")
    lock_standing(receipts.pop())
    return take_back(actor, [allocation.pk for allocation in allocations], booked_on=today)


def lock_standing(pk: int) -> Receipt:
    """Return the receipt's locked row. Raises NotAllowedNow when it was reversed or is a reversal."""
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


def check_commitment(commitment: Commitment, sponsor: Sponsor) -> None:
    """Raise ReceiptError unless money of the sponsor may pay the commitment."""
    if commitment.sponsor_id != sponsor.pk:
        msg = f"{commitment.number} is of another sponsor. Choose a commitment of {sponsor.name}."
        raise ReceiptError(msg, code="other_sponsor", field="commitment")
    if commitment.state not in FIRM:
        msg = f"{commitment.number} is not signed, so nothing is due. Sign it first, or keep the money as credit."
        raise ReceiptError(msg, code="not_signed", field="commitment")


def commitment_to_pay(
    sponsor: Sponsor, commitment: Commitment | None, invoice: Invoice | None
) -> Commitment | None:
    """Return the only commitment that money of the sponsor pays: the chosen one, or the invoice's; None: any.

    Raises ReceiptError when it is of another sponsor, not signed, or not that of the invoice.
    """
    if invoice is not None:
        if invoice.commitment.sponsor_id != sponsor.pk:
            msg = f"{invoice} is of another sponsor. Choose an invoice of {sponsor.name}."
            raise ReceiptError(msg, code="other_sponsor", field="invoice")
        commitment = _commitment_of(invoice, commitment)
    if commitment is not None:
        check_commitment(commitment, sponsor)
    return commitment


def _commitment_of(invoice: Invoice, commitment: Commitment | None) -> Commitment:
    """Return the invoice's commitment. Raises ReceiptError when another one was chosen."""
    if commitment is not None and commitment.pk != invoice.commitment_id:
        msg = f"{invoice} is of {invoice.commitment}, not of {commitment}. Leave one of the two out."
        raise ReceiptError(msg, code="other_commitment", field="invoice")
    return invoice.commitment


def write_allocations(
    actor: User,
    receipt: Receipt,
    allocate: Allocate,
    commitment: Commitment | None,
    *,
    booked_on: date,
    invoice: Invoice | None = None,
) -> list[Allocation]:
    """Write allocations of a receipt whose row this transaction holds. "oldest" pays an `invoice` first."""
    if allocate == "none":
        return []
    left = receipt.amount - receipt.allocated
    shares = (
        _oldest(receipt, left, commitment, invoice)
        if isinstance(allocate, str)
        else _by_hand(receipt, left, allocate)
    )
    written = Allocation.objects.bulk_create(
        Allocation(
            receipt=receipt,
            installment_id=share.installment,
            amount=share.amount,
            receipt_amount=share.used,
            rate=exchange.rate if exchange else None,
            rate_on=exchange.day if exchange else None,
            difference=share.difference,
            booked_on=booked_on,
            allocated_by=actor,
        )
        for share, exchange in sorted(shares, key=lambda pair: pair[0].installment)
    )
    return list(Allocation.objects.filter(pk__in=[row.pk for row in written]).select_related("installment"))


def take_back(actor: User, pks: Sequence[int], *, booked_on: date) -> list[Allocation]:
    """Write a row that undoes each allocation of a receipt whose row this transaction holds."""
    originals = list(Allocation.objects.filter(pk__in=pks).order_by("installment_id", "pk"))
    lock_installments([row.installment_id for row in originals])
    # Read again: the receipt is locked, so nobody else is taking them back at this moment.
    standing = set(Allocation.objects.standing().filter(pk__in=pks).values_list("pk", flat=True))
    for row in originals:
        if row.pk not in standing:
            amount = money_text(abs(row.receipt_amount), row.receipt.currency)
            msg = f"The allocation of {amount} was taken back already. Choose another."
            raise NotAllowedNow(msg, code="taken_back_already", field="allocations")
    written = Allocation.objects.bulk_create(
        Allocation(
            receipt_id=row.receipt_id,
            installment_id=row.installment_id,
            amount=-row.amount,
            receipt_amount=-row.receipt_amount,
            rate=row.rate,
            rate_on=row.rate_on,
            difference=-row.difference,
            booked_on=max(booked_on, row.booked_on),
            allocated_by=actor,
            reverses=row,
        )
        for row in originals
    )
    return list(Allocation.objects.filter(pk__in=[row.pk for row in written]))


_Shares = list[tuple[Share, Exchange | None]]


def _exchange(receipt: Receipt, currency: str) -> Exchange | None:
    """Return how the receipt's money counts in the currency; None: it is the same one. Raises NoRate."""
    if currency == receipt.currency:
        return None
    one = convert(
        Decimal(1),
        source=receipt.currency,
        target=currency,
        on=receipt.received_on,
        oldest=current_organization().oldest_rate_days,
    )
    return Exchange(receipt.currency, currency, one.rate, one.day)


def _oldest(
    receipt: Receipt, left: Decimal, commitment: Commitment | None, invoice: Invoice | None
) -> _Shares:
    """Share out among the sponsor's installments in the receipt's currency, or those of the commitment.

    What the invoice asks for comes first. Raises ReceiptError when nothing of that is open.
    """
    candidates = Installment.objects.open()
    if commitment is not None:
        candidates = candidates.filter(commitment=commitment)
    else:
        candidates = candidates.filter(
            commitment__sponsor=receipt.sponsor_id, commitment__currency=receipt.currency
        )
    locked = lock_installments(candidates.values_list("pk", flat=True))
    still = Installment.objects.filter(pk__in=locked).open()
    exchange = _exchange(receipt, commitment.currency) if commitment is not None else None
    named = set(invoice.lines.filter(stands=True).values_list("installment", flat=True)) if invoice else set()
    rows = [Open(row.pk, row.due_on, row.remainder, row.pk in named) for row in still]
    if invoice and not any(row.named for row in rows):
        msg = f"Nothing of {invoice} is to be paid any more. Leave it out, or keep the money as credit."
        raise ReceiptError(msg, code="nothing_due", field="invoice")
    shares = oldest_first(left, rows, exchange)
    return [(share, exchange) for share in shares]


def _by_hand(receipt: Receipt, left: Decimal, parts: Sequence[Part]) -> _Shares:
    if not parts:
        msg = "No installment was chosen. Choose at least one and say how much of the receipt pays it."
        raise ReceiptError(msg, code="nothing_chosen", field="allocations")
    locked = lock_installments([part.installment.pk for part in parts])
    rows = {
        row.pk: row
        for row in Installment.versions.filter(pk__in=locked).with_paid().select_related("commitment")
    }
    currencies = {row.commitment.currency for row in rows.values()}
    exchanges = {currency: _exchange(receipt, currency) for currency in sorted(currencies)}
    checked: dict[int, tuple[Share, Exchange | None]] = {}
    for part in parts:
        row = rows[part.installment.pk]
        if row.pk in checked:
            msg = f"The installment {row} was given twice. Give it once with the whole amount."
            raise ReceiptError(msg, code="installment_twice", field="allocations")
        exchange = exchanges[row.commitment.currency]
        checked[row.pk] = (_check_part(receipt, row, part, exchange), exchange)
    whole = sum((share.used for share, _exchange in checked.values()), start=Decimal(0))
    if whole > left:
        msg = (
            f"The allocations sum to {money_text(whole, receipt.currency)}, but only "
            f"{money_text(left, receipt.currency)} of the receipt is left. Lower them."
        )
        raise ReceiptError(msg, code="more_than_received", field="allocations")
    return list(checked.values())


def _check_part(receipt: Receipt, row: Installment, part: Part, exchange: Exchange | None) -> Share:
    """Return what the installment gets. Raises ReceiptError when this receipt cannot pay that on it."""
    promised = row.commitment
    check_standing(row, field="allocations")
    try:
        check_commitment(promised, receipt.sponsor)
    except ReceiptError as error:
        raise ReceiptError(
            f"Installment {row}: {error.message}", code=error.code, field="allocations"
        ) from None
    if no_longer_due(row):
        why = "its invoice was credited" if row.released_on else f"{promised.number} was terminated"
        msg = f"The installment {row} is no longer due since {why}. Choose one that is open."
        raise ReceiptError(msg, code="no_longer_due", field="allocations")
    exact = check_amount(
        part.amount, promised.currency, what=f"The amount for installment {row}", field="allocations"
    )
    if exact > row.remainder:
        instead = (
            f"{money_text(row.written_off, promised.currency)} of it is written off: recover that first."
            if row.written_off
            else "Lower the amount; the rest stays as credit."
        )
        msg = (
            f"Only {money_text(row.remainder, promised.currency)} of installment {row} is still to be paid, not "
            f"{money_text(exact, promised.currency)}. {instead}"
        )
        raise ReceiptError(msg, code="more_than_due", field="allocations")
    if exchange is None:
        return _same_currency(row, part, exact)
    return _exchanged(row, part.used, exact, exchange)


def _same_currency(row: Installment, part: Part, exact: Decimal) -> Share:
    if part.used is not None and part.used != exact:
        msg = (
            f"The receipt and installment {row} are in one currency, so {exact.normalize():f} of the receipt "
            "pays it. Leave out what is used of the receipt."
        )
        raise ReceiptError(msg, code="currency_is_the_same", field="allocations")
    return Share(row.pk, exact, exact)


def _exchanged(row: Installment, used: Decimal | None, exact: Decimal, exchange: Exchange) -> Share:
    if used is None:
        used = exchange.costs(exact)
    else:
        what = f"What is used of the receipt for installment {row}"
        used = check_amount(used, exchange.source, what=what, field="allocations")
    worth = exchange.worth(used)
    if abs(worth - exact) > exact * LARGEST_DIFFERENCE:
        msg = (
            f"{money_text(used, exchange.source)} was worth {money_text(worth, exchange.target)} on "
            f"{exchange.day}, at {exchange.rate.normalize():f}. To pay {money_text(exact, exchange.target)} of "
            f"installment {row} with it would leave a difference of more than a fifth. Correct one of the two."
        )
        raise ReceiptError(msg, code="difference_too_large", field="allocations")
    return Share(row.pk, exact, used, worth - exact)


def lock_installments(pks: Iterable[int]) -> list[int]:
    """Lock the rows in order of their primary key and return the keys."""
    rows = Installment.versions.filter(pk__in=pks).order_by("pk").select_for_update()
    return list(rows.values_list("pk", flat=True))
