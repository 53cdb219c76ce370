"""The list of installments: what falls due when, over all commitments."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from foundation.audit.admin import OnlyRead, actor_of
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from sponsors.commitments import cells
from sponsors.commitments.admin import filters
from sponsors.commitments.admin.accounts import aged_debt_page
from sponsors.commitments.admin.exports import InstallmentResource
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.admin.invoicing import ISSUE_INVOICE, InvoicingAdmin
from sponsors.commitments.admin.write_offs import PROPOSE_WRITE_OFF
from sponsors.commitments.models import Installment
from sponsors.commitments.rules import InstallmentKind
from sponsors.commitments.selectors import Settling, settling
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.selectors.payments import reminders_of

if TYPE_CHECKING:
    from sponsors.commitments.querysets import InstallmentQuerySet


@dataclass(frozen=True, slots=True)
class InstallmentSummary:
    """What settled it and what was reminded of; None: not for this person."""

    settling: Settling
    reminders: tuple[PaymentReminder, ...] | None


@admin.register(Installment)
class InstallmentAdmin(OnlyRead, FindsBySponsor, ExportingAdmin, InvoicingAdmin):
    """What falls due, charges included. Installments change by amendments, charges go with their invoice."""

    empty_list = (
        "The cash amounts that commitments schedule. They appear here once a commitment with a "
        "cash line is drafted."
    )
    export_resource = InstallmentResource
    opens_with = "due=open"
    list_display = ("installment", "sponsor", "due_on", "whole", "paid_so_far", "written", "left", "standing")
    list_display_links = ("installment",)
    list_filter = (
        filters.Due,
        filters.PaymentState,
        filters.DueYear,
        filters.KindOfInstallment,
        filters.FundOfInstallment,
        filters.CommitmentCurrency,
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor", "fund")
    ordering = ("due_on", "pk")
    search_fields = ("commitment__number",)
    search_help_text = "Number of the commitment, sponsor, or what a charge is for"
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("description",)
    summary_template = "admin/installments/summary.html"
    _FIGURES = (("whole", "paid_so_far"), ("written", "left"), "standing")
    readonly_fields = ("standing", "whole", "paid_so_far", "written", "left")
    history_children = ("write_offs",)
    object_actions = (ISSUE_INVOICE, PROPOSE_WRITE_OFF)

    def get_urls(self) -> list[URLPattern]:
        aged = path(
            "aged-debt/",
            self.admin_site.admin_view(self.aged_debt_view),
            name=self._url_name("aged_debt"),
        )
        return [aged, *super().get_urls()]

    def aged_debt_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return aged_debt_page(self, request)

    def get_summary(self, request: HttpRequest, obj: Any) -> InstallmentSummary:
        sees = actor_of(request).has_perm
        settled = settling(
            obj,
            local_today(),
            receipts=sees("sponsors.view_receipt"),
            invoices=sees("sponsors.view_invoice"),
            write_offs=sees("sponsors.view_writeoff"),
        )
        return InstallmentSummary(
            settled, reminders_of(obj) if sees("sponsors.view_paymentreminder") else None
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what there is to say of it: only a charge has words, a fund and a day of its own."""
        del request
        is_charge = obj is not None and obj.kind == InstallmentKind.CHARGE
        charged = (("description", "fund"), ("charged_on", "released_on")) if is_charge else ()
        return (("commitment", "position"), ("term", "due_on"), *charged, *self._FIGURES)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        installments = cast("InstallmentQuerySet", super().get_queryset(request))
        return installments.with_state(local_today())

    @admin.display(description="Installment", ordering="commitment__number")
    def installment(self, row: Installment) -> SafeString:
        return cells.stacked(cells.whole(str(row)), f"Charge: {row.description}" if row.description else "")

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor(self, row: Installment) -> str:
        return row.commitment.sponsor.name

    @admin.display(description="Amount")
    def whole(self, row: Installment) -> str:
        return cells.money(row.amount, row.commitment.currency)

    @admin.display(description="Paid")
    def paid_so_far(self, row: Any) -> str:
        return cells.money(row.paid, row.commitment.currency)

    @admin.display(description="Written off")
    def written(self, row: Any) -> str:
        return cells.money(row.written_off, row.commitment.currency)

    @admin.display(description="Still to pay")
    def left(self, row: Any) -> str:
        return cells.money(row.remainder, row.commitment.currency)

    @admin.display(description="State")
    def standing(self, row: Any) -> SafeString:
        return cells.state_badge(row.state, row.paid)
