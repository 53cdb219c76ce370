"""The PDFs of this slice: what stands on an invoice and a credit note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.books.models import Organization
from foundation.documents.rendering import Value, day_text, number_text, render_pdf
from foundation.money.rules import decimals

if TYPE_CHECKING:  # the selectors import the services, and the services this
    from sponsors.commitments.selectors.statement import Account, Statement

_LAYOUTS = Path(__file__).parent / "layouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """Whom an invoice is made out to."""

    name: str
    address: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class LineOnPaper:
    due_on: date
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceOnPaper:
    """What an invoice says; without a number it is a preview."""

    number: str
    commitment: str
    currency: str
    issued_on: date
    due_on: date
    billing: Billing
    lines: Sequence[LineOnPaper]
    total: Decimal
    purchase_order: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteOnPaper:
    number: str
    invoice: str
    invoice_issued_on: date
    commitment: str
    currency: str
    issued_on: date
    billing: Billing
    amount: Decimal
    reason: str
    purchase_order: str = ""


def invoice_pdf(organization: Organization, invoice: InvoiceOnPaper) -> bytes:
    """Return the invoice as PDF; the same invoice gives the same bytes."""
    number = invoice.number or "not issued yet"
    return _render(
        organization,
        issued_on=invoice.issued_on,
        billing=invoice.billing,
        currency=invoice.currency,
        title=f"Invoice {invoice.number}" if invoice.number else "Preview of an invoice",
        intro="",
        facts=[
            ("Invoice number", number),
            ("Invoice date", day_text(invoice.issued_on)),
            ("Due date", day_text(invoice.due_on)),
            ("Commitment", invoice.commitment),
            ("Purchase order", invoice.purchase_order),
        ],
        head=("Due on", "For"),
        rows=[(day_text(line.due_on), line.description, line.amount) for line in invoice.lines],
        total=invoice.total,
        note=invoice.note,
        pay=_how_to_pay(organization, invoice.number or "the invoice number"),
    )


def credit_note_pdf(organization: Organization, note: CreditNoteOnPaper) -> bytes:
    """Return the credit note as PDF."""
    return _render(
        organization,
        issued_on=note.issued_on,
        billing=note.billing,
        currency=note.currency,
        title=f"Credit note {note.number}",
        intro=f"This takes back the following of invoice {note.invoice} of {day_text(note.invoice_issued_on)}.",
        facts=[
            ("Credit note number", note.number),
            ("Date", day_text(note.issued_on)),
            ("Invoice", note.invoice),
            ("Commitment", note.commitment),
            ("Purchase order", note.purchase_order),
        ],
        head=("Invoice", "Reason"),
        rows=[(note.invoice, note.reason, note.amount)],
        total=note.amount,
        note="",
        pay="",
    )


def statement_pdf(organization: Organization, account: "Statement") -> bytes:
    """Return the statement as PDF."""
    data: Mapping[str, Value] = {
        "title": "Statement of account",
        "organization": letterhead(organization),
        "to": account.sponsor.legal_name or account.sponsor.name,
        "facts": [["From", day_text(account.first)], ["To", day_text(account.last)]],
        "head": ["Date", "What", "Details", "Amount", "Balance"],
        "accounts": [_account(part, account) for part in account.accounts],
        "remark": "Amounts are owed to us; with a minus sign they are paid or kept for you as credit. What falls due "
        "after the last day is not listed.",
    }
    return render_pdf(layout("statement"), data, made_at=made_at(account.last))


def _account(part: "Account", account: "Statement") -> Mapping[str, Value]:
    places = decimals(part.currency)
    rows = [
        [
            day_text(entry.on),
            str(entry.kind.label),
            entry.text,
            "" if entry.amount is None else number_text(entry.amount, places),
            number_text(entry.balance, places),
        ]
        for entry in part.entries
    ]
    opening = [day_text(account.first), "", "Opening balance", "", number_text(part.opening, places)]
    return {
        "currency": part.currency,
        "rows": [opening, *rows],
        "total": [
            day_text(account.last),
            "",
            f"Closing balance in {part.currency}",
            "",
            number_text(part.closing, places),
        ],
    }


def letterhead(organization: Organization) -> Mapping[str, Value]:
    """Return what stands at the head and foot of every paper."""
    foot = (
        organization.legal_name or organization.name,
        f"Tax ID {organization.tax_id}" if organization.tax_id else "",
        organization.website,
        organization.contact_email,
    )
    return {
        "name": organization.name,
        "address": organization.address,
        "footer": " · ".join(part for part in foot if part),
    }


def made_at(day: date) -> datetime:
    """Return the moment that stands in the file: the same day gives the same bytes."""
    return datetime.combine(day, time(), tzinfo=UTC)


def layout(name: str) -> Path:
    return _LAYOUTS / f"{name}.typ"


def _render(
    organization: Organization,
    *,
    issued_on: date,
    billing: Billing,
    currency: str,
    title: str,
    intro: str,
    facts: Sequence[tuple[str, str]],
    head: tuple[str, str],
    rows: Sequence[tuple[str, str, Decimal]],
    total: Decimal,
    note: str,
    pay: str,
) -> bytes:
    places = decimals(currency)
    data: Mapping[str, Value] = {
        "title": title,
        "organization": letterhead(organization),
        "to": {"name": billing.name, "address": billing.address},
        "facts": [[word, value] for word, value in facts if value],
        "intro": intro,
        "head": [*head, f"Amount in {currency}"],
        "rows": [[first, second, number_text(amount, places)] for first, second, amount in rows],
        "total": ["", f"Total in {currency}", number_text(total, places)],
        "note": note,
        "pay": pay,
    }
    # A number is given for good: better no invoice than one with a box for a letter.
    return render_pdf(layout("invoice"), data, made_at=made_at(issued_on), archival=True)


def _how_to_pay(organization: Organization, number: str) -> str:
    quote = f"Please quote {number} with your payment."
    if organization.payment_instructions:
        return f"{organization.payment_instructions}\n{quote}"
    ask = (
        f" Write to {organization.contact_email} for our bank details." if organization.contact_email else ""
    )
    return quote + ask
