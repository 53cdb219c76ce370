"""Receipts: recording them, saying what they pay, and reversing a wrong one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter

from foundation.audit.admin import OnlyAdded, actor_of, become
from foundation.audit.forms import ReasonForm
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import current_organization, local_today
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments import cells, services
from sponsors.commitments.admin import filters
from sponsors.commitments.admin.by_year import by_year_page
from sponsors.commitments.admin.exports import ReceiptResource
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.admin.receipt_forms import (
    BY_HAND,
    INVOICE,
    AllocateForm,
    OldestForm,
    PayInvoiceForm,
    ReceiptForm,
    TakeBackForm,
    ViewForm,
)
from sponsors.commitments.models import Allocation, Installment, Receipt

if TYPE_CHECKING:
    from sponsors.commitments.querysets import ReceiptQuerySet

Data = dict[str, Any]
# Which action says what a receipt pays that was recorded first.
_NEXT_PAGE = {BY_HAND: "allocate", INVOICE: "pay-invoice"}


def _stands(receipt: Any) -> bool:
    return receipt.reverses_id is None and not receipt.is_reversed


def _has_credit(receipt: Any) -> bool:
    return _stands(receipt) and receipt.unapplied > 0


def _paid(count: int) -> str:
    return f"{count} installment{'' if count == 1 else 's'}"


def _allocate_oldest(actor: User, receipt: Receipt, data: Data) -> str:
    written = services.allocate_receipt(
        actor=actor,
        receipt=receipt,
        allocate="oldest",
        commitment=data["commitment"],
        today=local_today(),
    )
    return f"{receipt} now also pays {_paid(len(written))}." if written else _nothing_open(receipt)


def _nothing_open(receipt: Receipt) -> str:
    """Say why the oldest first pays nothing: it pays in the receipt's own currency unless a commitment is chosen."""
    others = Installment.objects.filter(commitment__sponsor=receipt.sponsor_id).open()
    if not others.exclude(commitment__currency=receipt.currency).exists():
        return "No installment is open: the money stays credit."
    return (
        f"No installment is open in {receipt.currency}: the money stays credit. Choose the commitment to pay in its "
        "own currency."
    )


def _pay_invoice(actor: User, receipt: Receipt, data: Data) -> str:
    written = services.allocate_receipt(
        actor=actor, receipt=receipt, invoice=data["invoice"], today=local_today()
    )
    return f"{receipt} now pays {data['invoice']}: {_paid(len(written))}."


def _allocate(actor: User, receipt: Receipt, data: Data) -> str:
    written = services.allocate_receipt(
        actor=actor, receipt=receipt, allocate=data["parts"], today=local_today()
    )
    return f"{receipt} now also pays {_paid(len(written))}."


def _take_back(actor: User, receipt: Receipt, data: Data) -> str:
    services.take_back_allocations(actor=actor, allocations=list(data["allocations"]), today=local_today())
    return f"Taken back. What it paid is open again, and the money of {receipt} is credit."


def _reverse(actor: User, receipt: Receipt, data: Data) -> str:
    services.reverse_receipt(actor=actor, receipt=receipt, reason=data["reason"], today=local_today())
    return f"{receipt} is reversed."


RECEIPT_ACTIONS = (
    ObjectAction(
        name="allocate-oldest",
        label="Pay oldest first",
        permission="sponsors.allocate_receipt",
        call=_allocate_oldest,
        form_class=OldestForm,
        available=_has_credit,
        icon="low_priority",
        description=lambda r: (
            f"What is left, {money_text(r.unapplied, r.currency)}, pays the oldest open installments of "
            f"{r.sponsor} in {r.currency}. The rest stays as credit."
        ),
    ),
    ObjectAction(
        name="pay-invoice",
        label="Pay an invoice",
        permission="sponsors.allocate_receipt",
        call=_pay_invoice,
        form_class=PayInvoiceForm,
        available=_has_credit,
        template="admin/receipts/pay_invoice.html",
        icon="request_quote",
        description=lambda r: (
            f"What is left, {money_text(r.unapplied, r.currency)}, pays what the invoice asks for, and then what "
            "else its commitment has open. The rest stays as credit."
        ),
    ),
    ObjectAction(
        name="allocate",
        label="Allocate by hand",
        permission="sponsors.allocate_receipt",
        call=_allocate,
        form_class=AllocateForm,
        available=_has_credit,
        template="admin/receipts/allocate.html",
        icon="tune",
        description=lambda r: (
            f"{money_text(r.unapplied, r.currency)} of this receipt is left. Say what it pays."
        ),
    ),
    ObjectAction(
        name="take-back",
        label="Take back",
        permission="sponsors.allocate_receipt",
        call=_take_back,
        form_class=TakeBackForm,
        available=lambda r: _stands(r) and r.allocated > 0,
        icon="undo",
        description=(
            "Each chosen allocation is taken back whole: the installment is open again, the money is credit."
        ),
    ),
    ObjectAction(
        name="reverse",
        label="Reverse",
        permission="sponsors.reverse_receipt",
        call=_reverse,
        form_class=ReasonForm,
        available=_stands,
        icon="block",
        danger=True,
        description=lambda r: (
            f"The receipt of {money_text(r.amount, r.currency)} is undone by a second row that names it. What "
            "it paid is open again. This cannot be undone; if the money came after all, record it again."
        ),
    ),
)


