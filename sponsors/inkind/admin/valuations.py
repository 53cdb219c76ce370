"""The list of valuations, and the page of one: what a treasurer checks before approving it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)

from foundation.api.files import pdf_of
from foundation.audit.admin import ObjectLink, OnlyAdded, actor_of
from foundation.audit.badges import badge
from foundation.books.selectors import local_today
from foundation.exports.files import ExportResource
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text
from foundation.money.rules import in_currency
from foundation.uploads.evidence import evidence_response
from sponsors.commitments.admin.deciding import DecidedByAnother
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.cells import money, stacked, whole
from sponsors.inkind.admin.gift_choice import gifts_found
from sponsors.inkind.admin.valuation_actions import VALUATION_ACTIONS, gift_values
from sponsors.inkind.admin.valuation_forms import ValuationForm
from sponsors.inkind.cells import valuation_badge
from sponsors.inkind.models import Service, Valuation, ValuationUsage
from sponsors.inkind.papers import valuation_pdf
from sponsors.inkind.selectors.valuations import evidence_of, tables_of, told_once, usage_of, use_differences
from sponsors.inkind.services import valuations as services

if TYPE_CHECKING:
    from sponsors.inkind.querysets import ValuationQuerySet


class ValuationResource(ExportResource):
    """Rows with line, commitment, sponsor, versions and people joined."""

    number = Field("pk", "number")
    month = Field("month", "month")
    sponsor = Field("line__commitment__sponsor__name", "sponsor")
    commitment = Field("line__commitment__number", "commitment")
    gift = Field("line__description", "gift")
    category = Field("line__category", "category")
    method = Field("method", "method")
    state = Field("state", "state")
    currency = Field("currency", "currency")
    list_value = Field("list_value", "list value")
    discount = Field("discount", "widely available discount")
    value = Field("value", "recognized value")
    low_value = Field("low_value", "low")
    high_value = Field("high_value", "high")
    statements_value = Field("statements_value", "for the financial statements")
    tax_value = Field("tax_value", "for the tax return")
    value_notes = Field("value_notes", "notes on the figures")
    is_extrapolated = Field("is_extrapolated", "extrapolated")
    base_version = Field("base_version", "base card")
    low_version = Field("low_version", "low card")
    high_version = Field("high_version", "high card")
    technique = Field("technique", "technique")
    booked_on = Field("booked_on", "booked on")
    submitted_by = Field("submitted_by__name", "submitted by")
    approved_by = Field("approved_by__name", "approved by")
    approved_on = Field("approved_on", "approved on")
    reverses = Field("reverses_id", "reverses number")
    adjusts = Field("adjusts_id", "adjusts number")

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return in_currency(value, instance.currency) if isinstance(value, Decimal) else value


class Usage(DropdownFilter):
    """Whether the use is still what was valued."""

    title = "use beneath it"
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        del request, model_admin
        return [("changed", "Changed since it was valued")]

    def queryset(self, request: HttpRequest, queryset: "ValuationQuerySet") -> "ValuationQuerySet":
        del request
        return queryset.stale() if self.value() == "changed" else queryset


class OfService(DropdownFilter):
    title = "service"
    parameter_name = "service"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        del model_admin
        seen = Service.objects.visible_to(actor_of(request))
        return [(str(pk), name) for pk, name in seen.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: "ValuationQuerySet") -> "ValuationQuerySet":
        del request
        chosen = self.value()
        if not chosen or chosen not in {key for key, _label in self.lookup_choices}:
            return queryset
        used = ValuationUsage.objects.filter(valuation=OuterRef("pk"), service=chosen)
        return queryset.filter(Exists(used))


@admin.register(Valuation)
class ValuationAdmin(OnlyAdded, FindsBySponsor, ExportingAdmin, DecidedByAnother):
    """What is approved is a fact; before that, only named actions change a draft."""

    empty_list = (
        "What each month of a gift was worth, by which prices. Bursar drafts a month once its use is complete, if the "
        "gift has a valuation policy; or add one by hand."
    )
    add_label = "Draft the valuation"
    opens_added = True
    export_resource = ValuationResource
    object_actions = VALUATION_ACTIONS
    decisions = frozenset({"approve"})
    proposer_field = "submitted_by_id"
    history_children = ("evidence",)
    summary_template = "admin/inkind/valuation.html"
    list_display = ("gift", "in_month", "standing", "worth", "between", "booked_on")
    list_display_links = ("gift",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        Usage,
        ("month", RangeDateFilter),
        ("line__commitment__sponsor", AutocompleteSelectFilter),
        OfService,
        "is_extrapolated",
    )
    list_select_related = ("line__commitment__sponsor",)
    search_fields = ("line__description",)
    search_help_text = "Gift, number of the commitment or sponsor"
    sponsor_path = "line__commitment__sponsor"
    begins_with = ("line__commitment__number",)
    holds = ("line__description", "technique")
    ordering = ("-month", "-pk")

    def get_export_queryset(self, queryset: Any) -> Any:
        versions = ("base_version__card", "low_version__card", "high_version__card")
        return queryset.select_related(*self.list_select_related, *versions, "submitted_by", "approved_by")

    @admin.display(description="Gift", ordering="line__commitment__number")
    def gift(self, valuation: Valuation) -> SafeString:
        commitment = valuation.line.commitment
        return stacked(str(valuation.line), f"{commitment.number}, {commitment.sponsor}")

    @admin.display(description="Month", ordering="month")
    def in_month(self, valuation: Valuation) -> SafeString:
        return whole(f"{valuation.month:%Y-%m}")

    @admin.display(description="State", ordering="state")
    def standing(self, valuation: Valuation) -> SafeString:
        shown = valuation_badge(valuation.state)
        if valuation.reverses_id:
            return badge("Reversal", "warning")
        return stacked(shown, "Adjustment") if valuation.adjusts_id else shown

    @admin.display(description="Recognized value", ordering="value")
    def worth(self, valuation: Valuation) -> SafeString | str:
        shown = money(valuation.value, valuation.currency)
        return stacked(shown, badge("Extrapolated", "warning")) if valuation.is_extrapolated else shown

    @admin.display(description="Low to high")
    def between(self, valuation: Valuation) -> str:
        return (
            f"{money_text(valuation.low_value, valuation.currency)} to "
            f"{money_text(valuation.high_value, valuation.currency)}"
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ValuationForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is None:
            return (
                (None, {"fields": (("line", "month"), ("discount_percent", "discount_basis"))}),
                (
                    "Metered use",
                    {
                        "fields": ("base_version", ("low_version", "high_version"), "accept_incomplete"),
                        "description": "Bandwidth and requests of the services that the gift keeps running. Choose "
                        "versions only where others than those of the policy are meant.",
                    },
                ),
                (
                    "Any other gift",
                    {
                        "fields": (
                            ("quantity", "unit_value"),
                            ("low_unit_value", "high_unit_value"),
                            ("expired", "technique"),
                            "services_test",
                        ),
                        "description": "Credits, minutes, seats, hours, days or pieces of the month.",
                    },
                ),
            )
        return (
            (
                None,
                {
                    "fields": (
                        ("method", "technique"),
                        ("discount_percent", "discount_basis"),
                        "value_notes",
                        "reason",
                        ("drafted_by", "submitted_by"),
                        ("approved_by", "approved_on"),
                        ("reverses", "adjusts"),
                    )
                },
            ),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        given.setdefault("discount_percent", "")
        return given

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Valuation:
        del obj, change
        data = form.cleaned_data
        common = {
            "actor": actor_of(request),
            "line": data["line"],
            "month": data["month"],
            "today": local_today(),
        }
        if data["quantity"] is not None:
            return services.draft_other_gift(**common, **gift_values(data))
        return services.draft_valuation(
            **common,
            base=data["base_version"],
            low=data["low_version"],
            high=data["high_version"],
            discount_percent=data["discount_percent"],
            discount_basis=data["discount_basis"],
            accept_incomplete=data["accept_incomplete"],
        )

    # The page -------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        del request
        tables = tables_of(obj)
        return {
            "tables": tables,
            "steps": told_once(tables),
            "usage": usage_of(obj),
            "evidence": evidence_of(obj),
            "differences": use_differences(obj),
            "corrections": [*Valuation.objects.filter(adjusts=obj), *Valuation.objects.filter(reverses=obj)],
        }

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        commitment = obj.line.commitment
        return [
            ObjectLink(commitment.number, self.url_of(commitment), "handshake"),
            ObjectLink("PDF", self._url("pdf", obj.pk), "picture_as_pdf"),
        ]

    def get_urls(self) -> list[URLPattern]:
        pdf = path(
            "<path:object_id>/pdf/", self.admin_site.admin_view(self.pdf_view), name=self._url_name("pdf")
        )
        gifts = path("gifts/", self.admin_site.admin_view(self.gifts_view), name=self._url_name("gifts"))
        evidence = path(
            "<path:object_id>/evidence/<int:number>/",
            self.admin_site.admin_view(self.evidence_view),
            name=self._url_name("evidence"),
        )
        return [gifts, pdf, evidence, *super().get_urls()]

    def gifts_view(self, request: HttpRequest) -> HttpResponse:
        """Find gifts for the forms that ask for one."""
        if not self.has_view_permission(request) or not actor_of(request).has_perm(
            "sponsors.view_commitment"
        ):
            raise PermissionDenied
        return gifts_found(request)

    def pdf_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out the steps on paper, for an auditor."""
        valuation = self.object_or_404(request, object_id)
        return pdf_of(valuation_pdf(valuation), name=f"valuation-{valuation.month:%Y-%m}-{valuation.pk}.pdf")

    def evidence_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponseBase:
        """Hand out a file of evidence, to be saved."""
        kept = self.object_or_404(request, object_id).evidence.filter(pk=number).first()
        if kept is None:
            raise Http404
        try:
            return evidence_response(kept.file, name=kept.file_name)
        except FileNotFoundError as error:
            raise Http404 from error
