"""Renewal cases: the list, the page of one, and the way to the board."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)

from foundation.audit.admin import ObjectLink, OnlyAdded, actor_of
from foundation.audit.forms import ServiceForm
from foundation.books.selectors import local_today
from foundation.exports.files import ExportResource
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.rules import State
from sponsors.renewals import cells
from sponsors.renewals.admin.board import board_view
from sponsors.renewals.admin.case_actions import CASE_ACTIONS, MOVE
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.selectors.board import whole_units
from sponsors.renewals.services.cases import open_case

if TYPE_CHECKING:
    from sponsors.renewals.querysets import CaseQuerySet

_MOST_STEPS = 100


class Standing(DropdownFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        del request, model_admin
        return [("open", "Open"), ("board", "On the board"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        del request
        if self.value() == "board":
            return queryset.on_board(local_today())
        if self.value() not in {"open", "closed"}:
            return queryset
        return queryset.filter(closed_on__isnull=self.value() == "open")


class CaseForm(ServiceForm):
    class Meta:
        model = RenewalCase
        fields = ("commitment",)
        help_texts = {"commitment": "A signed one, or one that ended and that nothing followed yet."}


class CaseResource(ExportResource):
    """Rows of `with_value`, with commitment, sponsor and owner joined."""

    commitment = Field("commitment__number", "commitment")
    sponsor = Field("commitment__sponsor__name", "sponsor")
    ends_on = Field("commitment__ends_on", "last day")
    owner = Field("commitment__owner__name", "owner")
    state = Field("state", "column")
    currency = Field("currency", "currency")
    cash_a_year = Field("cash_a_year", "cash a year")
    in_kind_a_year = Field("in_kind_a_year", "in kind a year")
    probability = Field("probability", "probability of renewal")
    own_probability = Field("own_probability", "own estimate")
    band = Field("band", "risk")
    opened_on = Field("opened_on", "opened on")
    closed_on = Field("closed_on", "closed on")
    closed_as = Field("closed_as", "closed as")

    def dehydrate_cash_a_year(self, row: RenewalCase) -> Any:
        return whole_units(row.cash_a_year, row.currency)

    def dehydrate_in_kind_a_year(self, row: RenewalCase) -> Any:
        return whole_units(row.in_kind_a_year, row.currency)


@admin.register(RenewalCase)
class RenewalCaseAdmin(OnlyAdded, FindsBySponsor, ExportingAdmin):
    """The nightly sweep opens cases as their first reminder comes due; people may open one before."""

    empty_list = (
        "A renewal case is opened when the first reminder of a commitment comes due, and by hand before that. Here all of "
        "them stand, also the closed ones; the board shows where the open ones are."
    )
    add_label = "Open the case"
    opens_added = True
    opens_with = "standing=open"
    export_resource = CaseResource
    object_actions = CASE_ACTIONS
    summary_template = "admin/renewals/case.html"
    list_display = ("name", "sponsor_name", "last_day", "owner_name", "standing", "value", "chance", "risk")
    list_filter = (
        Standing,
        ("state", ChoicesDropdownFilter),
        ("commitment__owner", AutocompleteSelectFilter),
        ("commitment__ends_before", RangeDateFilter),
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor", "commitment__owner")
    ordering = ("commitment__ends_before", "pk")
    search_fields = ("commitment__title",)
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("commitment__title",)
    search_help_text = "Number or title of the commitment, or sponsor"
    form = CaseForm
    autocomplete_fields = ("commitment",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        return cast("CaseQuerySet", super().get_queryset(request)).with_value()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).has_perm(MOVE)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        # Of one that is there the summary says everything.
        return () if obj else ((None, {"fields": ("commitment",)}),)

    def save_through(
        self, request: HttpRequest, obj: Any, form: "forms.ModelForm[Any]", *, change: bool
    ) -> RenewalCase:
        del obj, change
        return open_case(
            actor=actor_of(request), commitment=form.cleaned_data["commitment"], today=local_today()
        )

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related("commitment__sponsor", "commitment__owner")

    def get_urls(self) -> list[URLPattern]:
        board = path("board/", self.admin_site.admin_view(self.board_view), name=self._url_name("board"))
        return [board, *super().get_urls()]

    def board_view(self, request: HttpRequest) -> HttpResponseBase:
        return board_view(self, request)

    # The list --------------------------------------------------------------------------------

    @admin.display(description="Renewal of", ordering="commitment__number")
    def name(self, case: RenewalCase) -> str:
        return f"{case.commitment.number} {case.commitment.title}"

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor_name(self, case: RenewalCase) -> str:
        return case.commitment.sponsor.name

    @admin.display(description="Last day", ordering="commitment__ends_before")
    def last_day(self, case: RenewalCase) -> Any:
        return case.commitment.ends_on

    @admin.display(description="Owner", ordering="commitment__owner__name")
    def owner_name(self, case: RenewalCase) -> str | None:
        return str(case.commitment.owner) if case.commitment.owner else None

    @admin.display(description="Stands at", ordering="state")
    def standing(self, case: RenewalCase) -> SafeString:
        return cells.case_badge(case.state)

    @admin.display(description="Cash a year", ordering="cash_a_year")
    def value(self, case: Any) -> str | None:
        return None if case.cash_a_year is None else money_text(case.cash_a_year, case.currency)

    @admin.display(description="Renewal", ordering="probability")
    def chance(self, case: Any) -> str:
        return cells.share(case.probability)

    @admin.display(description="Risk")
    def risk(self, case: Any) -> SafeString:
        return cells.band_badge(case.band)

    # The page ---------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        user, commitment = actor_of(request), obj.commitment
        return {
            "assessment": commitment.assessments.visible_to(user).latest_of_each().first(),
            "days_left": (commitment.ends_on - local_today()).days,
            "renewal": commitment.renewals.exclude(state__in=[State.DECLINED, State.WITHDRAWN]).first(),
            "letters": obj.letters.visible_to(user).select_related("written_by", "sent_by"),
            "steps": commitment.reminder_steps.visible_to(user).order_by("-due_on", "-pk")[:_MOST_STEPS],
            "moves": obj.moves.select_related("moved_by"),
        }

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [
            ObjectLink("Board", self._url("board"), "view_kanban"),
            ObjectLink(obj.commitment.number, self.url_of(obj.commitment), "handshake"),
        ]
