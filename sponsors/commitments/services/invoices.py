"""Asking for money: invoices issued at once, credited by further rows, and mailed with their PDF.

A number is taken in the transaction that keeps the invoice, so that none is ever left out. Who locks
what first is said in the slice's docstring.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.books.closing import check_open
from foundation.books.numbers import next_number
from foundation.books.rules import fiscal_year_of
from foundation.books.selectors import current_organization
from foundation.documents.rendering import day_text
from foundation.documents.services import keep_document
from foundation.money.display import money_text
from foundation.notices.models import Notice
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CreditNote, Installment, Invoice, InvoiceLine
from sponsors.commitments.papers import (
    Billing,
    CreditNoteOnPaper,
    InvoiceOnPaper,
    LineOnPaper,
    credit_note_pdf,
    invoice_pdf,
)
from sponsors.commitments.rules import CommitmentError, NotAllowedNow, check_amount, check_credit, due_day
from sponsors.commitments.services.billing import billing_of, check_billing, check_email
from sponsors.commitments.services.charges import (
    FreeLine,
    charges_for,
    check_free_lines,
    check_release,
    lock_charges,
)
from sponsors.commitments.services.due import check_due, remainder_of
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.values import check_length, check_text
from sponsors.commitments.services.waiting import check_stays
from sponsors.directory.services import hold_sponsor_of

INVOICES, CREDIT_NOTES = "INV", "CN"
_Lines = list[tuple[Installment, LineOnPaper]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRequest:
    """What is to be asked for: installments, and free lines that become charges, due with the invoice.

    Without `billing` the sponsor's own, without `due_on` the first due date of the installments.
    """

    commitment: Commitment
    installments: Sequence[Installment] = ()
    free_lines: Sequence[FreeLine] = ()
    due_on: date | None = None
    billing: Billing | None = None
    purchase_order: str = ""
    note: str = ""


@action("invoice.preview")
def preview_invoice(*, actor: User, request: InvoiceRequest, today: date) -> bytes:
    """Return the PDF as it would be issued today, without a number; nothing is written.

    Raises what issue_invoice raises.
    """
    paper, _lines = _check(request, today)
    return invoice_pdf(current_organization(), paper)


@action("invoice.issue")
def issue_invoice(*, actor: User, request: InvoiceRequest, today: date, mail: bool = False) -> Invoice:
    """Ask for all that is still to be paid of the installments, and for the free lines; dated `today`.

    With `mail` its PDF goes to the billing address. Raises CommitmentError naming the field,
    NotAllowedNow when nothing is due, another invoice asks for it or an approved amendment takes it away,
    and BooksClosed.
    """
    paper, lines = _check(request, today)
    if mail and not paper.billing.email:
        msg = "There is no address to mail the invoice to. Enter the billing email, or do not mail it."
        raise CommitmentError(msg, code="required", field="billing_email")
    numbered = replace(paper, number=_next_number(INVOICES, today))
    invoice = Invoice.objects.create(
        number=numbered.number,
        commitment=request.commitment,
        issued_on=today,
        due_on=numbered.due_on,
        billing_name=numbered.billing.name,
        billing_address=numbered.billing.address,
        billing_email=numbered.billing.email,
        purchase_order=numbered.purchase_order,
        note=numbered.note,
        total=numbered.total,
        document=keep_document(
            actor=actor,
            title=f"Invoice {numbered.number}",
            content=invoice_pdf(current_organization(), numbered),
        ),
        issued_by=actor,
    )
    Installment.objects.bulk_create(row for row, _line in lines if row.pk is None)
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            installment=installment,
            description=line.description,
            amount=line.amount,
            paid_before=installment.paid,
        )
        for position, (installment, line) in enumerate(lines, start=1)
    )
    invoice.refresh_from_db()
    if mail:
        _mail(actor, invoice, invoice.billing_email)
    return invoice


@action("invoice.mail")
def mail_invoice(*, actor: User, invoice: Invoice, recipient: str) -> Notice:
    """Mail the invoice as it was issued, also once more. Raises CommitmentError for no address."""
    hold_sponsor_of(Commitment, invoice.commitment_id)
    return _mail(actor, invoice, check_email(recipient.strip(), field="recipient"))


@action("invoice.credit")
def credit_invoice(
    *,
    actor: User,
    invoice: Invoice,
    reason: str,
    today: date,
    amount: Decimal | None = None,
    mail: bool = False,
) -> CreditNote:
    """Take back an amount of the invoice, else all that is left of it, by a credit note dated `today`.

    Credited in full, its installments may be invoiced again, and its charges are released. What is
    promised stays due: a credit note takes back the asking. Raises CommitmentError for more than the
    invoice, NotAllowedNow when it is credited in full or money is on a charge that would go, and
    BooksClosed.
    """
    hold_sponsor_of(Commitment, invoice.commitment_id)
    charges = lock_charges(invoice)
    locked = Invoice.objects.select_for_update(of=("self",)).select_related("commitment").get(pk=invoice.pk)
    currency = locked.commitment.currency
    left = locked.total - locked.credited
    exact = check_credit(left if amount is None else amount, locked.total, locked.credited, currency)
    if exact == left:
        check_release(charges, locked.commitment)
    reason = check_text(reason, "reason", "reason", longest=300)
    day = max(today, locked.issued_on)
    check_open(day, what="A credit note", field="issued_on")
    if mail and not locked.billing_email:
        msg = "The invoice has no billing email to mail the credit note to. Credit it without mail."
        raise CommitmentError(msg, code="required", field="mail")
    number = _next_number(CREDIT_NOTES, day)
    paper = CreditNoteOnPaper(
        number=number,
        invoice=locked.number,
        invoice_issued_on=locked.issued_on,
        commitment=locked.commitment.number,
        currency=currency,
        issued_on=day,
        billing=Billing(name=locked.billing_name, address=locked.billing_address),
        amount=exact,
        reason=reason,
        purchase_order=locked.purchase_order,
    )
    note = CreditNote.objects.create(
        number=number,
        invoice=locked,
        issued_on=day,
        amount=exact,
        reason=reason,
        document=keep_document(
            actor=actor,
            title=f"Credit note {number}",
            content=credit_note_pdf(current_organization(), paper),
        ),
        issued_by=actor,
    )
    note.refresh_from_db()
    if mail:
        _mail_credit_note(actor, note, locked)
    return note


def _check(request: InvoiceRequest, today: date) -> tuple[InvoiceOnPaper, _Lines]:
    """Return what the invoice would say, its rows held. Raises what issue_invoice raises."""
    hold_sponsor_of(Commitment, request.commitment.pk)
    commitment = lock_commitment(request.commitment)
    check_open(today, what="An invoice", field="issued_on")
    installments = _check_installments(commitment, request.installments)
    free_lines = check_free_lines(request.free_lines, commitment.currency)
    if not installments and not free_lines:
        msg = "Nothing was chosen. Choose at least one installment, or enter a free line."
        raise CommitmentError(msg, code="nothing_chosen", field="installments")
    due_on = due_day(request.due_on, [row.due_on for row in installments], today)
    charges = charges_for(commitment, free_lines, due_on=due_on, today=today)
    lines = [
        (row, LineOnPaper(row.due_on, row.description or _description(row), remainder_of(row)))
        for row in [*installments, *charges]
    ]
    total = sum((line.amount for _row, line in lines), start=Decimal(0))
    paper = InvoiceOnPaper(
        number="",
        commitment=commitment.number,
        currency=commitment.currency,
        issued_on=today,
        due_on=due_on,
        billing=check_billing(request.billing or billing_of(commitment.sponsor, today)),
        lines=[line for _row, line in lines],
        total=check_amount(total, commitment.currency, what="The sum of the invoice", field="free_lines"),
        purchase_order=check_length(
            request.purchase_order.strip(), "purchase order", "purchase_order", longest=60
        ),
        note=check_length(request.note.strip(), "note", "note", longest=500),
    )
    return paper, lines


def _check_installments(commitment: Commitment, chosen: Sequence[Installment]) -> list[Installment]:
    """Return the locked rows in order of date. Raises unless each is open and on no other invoice."""
    pks = {row.pk for row in chosen}
    rows = list(Installment.versions.filter(pk__in=pks).order_by("pk").select_for_update())
    standing = {
        line.installment_id: line.invoice.number
        for line in InvoiceLine.objects.filter(installment__in=pks, stands=True).select_related("invoice")
    }
    for row in rows:
        if row.commitment_id != commitment.pk:
            msg = f"Installment {row} is not of {commitment}. Choose installments of this commitment only."
            raise CommitmentError(msg, code="other_commitment", field="installments")
        row.commitment = commitment
        check_due(row, field="installments")
        if row.pk in standing:
            msg = (
                f"Invoice {standing[row.pk]} asks for installment {row} already. Credit that invoice in full "
                "first, or choose another installment."
            )
            raise NotAllowedNow(msg, code="invoiced_already", field="installments")
    check_stays(commitment, rows, field="installments")
    return sorted(rows, key=lambda row: (row.due_on, row.pk))


def _description(row: Installment) -> str:
    part = " (what is left of it)" if row.paid or row.written_off else ""
    return f"{row.commitment.title}, installment {row.position}{part}"


def _next_number(series: str, day: date) -> str:
    """Take the next number of the fiscal year in which the day falls."""
    year = fiscal_year_of(day, current_organization().fiscal_year_start_month)
    return next_number(series=series, year=year.number)


def _mail(actor: User, invoice: Invoice, recipient: str) -> Notice:
    times = Notice.objects.filter(subject_type="sponsors.invoice", subject_pk=invoice.pk).count()
    total = money_text(invoice.total, invoice.commitment.currency)
    return queue_notice(
        actor=actor,
        kind="invoice",
        key=f"invoice:{invoice.pk}:{times + 1}",
        recipient=recipient,
        subject=f"Invoice {invoice.number} over {total}",
        template="invoice",
        context={"invoice": invoice, "total": total, "due": day_text(invoice.due_on)},
        about=invoice,
        attachment=invoice.document,
    )


def _mail_credit_note(actor: User, note: CreditNote, invoice: Invoice) -> Notice:
    amount = money_text(note.amount, invoice.commitment.currency)
    return queue_notice(
        actor=actor,
        kind="credit_note",
        key=f"credit_note:{note.pk}",
        recipient=invoice.billing_email,
        subject=f"Credit note {note.number} for invoice {invoice.number}",
        template="credit_note",
        context={"note": note, "invoice": invoice, "amount": amount},
        about=note,
        attachment=note.document,
    )
