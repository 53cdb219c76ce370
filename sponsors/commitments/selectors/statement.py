"""The statement of account of a sponsor: what fell due, what was asked for, what came, and the balance.

Debt is what installments say: each is charged on the day it falls due, and taken off again on the day on
which an amendment replaces it or, a charge, a credit note releases it. Invoices and credit notes ask for
it and take the asking back; they are listed and move no balance.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import TextChoices

from foundation.money.display import money_text
from sponsors.commitments.models import (
    Allocation,
    Amendment,
    CreditNote,
    Installment,
    Invoice,
    Receipt,
    WriteOff,
)
from sponsors.commitments.rules import WriteOffState
from sponsors.directory.models import Sponsor


class EntryKind(TextChoices):
    """What stands on a statement."""

    DUE = "due", "Due"
    RELEASE = "release", "No longer due"
    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"
    RECEIPT = "receipt", "Receipt"
    REVERSAL = "reversal", "Reversal"
    WRITE_OFF = "write_off", "Write-off"
    RECOVERY = "recovery", "Recovery"
    EXCHANGE = "exchange", "Other currency"


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One row: `amount` is added to what the sponsor owes; None moves nothing.

    `reason` is why something was written off or recovered, in words meant for us and not for the sponsor.
    """

    on: date
    kind: EntryKind
    text: str
    amount: Decimal | None
    balance: Decimal
    reason: str = ""

    @property
    def text_for_us(self) -> str:
        return f"{self.text}: {self.reason}" if self.reason else self.text


@dataclass(frozen=True, slots=True)
class Account:
    """One currency of a statement. A balance below zero is the sponsor's credit."""

    currency: str
    opening: Decimal
    entries: tuple[StatementEntry, ...]
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """From the first to the last day, both included."""

    sponsor: Sponsor
    first: date
    last: date
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class _Fact:
    on: date
    kind: EntryKind
    currency: str
    text: str
    amount: Decimal | None = None
    reason: str = ""


_ORDER = {kind: number for number, kind in enumerate(EntryKind)}


def statement(sponsor: Sponsor, first: date, last: date) -> Statement:
    """Return the sponsor's statement for the days, one account a currency it ever had. Six queries.

    The same days give the same statement whenever it is asked for, as long as nothing is dated back.
    """
    by_currency: dict[str, list[_Fact]] = defaultdict(list)
    for fact in _facts(sponsor, last):
        by_currency[fact.currency].append(fact)
    accounts = tuple(_account(currency, facts, first) for currency, facts in sorted(by_currency.items()))
    return Statement(sponsor, first, last, accounts)


def _account(currency: str, facts: list[_Fact], first: date) -> Account:
    opening = sum((fact.amount or Decimal(0) for fact in facts if fact.on < first), start=Decimal(0))
    balance = opening
    entries = []
    for fact in sorted(facts, key=lambda fact: (fact.on, _ORDER[fact.kind])):
        if fact.on >= first:
            balance += fact.amount or Decimal(0)
            entries.append(StatementEntry(fact.on, fact.kind, fact.text, fact.amount, balance, fact.reason))
    return Account(currency, opening, tuple(entries), balance)


def _facts(sponsor: Sponsor, last: date) -> Iterator[_Fact]:
    charged = _charged(sponsor, last)
    for row, begins, ends in charged.values():
        text = f"{row}, {row.description or row.commitment.title}"
        yield _Fact(begins, EntryKind.DUE, row.commitment.currency, text, row.amount)
        if ends <= last:
            yield _Fact(ends, EntryKind.RELEASE, row.commitment.currency, text, -row.amount)
    yield from _papers(sponsor, last)
    for receipt in Receipt.objects.filter(sponsor=sponsor, received_on__lte=last).order_by("pk"):
        kind = EntryKind.REVERSAL if receipt.reverses_id else EntryKind.RECEIPT
        text = f"{receipt}, came on {receipt.corrects_on}" if receipt.corrects_on else str(receipt)
        yield _Fact(receipt.received_on, kind, receipt.currency, text, -receipt.amount)
    written_off = WriteOff.objects.filter(
        installment__commitment__sponsor=sponsor, state=WriteOffState.APPROVED, booked_on__lte=last
    )
    for entry in written_off.order_by("pk"):
        if entry.installment_id in charged:  # else there is nothing here that it could lessen
            assert entry.booked_on is not None  # it is approved
            row, begins, _ends = charged[entry.installment_id]
            kind = EntryKind.RECOVERY if entry.recovers_id else EntryKind.WRITE_OFF
            # Of what was not due yet it counts from the day on which that would have fallen due.
            on = max(entry.booked_on, begins)
            yield _Fact(on, kind, row.commitment.currency, str(row), -entry.amount, entry.reason)
    yield from _exchanged(sponsor, last)


def _charged(sponsor: Sponsor, last: date) -> dict[int, tuple[Installment, date, date]]:
    """Return what fell due, the day it did, and the day an amendment or a credit note took it away."""
    found = {}
    rows = Installment.versions.ever_firm().filter(commitment__sponsor=sponsor, due_on__lte=last)
    for row in rows.select_related("commitment", "added_by", "removed_by").order_by("pk"):
        assert row.commitment.signed_on is not None  # it is firm
        begins = max(row.due_on, row.commitment.signed_on, *_days(row.added_by))
        ends = min((*_days(row.removed_by), row.released_on or date.max))
        if begins <= last and begins < ends:
            found[row.pk] = (row, begins, ends)
    return found


def _days(amendment: Amendment | None) -> list[date]:
    return [amendment.effective_on] if amendment else []


def _papers(sponsor: Sponsor, last: date) -> Iterator[_Fact]:
    invoices = Invoice.objects.filter(commitment__sponsor=sponsor, issued_on__lte=last)
    for invoice in invoices.select_related("commitment").order_by("pk"):
        currency = invoice.commitment.currency
        text = f"{invoice} asks for {money_text(invoice.total, currency)} by {invoice.due_on}"
        yield _Fact(invoice.issued_on, EntryKind.INVOICE, currency, text)
    notes = CreditNote.objects.filter(invoice__commitment__sponsor=sponsor, issued_on__lte=last)
    for note in notes.select_related("invoice__commitment").order_by("pk"):
        currency = note.invoice.commitment.currency
        text = f"{note} takes back {money_text(note.amount, currency)} of {note.invoice}"
        yield _Fact(note.issued_on, EntryKind.CREDIT_NOTE, currency, text)


def _exchanged(sponsor: Sponsor, last: date) -> Iterator[_Fact]:
    """Money that pays in another currency leaves one account and comes into the other."""
    rows = Allocation.objects.filter(receipt__sponsor=sponsor, rate__isnull=False, booked_on__lte=last)
    for row in rows.select_related("receipt", "installment__commitment").order_by("pk"):
        paid, used = row.installment.commitment.currency, row.receipt.currency
        text = f"{row.receipt} for {row.installment}, at {row.rate_text}"
        yield _Fact(row.booked_on, EntryKind.EXCHANGE, used, f"{text}, to {paid}", row.receipt_amount)
        yield _Fact(row.booked_on, EntryKind.EXCHANGE, paid, f"{text}, from {used}", -row.amount)
