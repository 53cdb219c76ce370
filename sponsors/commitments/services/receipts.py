"""Money received: recorded once, allocated to installments, taken back and reversed by further rows.

Who locks what first is said in the slice's docstring.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from foundation.audit.actions import action
from foundation.books.closing import NAMES_THE_DAY, check_open, open_from
from foundation.money.display import money_text
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.commitments.models import Allocation, Commitment, Invoice, Receipt
from sponsors.commitments.rules import NotAllowedNow, check_amount
from sponsors.commitments.services.allocations import (
    Allocate,
    ReceiptError,
    commitment_to_pay,
    lock_standing,
    take_back,
    write_allocations,
)
from sponsors.commitments.services.billing import payment_contact
from sponsors.commitments.services.values import check_currency, check_length, check_text
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY
from sponsors.directory.services import lock_sponsor

_SOURCE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


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
    invoice: Invoice | None = None,
    acknowledge: bool = False,
    corrects_on: date | None = None,
) -> Recorded:
    """Record money received and say what it pays; what is left is the sponsor's credit.

    `commitment` restricts "oldest" to its installments; they may be in another currency, and are paid
    at the reference rate of `received_on`; what an `invoice` of it asks for is paid first. `corrects_on`
    is the closed day on which the money came, when it is recorded late in the open time. An acknowledgment goes to the billing contact, else the
    primary one; without an address nothing is mailed.
    Raises ReceiptError naming the field, NotAllowedNow when the sponsor was merged, BooksClosed, and
    NoRate.
    """
    sponsor = lock_sponsor(sponsor)
    check_currency(currency)
    exact = check_amount(amount, currency, what="The amount", field="amount")
    check_received_on(received_on, today)
    check_open(received_on, what="A receipt", field="received_on", advice=NAMES_THE_DAY)
    if corrects_on is not None:
        check_correction(corrects_on, received_on, open_from())
    check_method(method)
    source = check_source(source)
    reference = check_text(reference, "reference", "reference", longest=100)
    _check_reference_is_new(source, reference)
    commitment = commitment_to_pay(sponsor, commitment, invoice)
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
        corrects_on=corrects_on,
    )
    allocations = write_allocations(
        actor, receipt, allocate, commitment, booked_on=received_on, invoice=invoice
    )
    receipt.refresh_from_db()
    mailed = _acknowledge(actor, receipt, allocations, today) if acknowledge else None
    return Recorded(receipt, allocations, mailed)


@action("receipt.reverse")
def reverse_receipt(*, actor: User, receipt: Receipt, reason: str, today: date) -> Receipt:
    """Undo a receipt by a row that names it, dated `today`; what it paid is open again.

    Raises NotAllowedNow when it is reversed already.
    """
    locked = lock_standing(receipt.pk)
    note = check_text(reason, "reason", "reason", longest=300)
    day = max(today, locked.received_on)
    check_open(day, what="A reversal", field="received_on")
    take_back(actor, list(locked.allocations.standing().values_list("pk", flat=True)), booked_on=day)
    reversal = Receipt.objects.create(
        sponsor=locked.sponsor,
        received_on=day,
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


def check_received_on(day: date, today: date) -> None:
    """Raise ReceiptError for a day on which no money can have come."""
    if day > today:
        msg = f"The date {day} is after today, {today}. Correct it."
        raise ReceiptError(msg, code="received_in_the_future", field="received_on")
    if day < EARLIEST_DAY:
        msg = f"The date {day} is before 1990. Correct its year."
        raise ReceiptError(msg, code="date_out_of_reach", field="received_on")


def check_method(method: str) -> None:
    if method not in Receipt.Method.values:
        msg = f"The method is unknown. Choose one of {', '.join(Receipt.Method.values)}."
        raise ReceiptError(msg, code="unknown_method", field="method")


def check_source(source: str) -> str:
    """Return the source as it is kept. Raises CommitmentError for what is no plain name."""
    source = check_text(source, "source", "source", longest=40).lower()
    if not _SOURCE.fullmatch(source):
        msg = "The source may hold letters, digits and hyphens, such as bank or stripe. Correct it."
        raise ReceiptError(msg, code="source_invalid", field="source")
    return source


def check_correction(
    corrects_on: date, dated: date, first: date | None, *, what: str = "the receipt"
) -> None:
    """Raise ReceiptError unless the corrected day is closed: before `first`, the first open day."""
    if first is None or corrects_on >= first or corrects_on < EARLIEST_DAY:
        closed = f"closed up to and including {first - timedelta(days=1)}" if first else "not closed"
        msg = (
            f"{corrects_on} is not a closed day: the books are {closed}. Date {what} {corrects_on} and "
            "leave the corrected day empty."
        )
        raise ReceiptError(msg, code="corrects_an_open_day", field="corrects_on")
    assert corrects_on < dated  # the one is closed, the other open


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


def _acknowledge(actor: User, receipt: Receipt, allocations: Sequence[Allocation], today: date) -> str | None:
    """Queue a mail of thanks, and return its address; None when nobody has one."""
    contact = payment_contact(receipt.sponsor, today)
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
                (row.installment, money_text(row.amount, row.installment.commitment.currency))
                for row in paid.select_related("installment__commitment")
            ],
            "credit": money_text(credit, receipt.currency) if credit else "",
        },
        about=receipt,
    )
    return str(contact.email)