@admin.register(Receipt)
class ReceiptAdmin(OnlyAdded, FindsBySponsor, ExportingAdmin):
    """A receipt is a fact: recorded once, never edited, undone only by its reversal."""

    opens_added = True
    empty_list = (
        "Money that has arrived. Record the first receipt here; it pays what is due, the oldest first."
    )
    form = ViewForm
    export_resource = ReceiptResource
    history_children = ("allocations",)
    object_actions = RECEIPT_ACTIONS
    summary_template = "admin/receipts/summary.html"
    list_display = (
        "received_on",
        "sponsor_name",
        "money",
        "used",
        "credit",
        "method",
        "reference_and_source",
        "standing",
    )
    list_display_links = ("received_on", "sponsor_name")
    list_filter = (
        filters.Credit,
        ("received_on", RangeDateFilter),
        ("method", ChoicesDropdownFilter),
        filters.ReceiptCurrency,
        ("sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("sponsor",)
    ordering = ("-received_on", "-pk")
    search_fields = ("reference",)
    search_help_text = "Reference, payer or sponsor"
    sponsor_path = "sponsor"
    begins_with = ("reference",)
    holds = ("payer",)

    def get_urls(self) -> list[URLPattern]:
        by_year = path(
            "by-year/", self.admin_site.admin_view(self.by_year_view), name=self._url_name("by_year")
        )
        return [by_year, *super().get_urls()]

    def by_year_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return by_year_page(self, request)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        receipts = cast("ReceiptQuerySet", super().get_queryset(request))
        return receipts.with_allocated()

    def get_export_queryset(self, queryset: Any) -> Any:
        standing = Allocation.objects.standing().select_related("installment__commitment").order_by("pk")
        return queryset.select_related("sponsor").prefetch_related(
            models.Prefetch("allocations", standing, to_attr="paying")
        )

    @admin.display(description="Sponsor", ordering="sponsor__name")
    def sponsor_name(self, receipt: Receipt) -> str:
        return receipt.sponsor.name

    @admin.display(description="Amount")
    def money(self, receipt: Receipt) -> str:
        return cells.money(receipt.amount, receipt.currency)

    @admin.display(description="Allocated")
    def used(self, receipt: Any) -> str:
        return cells.money(receipt.allocated, receipt.currency)

    @admin.display(description="Credit")
    def credit(self, receipt: Any) -> str:
        return cells.money(receipt.unapplied, receipt.currency)

    @admin.display(description="Reference", ordering="reference")
    def reference_and_source(self, receipt: Receipt) -> SafeString:
        return cells.stacked(receipt.reference, receipt.source)

    @admin.display(description="State")
    def standing(self, receipt: Receipt) -> SafeString:
        if receipt.reverses_id is not None:
            return cells.badge("Reversal", "warning")
        return (
            cells.badge("Reversed", "danger") if receipt.is_reversed else cells.badge("Received", "success")
        )

    def get_autocomplete_fields(self, request: HttpRequest) -> Sequence[str]:
        del request
        return ("sponsor",)

    # Recording ------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ReceiptForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        facts = (("received_on", "method"), ("source", "reference"), "payer", "note")
        if obj is not None:
            # The figures above them say the amount.
            return ((None, {"fields": ("sponsor", *facts, "corrects_on", "recorded_by", "reverses")}),)
        return (
            (None, {"fields": ("sponsor", ("amount", "currency"), *facts)}),
            ("What it pays", {"fields": ("allocate", "commitment", "acknowledge")}),
            ("Correction of a closed day", {"fields": ("corrects_on",)}),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "currency": current_organization().base_currency,
            "received_on": local_today(),
            "source": "bank",
            **super().get_changeform_initial_data(request),
        }

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> models.Model:
        del change
        data = form.cleaned_data
        recorded = services.record_receipt(
            actor=actor_of(request),
            sponsor=data["sponsor"],
            amount=data["amount"],
            currency=data["currency"],
            received_on=data["received_on"],
            method=data["method"],
            source=data["source"],
            reference=data["reference"],
            payer=data["payer"],
            note=data["note"],
            allocate="none" if data["allocate"] in _NEXT_PAGE else data["allocate"],
            commitment=data["commitment"],
            acknowledge=data["acknowledge"],
            corrects_on=data["corrects_on"],
            today=local_today(),
        )
        become(obj, recorded.receipt)
        if data["allocate"] == "oldest" and not recorded.receipt.allocations.exists():
            messages.info(request, _nothing_open(recorded.receipt))
        if recorded.acknowledged_to:
            messages.info(request, f"An acknowledgment goes to {recorded.acknowledged_to}.")
        elif data["acknowledge"]:
            messages.warning(
                request,
                f"Nobody is thanked by mail: {obj.sponsor} has no billing or primary contact with an address.",
            )
        return recorded.receipt

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        following = _NEXT_PAGE.get(request.POST.get("allocate", ""))
        if following is not None:
            messages.success(request, f"{obj} is recorded. Now say what it pays.")
            return HttpResponseRedirect(self._url("do", obj.pk, following))
        return cast("HttpResponse", super().response_add(request, obj, post_url_continue))

    # The page -------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        del request
        allocations: Sequence[Any] = (
            obj.allocations.standing()
            .select_related("installment__commitment", "allocated_by")
            .order_by("pk")
        )
        reversal = Receipt.objects.filter(reverses=obj).first()
        exchanged = any(allocation.rate is not None for allocation in allocations)
        return {"allocations": list(allocations), "reversal": reversal, "exchanged": exchanged}
