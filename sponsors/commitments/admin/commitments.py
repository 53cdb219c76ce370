"""The list of commitments, the page of one, and drafting."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from foundation.audit.admin import BursarTabularInline, ObjectLink, actor_of, become
from foundation.books.selectors import current_organization, local_today
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text
from sponsors.agreements.selectors import commitment_events
from sponsors.commitments import cells, services
from sponsors.commitments.admin import filters
from sponsors.commitments.admin.actions import COMMITMENT_ACTIONS
from sponsors.commitments.admin.exports import CommitmentResource
from sponsors.commitments.admin.forms import (
    CommitmentForm,
    DetailsForm,
    DraftRows,
    InstallmentForm,
    LineForm,
    kept,
)
from sponsors.commitments.admin.invoicing import InvoicingAdmin
from sponsors.commitments.admin.promise_forms import ConditionForm, RestrictionForm, renewal_of
from sponsors.commitments.admin.summary import CommitmentPage, commitment_page
from sponsors.commitments.admin.timelines import timeline_page
from sponsors.commitments.models import Commitment, CommitmentLine, Condition, Installment, Restriction
from sponsors.commitments.rules import State
from sponsors.commitments.selectors import timeline
from sponsors.directory.models import Sponsor
from sponsors.inkind.selectors.valuations import valuation_events
from sponsors.renewals.models import RenewalCase

_NUMBER = re.compile(r"c-?\d", re.IGNORECASE)


class _DraftInline(BursarTabularInline):
    """Rows that change with the commitment, while it is a draft."""

    formset = DraftRows

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = actor_of(request).has_perm("sponsors.change_commitment")
        return may and (obj is None or obj.state == State.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "fund":
            field.queryset = field.queryset.open()
        return field


class LineInline(_DraftInline):
    model = CommitmentLine
    form = LineForm
    verbose_name = "line"
    verbose_name_plural = "What is promised"
    fields = ("kind", "category", "description", "fund", "amount", "estimate_basis")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        del request, kwargs
        return 0 if obj else 1


class ConditionInline(_DraftInline):
    model = Condition
    form = ConditionForm
    verbose_name = "condition"
    verbose_name_plural = "Conditions: what must happen before the money is ours"
    fields = ("description", "measure", "target", "amount", "due_on", "money_returns")


class RestrictionInline(_DraftInline):
    model = Restriction
    form = RestrictionForm
    verbose_name = "restriction"
    verbose_name_plural = "Restrictions: what the money may be used for"
    fields = ("fund", "purpose", "percent", "amount", "term")


class CustomInstallmentInline(_DraftInline):
    model = Installment
    form = InstallmentForm
    verbose_name = "installment"
    verbose_name_plural = "Installments, for custom dates and amounts"
    fields = ("due_on", "amount")
    ordering = ("due_on", "pk")


def _sees_receipts(request: HttpRequest) -> bool:
    return actor_of(request).has_perm("sponsors.view_receipt")


def _sees_invoices(request: HttpRequest) -> bool:
    return actor_of(request).has_perm("sponsors.view_invoice")


def _sees_documents(request: HttpRequest) -> bool:
    return actor_of(request).has_perm("sponsors.view_commitmentdocument")


def _sees_valuations(request: HttpRequest) -> bool:
    return actor_of(request).has_perm("sponsors.view_valuation")


def _sees_risk(request: HttpRequest) -> bool:
    return actor_of(request).has_perm("sponsors.view_assessment")


@admin.register(Commitment)
class CommitmentAdmin(ExportingAdmin, InvoicingAdmin):
    """Drafts are written here; what binds is changed by named actions only."""

    opens_added = True
    empty_list = (
        "What sponsors promise for a period, in cash or in kind. Draft the first one here or from "
        "the page of its sponsor."
    )
    form = CommitmentForm
    change_form_template = "admin/commitments/change_form.html"
    export_resource = CommitmentResource
    history_children = (
        "lines",
        "terms",
        "installments",
        "conditions",
        "restrictions",
        "non_renewals",
        "amendments",
        "invoices",
        "installments__allocations",
    )
    history_permissions: ClassVar[Mapping[str, str]] = {
        "amendments": "sponsors.view_amendment",
        "invoices": "sponsors.view_invoice",
        "installments__allocations": "sponsors.view_receipt",
    }
    object_actions = COMMITMENT_ACTIONS
    summary_template = "admin/commitments/summary.html"
    inlines = (LineInline, CustomInstallmentInline, ConditionInline, RestrictionInline)
    list_display = ("name", "sponsor_and_title", "standing", "period", "promised", "paid", "owner_name")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        filters.Standing,
        ("sponsor", AutocompleteSelectFilter),
        filters.Owner,
        filters.Kind,
        filters.UsedCurrency,
        filters.FundOfLine,
        filters.FiscalYear,
    )
    list_select_related = ("sponsor", "owner")
    ordering = ("-number",)
    search_fields = ("number", "title")
    search_help_text = "Number, title or sponsor"

    _PLAN: ClassVar[Sequence[str]] = ("shape", "frequency", "first_due_on")

    # The list -------------------------------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        self._add_figures(list(changelist.result_list))
        return changelist

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.with_promised().with_received(local_today())

    @staticmethod
    def _add_figures(rows: Sequence[Any]) -> None:
        """Give each row of the page its totals: one query, and only for the rows shown."""
        pks = [row.pk for row in rows]
        figures = Commitment.objects.filter(pk__in=pks).with_promised().with_received(local_today())
        by_pk = {row.pk: row for row in figures}
        for row in rows:
            row.figures = by_pk[row.pk]

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> "tuple[models.QuerySet[Any], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        if _NUMBER.match(term):
            return queryset.filter(number__istartswith=term), False
        sponsors = Sponsor.objects.visible_to(actor_of(request)).matching(term)
        return queryset.filter(Q(title__icontains=term) | Q(sponsor__in=sponsors.values("pk"))), False

    @admin.display(description="Number", ordering="number")
    def name(self, commitment: Commitment) -> SafeString:
        return cells.whole(commitment.number)

    @admin.display(description="Sponsor", ordering="sponsor__name")
    def sponsor_and_title(self, commitment: Commitment) -> SafeString:
        return cells.stacked(commitment.sponsor.name, commitment.title)

    @admin.display(description="Period", ordering="starts_on")
    def period(self, commitment: Commitment) -> SafeString:
        return cells.period(commitment.starts_on, commitment.ends_on)

    @admin.display(description="Promised")
    def promised(self, commitment: Any) -> str:
        """Cash, and what is in kind named as such below it: the two are never one sum."""
        cash = cells.money(commitment.figures.cash, commitment.currency)
        if not commitment.figures.in_kind:
            return cash
        in_kind = f"{money_text(commitment.figures.in_kind, commitment.currency)} in kind"
        return cells.stacked(cash, in_kind) if commitment.figures.cash else in_kind

    @admin.display(description="Received")
    def paid(self, commitment: Any) -> str:
        """The cash received, and what is overdue below it."""
        received = cells.money(commitment.figures.received, commitment.currency)
        if not commitment.figures.overdue:
            return received
        overdue = money_text(commitment.figures.overdue, commitment.currency)
        return cells.stacked(received, cells.badge(f"{overdue} overdue", "danger"))

    @admin.display(description="State", ordering="state")
    def standing(self, commitment: Commitment) -> SafeString:
        return cells.state_badge(commitment.state)

    @admin.display(description="Owner", ordering="owner__name", empty_value="nobody")
    def owner_name(self, commitment: Commitment) -> str | None:
        return str(commitment.owner) if commitment.owner else None

    def get_autocomplete_fields(self, request: HttpRequest) -> Sequence[str]:
        del request
        return ("sponsor", "renewal_of")

    # The form -------------------------------------------------------------------------------

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose our own currency, and whoever writes it down as the owner if they may look after it."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        given.setdefault("currency", current_organization().base_currency)
        owner = services.as_owner(actor_of(request))
        return {"owner": owner.pk, **given} if owner else given

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or (obj.state == State.DRAFT and self.has_change_permission(request, obj)):
            return (
                (None, {"fields": ("sponsor", "title", ("starts_on", "ends_on"), "currency", "renewal_of")}),
                ("People and publicity", {"fields": (("owner", "backup"), "announced_on", "notes")}),
                (
                    "When the cash falls due",
                    {
                        "fields": self._PLAN,
                        "classes": ("bursar-after-lines",),
                        "description": "The cash lines above are spread over installments by this plan. "
                        "Promises in kind need none.",
                    },
                ),
                (
                    "How it ends",
                    {"fields": ("notice_days", "renews_automatically", "renewal_months")},
                ),
            )
        return ((None, {"fields": ("title", ("owner", "backup"), "announced_on", "notes")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        del request
        return ("sponsor",) if obj is not None and obj.state == State.DRAFT else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        fixed = obj is not None and obj.state != State.DRAFT
        viewed = obj is not None and not self.has_change_permission(request, obj)
        if fixed or viewed:
            kwargs["form"] = DetailsForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        editable = obj is None or (obj.state == State.DRAFT and self.has_change_permission(request, obj))
        return super().get_inline_instances(request, obj) if editable else []

    def save_whole(
        self, request: HttpRequest, obj: Any, form: Any, formsets: Sequence[Any], *, change: bool
    ) -> None:
        data = form.cleaned_data
        actor = actor_of(request)
        if change and obj.state != State.DRAFT:
            self._save_details(request, obj, data)
            return
        lines = [row.line() for row in kept(formsets[0])]
        rows = [(row.cleaned_data["due_on"], row.cleaned_data["amount"]) for row in kept(formsets[1])]
        written = {
            "title": data["title"],
            "starts_on": data["starts_on"],
            "ends_before": form.ends_before(),
            "currency": data["currency"],
            "lines": lines,
            "schedule": form.schedule(lines, rows, written_over=formsets[1].has_changed()),
            "owner": data["owner"],
            "backup": data["backup"],
            "renewal_of": data["renewal_of"],
            "announced_on": data["announced_on"],
            "notes": data["notes"],
            "conditions": [row.barrier() for row in kept(formsets[2])],
            "restrictions": [row.limit() for row in kept(formsets[3])],
            "renewal": renewal_of(data),
        }
        if change:
            saved = services.revise_draft(actor=actor, commitment=obj, **written)
        else:
            saved = services.draft_commitment(
                actor=actor, sponsor=data["sponsor"], today=local_today(), **written
            )
        become(obj, saved)

    def _save_details(self, request: HttpRequest, obj: Commitment, data: dict[str, Any]) -> None:
        actor = actor_of(request)
        services.change_details(
            actor=actor,
            commitment=obj,
            title=data["title"],
            announced_on=data["announced_on"],
            notes=data["notes"],
        )
        services.set_owner(actor=actor, commitment=obj, owner=data["owner"], backup=data["backup"])

    # The page -------------------------------------------------------------------------------

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        links = [ObjectLink("Timeline", self._url("timeline", obj.pk), "timeline")]
        case = RenewalCase.objects.visible_to(actor_of(request)).filter(commitment=obj).first()
        return links if case is None else [*links, ObjectLink("Renewal", self.url_of(case), "autorenew")]

    def get_urls(self) -> list[URLPattern]:
        drawn = path(
            "<path:object_id>/timeline/",
            self.admin_site.admin_view(self.timeline_view),
            name=self._url_name("timeline"),
        )
        return [drawn, *super().get_urls()]

    def timeline_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        commitment = self.object_or_404(request, object_id)
        more = [
            *(commitment_events(commitment) if _sees_documents(request) else ()),
            *(valuation_events(commitment) if _sees_valuations(request) else ()),
        ]
        line = timeline(
            commitment,
            local_today(),
            with_receipts=_sees_receipts(request),
            with_claims=_sees_invoices(request),
            more=more,
        )
        return timeline_page(self, request, commitment, line)

    def get_summary(self, request: HttpRequest, obj: Any) -> CommitmentPage:
        return commitment_page(
            obj,
            with_receipts=_sees_receipts(request),
            with_invoices=_sees_invoices(request),
            with_documents=_sees_documents(request),
            with_valuations=_sees_valuations(request),
            with_risk=_sees_risk(request),
            with_ladder=actor_of(request).has_perm("sponsors.view_reminderstep"),
        )
