"""Invoices and credit notes: what was issued, what became of it, and taking it back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from foundation.audit.admin import ObjectLink, OnlyRead, actor_of
from foundation.audit.forms import ActionForm, AmountField, ReasonForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text, plain_amount
from foundation.people.models import User
from sponsors.commitments import cells, services
from sponsors.commitments.admin import filters
from sponsors.commitments.admin.exports import CreditNoteResource, InvoiceResource
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.admin.papers import PaperAdmin
from sponsors.commitments.admin.receipt_forms import INVOICE
from sponsors.commitments.models import CreditNote, Invoice

if TYPE_CHECKING:
    from sponsors.commitments.querysets import InvoiceQuerySet

Data = dict[str, Any]


class MailForm(ActionForm):
    recipient = forms.EmailField(label="Mail it to")


class VoidForm(ReasonForm):
    mail = forms.BooleanField(required=False, label="Mail the credit note to the billing email")


class CreditForm(VoidForm):
    currency_path = "commitment.currency"
    amount = AmountField(help_text="At most what is not credited yet.")
    field_order = ("amount", "reason", "mail")


def _credit(actor: User, invoice: Invoice, data: Data) -> Outcome:
    note = services.credit_invoice(actor=actor, invoice=invoice, today=local_today(), **data)
    amount = money_text(note.amount, invoice.commitment.currency)
    return Outcome(message=f"{note.number} takes back {amount} of {invoice.number}.", go_to=note)


def _mail(actor: User, invoice: Invoice, data: Data) -> str:
    notice = services.mail_invoice(actor=actor, invoice=invoice, recipient=data["recipient"])
    return f"{invoice.number} goes to {notice.recipient}."


def _left(invoice: Invoice) -> str:
    return money_text(invoice.total - invoice.credited, invoice.commitment.currency)


def _stands(invoice: Invoice) -> bool:
    return bool(invoice.credited < invoice.total)


INVOICE_ACTIONS = (
    ObjectAction(
        name="mail",
        label="Mail again",
        permission="sponsors.issue_invoice",
        call=_mail,
        form_class=MailForm,
        available=_stands,
        initial=lambda invoice: {"recipient": invoice.billing_email},
        icon="forward_to_inbox",
        description=lambda invoice: f"{invoice.number} is mailed with its PDF, as it was issued.",
    ),
    ObjectAction(
        name="credit",
        label="Credit a part",
        permission="sponsors.credit_invoice",
        call=_credit,
        form_class=CreditForm,
        available=_stands,
        icon="remove_circle",
        description=lambda invoice: (
            f"A credit note takes back an amount of {invoice.number}, at most {_left(invoice)}. What is due stays "
            "due, charges too unless all is taken back: if it is no longer expected, write it off as well."
        ),
    ),
    ObjectAction(
        name="void",
        label="Void",
        permission="sponsors.credit_invoice",
        call=_credit,
        form_class=VoidForm,
        available=_stands,
        icon="block",
        danger=True,
        description=lambda invoice: (
            f"A credit note takes back all that is left of {invoice.number}, {_left(invoice)}. Its installments "
            "stay due and can be invoiced again; its charges, made by free lines, are released."
        ),
    ),
)


class _FactAdmin(OnlyRead, FindsBySponsor, ExportingAdmin, PaperAdmin):
    list_select_related: tuple[str, ...]

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related(*self.list_select_related)


@admin.register(Invoice)
class InvoiceAdmin(_FactAdmin):
    """An invoice is a fact: issued at once, never edited, taken back by credit notes."""

    empty_list = (
        "What we asked sponsors to pay. Issue the first one on the page of a signed commitment or of one of "
        "its installments."
    )
    export_resource = InvoiceResource
    object_actions = INVOICE_ACTIONS
    history_children = ("credit_notes",)
    summary_template = "admin/invoices/summary.html"
    list_display = ("name", "sponsor_name", "issued_on", "due_on", "whole", "left", "standing")
    list_display_links = ("name",)
    list_filter = (
        filters.StateOfInvoice,
        ("issued_on", RangeDateFilter),
        ("due_on", RangeDateFilter),
        filters.YearIssued,
        filters.CommitmentCurrency,
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor",)
    ordering = ("-issued_on", "-pk")
    search_fields = ("number",)
    search_help_text = "Number, purchase order, commitment or sponsor"
    sponsor_path = "commitment__sponsor"
    begins_with = ("number", "purchase_order", "commitment__number")
    fields = (
        ("number", "commitment"),
        ("issued_on", "due_on"),
        ("billing_name", "billing_email"),
        "billing_address",
        "purchase_order",
        "note",
        "issued_by",
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        invoices = cast("InvoiceQuerySet", super().get_queryset(request))
        return invoices.with_state(local_today())

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        links = list(super().get_object_links(request, obj))
        if obj.outstanding > 0 and actor_of(request).has_perm("sponsors.add_receipt"):
            known = {
                "sponsor": obj.commitment.sponsor_id,
                "commitment": obj.commitment_id,
                "amount": plain_amount(obj.outstanding, obj.commitment.currency),
                "currency": obj.commitment.currency,
                "allocate": INVOICE,
            }
            address = reverse("admin:sponsors_receipt_add", query=known)
            links.append(ObjectLink("Record a receipt", address, "payments"))
        return links

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        del request
        return {
            "lines": list(
                obj.lines.select_related("installment__commitment", "installment__fund").order_by("position")
            ),
            "credit_notes": list(obj.credit_notes.order_by("pk")),
        }

    @admin.display(description="Number", ordering="number")
    def name(self, invoice: Invoice) -> SafeString:
        return cells.whole(invoice.number)

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor_name(self, invoice: Invoice) -> SafeString:
        return cells.stacked(invoice.sponsor.name, invoice.commitment.number)

    @admin.display(description="Total")
    def whole(self, invoice: Invoice) -> str:
        return cells.money(invoice.total, invoice.commitment.currency)

    @admin.display(description="Still to pay")
    def left(self, invoice: Any) -> str:
        return cells.money(invoice.outstanding, invoice.commitment.currency)

    @admin.display(description="State")
    def standing(self, invoice: Any) -> SafeString:
        return cells.invoice_badge(invoice.state)


@admin.register(CreditNote)
class CreditNoteAdmin(_FactAdmin):
    """A credit note is a fact; a wrong one is answered by a new invoice."""

    empty_list = "What takes back invoices, whole or in part. Credit or void an invoice on its page."
    export_resource = CreditNoteResource
    list_display = ("name", "invoice_number", "sponsor_name", "issued_on", "whole", "reason")
    list_display_links = ("name",)
    list_filter = (
        ("issued_on", RangeDateFilter),
        ("invoice__commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("invoice__commitment__sponsor",)
    ordering = ("-issued_on", "-pk")
    search_fields = ("number",)
    search_help_text = "Number, invoice, reason or sponsor"
    sponsor_path = "invoice__commitment__sponsor"
    begins_with = ("number", "invoice__number")
    holds = ("reason",)
    fields = (("number", "invoice"), ("issued_on", "whole"), "reason", "issued_by")
    readonly_fields = ("whole",)

    @admin.display(description="Number", ordering="number")
    def name(self, note: CreditNote) -> SafeString:
        return cells.whole(note.number)

    @admin.display(description="Invoice", ordering="invoice__number")
    def invoice_number(self, note: CreditNote) -> SafeString:
        return cells.whole(note.invoice.number)

    @admin.display(description="Sponsor", ordering="invoice__commitment__sponsor__name")
    def sponsor_name(self, note: CreditNote) -> str:
        return note.invoice.sponsor.name

    @admin.display(description="Amount")
    def whole(self, note: CreditNote) -> str:
        return cells.money(note.amount, note.invoice.commitment.currency)
