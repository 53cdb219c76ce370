"""`/api/v1/invoices/` and `/api/v1/credit-notes/`: what we ask for, and what is taken back of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.files import PDF_ANSWER, pdf_answer
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.views import CreatesRecords, ReadViewSet
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from sponsors.commitments import services
from sponsors.commitments.api import inputs
from sponsors.commitments.api.answers import CreditNoteSerializer, InvoiceSerializer
from sponsors.commitments.api.filters import CreditNoteFilters, InvoiceFilters
from sponsors.commitments.models import Commitment, CreditNote, Invoice, InvoiceLine
from sponsors.commitments.querysets import InvoiceQuerySet
from sponsors.directory.services import hold_sponsor_of


class InvoiceViewSet(CreatesRecords[Invoice]):
    """What we asked sponsors to pay. An invoice is never edited; credit notes take it back."""

    queryset = Invoice.objects.select_related("commitment__sponsor")
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilters
    required_scopes = {"read": Scope.INVOICES_READ, "write": Scope.INVOICES_WRITE}
    action_permissions = {
        "create": "sponsors.issue_invoice",
        "pdf": "sponsors.view_invoice",
        "mail": "sponsors.issue_invoice",
        "credit": "sponsors.credit_invoice",
    }
    inputs = {
        "create": inputs.InvoiceInput,
        "mail": inputs.MailInput,
        "credit": inputs.CreditInput,
    }
    ordering_fields = {"issued_on": "issued_on", "due_on": "due_on", "number": "number"}
    ordering = ("-issued_on",)
    csv_columns = (
        "id",
        "number",
        "commitment",
        "commitment_number",
        "sponsor",
        "sponsor_name",
        "issued_on",
        "due_on",
        "billing_name",
        "purchase_order",
        "currency",
        "total",
        "credited",
        "paid",
        "written_off",
        "outstanding",
        "state",
    )

    def reachable(self, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        return cast("InvoiceQuerySet", super().reachable(queryset)).with_state(local_today())

    def represent(self, records: Sequence[Invoice]) -> Sequence[Mapping[str, Any]]:
        currencies = {record.pk: record.commitment.currency for record in records}
        lines = _lines(currencies)
        notes = _credit_notes(currencies)
        return [_invoice(record, lines[record.pk], notes[record.pk]) for record in records]

    def lock_first(self) -> None:
        commitment = Invoice.objects.filter(pk=self.kwargs["pk"]).values("commitment")
        hold_sponsor_of(Commitment, commitment[:1])

    def add(self, data: dict[str, Any]) -> Invoice:
        mail = data.pop("mail")
        request = inputs.invoice_request_of(data, local_today())
        return services.issue_invoice(actor=self.caller, request=request, today=local_today(), mail=mail)

    @action(detail=True, methods=["post"])
    @idempotent
    def mail(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Mail the invoice with its PDF once more."""
        with self.locked() as record:
            recipient = self.input().get("recipient") or record.billing_email
            services.mail_invoice(actor=self.caller, invoice=record, recipient=recipient)
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def credit(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take back an amount by a credit note; without an amount all that is left, which voids the invoice."""
        with self.locked() as record:
            services.credit_invoice(actor=self.caller, invoice=record, today=local_today(), **self.input())
            return self.answer(record.pk)

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the PDF as it was issued."""
        return pdf_answer(self.get_object().document)


class CreditNoteViewSet(ReadViewSet[CreditNote]):
    """What takes back invoices, whole or in part."""

    queryset = CreditNote.objects.select_related("invoice__commitment__sponsor")
    serializer_class = CreditNoteSerializer
    filterset_class = CreditNoteFilters
    required_scopes = {"read": Scope.INVOICES_READ}
    action_permissions = {"pdf": "sponsors.view_creditnote"}
    ordering_fields = {"issued_on": "issued_on", "number": "number"}
    ordering = ("-issued_on",)
    csv_columns = tuple(CreditNoteSerializer._declared_fields)

    def represent(self, records: Sequence[CreditNote]) -> Sequence[Mapping[str, Any]]:
        return [_credit_note(record) for record in records]

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the PDF as it was issued."""
        return pdf_answer(self.get_object().document)


def _lines(currencies: Mapping[int, str]) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in (
        InvoiceLine.objects.filter(invoice__in=currencies)
        .select_related("installment")
        .order_by("invoice", "position")
    ):
        found[line.invoice_id].append(
            {
                "installment": line.installment_id,
                "position": line.installment.position,
                "kind": line.installment.kind,
                "due_on": line.installment.due_on.isoformat(),
                "description": line.description,
                "amount": plain_amount(line.amount, currencies[line.invoice_id]),
            }
        )
    return found


def _credit_notes(currencies: Mapping[int, str]) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for note in CreditNote.objects.filter(invoice__in=currencies).order_by("pk"):
        found[note.invoice_id].append(
            {
                "id": note.pk,
                "number": note.number,
                "issued_on": note.issued_on.isoformat(),
                "amount": plain_amount(note.amount, currencies[note.invoice_id]),
            }
        )
    return found


def _invoice(record: Invoice, lines: list[dict[str, Any]], notes: list[dict[str, Any]]) -> Mapping[str, Any]:
    currency = record.commitment.currency
    return {
        "id": record.pk,
        "number": record.number,
        "commitment": record.commitment_id,
        "commitment_number": record.commitment.number,
        "sponsor": record.sponsor.pk,
        "sponsor_name": record.sponsor.name,
        "issued_on": record.issued_on.isoformat(),
        "due_on": record.due_on.isoformat(),
        "billing_name": record.billing_name,
        "billing_address": record.billing_address,
        "billing_email": record.billing_email,
        "purchase_order": record.purchase_order,
        "note": record.note,
        "currency": currency,
        "total": plain_amount(record.total, currency),
        "credited": plain_amount(record.credited, currency),
        "paid": plain_amount(record.paid, currency),
        "written_off": plain_amount(record.written_off, currency),
        "outstanding": plain_amount(record.outstanding, currency),
        "state": record.state,
        "issued_by": record.issued_by_id,
        "lines": lines,
        "credit_notes": notes,
    }


def _credit_note(record: CreditNote) -> Mapping[str, Any]:
    commitment = record.invoice.commitment
    return {
        "id": record.pk,
        "number": record.number,
        "invoice": record.invoice_id,
        "invoice_number": record.invoice.number,
        "sponsor": commitment.sponsor_id,
        "sponsor_name": commitment.sponsor.name,
        "issued_on": record.issued_on.isoformat(),
        "currency": commitment.currency,
        "amount": plain_amount(record.amount, commitment.currency),
        "reason": record.reason,
        "issued_by": record.issued_by_id,
    }
