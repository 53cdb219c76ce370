"""Renewal risk: the list, the page of an assessment, what changed, and what follows when sponsors leave."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
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

from foundation.audit.admin import ObjectLink, OnlyRead
from foundation.books.selectors import local_today
from foundation.exports.files import ExportResource
from foundation.exports.pages import ExportingAdmin
from sponsors.commitments import cells as money_cells
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.renewals import cells
from sponsors.renewals.admin.changes import changes_page
from sponsors.renewals.admin.what_if import what_if_page
from sponsors.renewals.models import Assessment
from sponsors.renewals.panels import risk_panel
from sponsors.renewals.rules.kept import reasons_kept
from sponsors.renewals.selectors.attention import HIGH_BANDS
from sponsors.renewals.selectors.board import whole_units

if TYPE_CHECKING:
    from sponsors.renewals.querysets import AssessmentQuerySet


class Standing(DropdownFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        del request, model_admin
        return [
            ("at_risk", "At risk now"),
            ("high", "At high or critical risk"),
            ("asks", "At risk, and asks for a person"),
        ]

    def queryset(self, request: HttpRequest, queryset: "AssessmentQuerySet") -> "AssessmentQuerySet":
        del request
        if self.value() not in {"at_risk", "high", "asks"}:
            return queryset
        at_risk = queryset.at_risk(local_today())
        narrowed = {
            "high": lambda: at_risk.filter(band__in=HIGH_BANDS),
            "asks": lambda: at_risk.filter(asks_for_person=True),
        }.get(str(self.value()))
        return narrowed() if narrowed else at_risk


class AssessmentResource(ExportResource):
    """Rows of assessments, with commitment, sponsor and owner joined."""

    commitment = Field("commitment__number", "commitment")
    sponsor = Field("commitment__sponsor__name", "sponsor")
    ends_on = Field("commitment__ends_on", "last day")
    owner = Field("commitment__owner__name", "owner")
    day = Field("day", "assessed on")
    probability = Field("probability", "probability of lapse")
    low = Field("low", "from")
    high = Field("high", "to")
    band = Field("band", "band")
    at_risk_from = Field("at_risk_from", "at risk from")
    base_rate = Field("base_rate", "own rate")
    reasons = Field("reasons", "reasons")
    asks_for_person = Field("asks_for_person", "asks for a person")
    currency = Field("currency", "currency")
    cash_a_year = Field("cash_a_year", "cash a year")
    in_kind_a_year = Field("in_kind_a_year", "in kind a year")
    replacement_a_year = Field("replacement_a_year", "replacement a year")
    policy = Field("policy", "scoring policy")

    def dehydrate_reasons(self, row: Assessment) -> str:
        return " ".join(one.sentence for one in reasons_kept(row.reasons))

    def dehydrate_policy(self, row: Assessment) -> str:
        return str(row.policy)

    def dehydrate_cash_a_year(self, row: Assessment) -> Any:
        return whole_units(row.cash_a_year, row.currency)

    def dehydrate_in_kind_a_year(self, row: Assessment) -> Any:
        return whole_units(row.in_kind_a_year, row.currency)

    def dehydrate_replacement_a_year(self, row: Assessment) -> Any:
        return whole_units(row.replacement_a_year, row.currency)


@admin.register(Assessment)
class AssessmentAdmin(OnlyRead, FindsBySponsor, ExportingAdmin):
    """The list is of the latest assessment of each commitment; each earlier one has its page too."""

    empty_list = (
        "Every night Bursar assesses which commitments may lapse, why, and what that would cost. The first assessments "
        "are there after the first night."
    )
    export_resource = AssessmentResource
    opens_with = "standing=at_risk"
    summary_template = "admin/renewals/assessment.html"
    list_display = ("name", "sponsor_name", "last_day", "risk", "chance", "lost", "elsewhere", "owner_name")
    list_filter = (
        Standing,
        ("band", ChoicesDropdownFilter),
        ("commitment__owner", AutocompleteSelectFilter),
        ("asks_for_person", admin.BooleanFieldListFilter),
        ("ends_before", RangeDateFilter),
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor", "commitment__owner")
    ordering = ("-probability", "pk")
    search_fields = ("commitment__title",)
    search_help_text = "Number or title of the commitment, or sponsor"
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("commitment__title",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return cast("AssessmentQuerySet", super().get_queryset(request)).latest_of_each()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return any assessment: the pages of earlier days stay reachable."""
        del from_field
        rows = super().get_queryset(request).select_related("commitment__sponsor", "policy")
        return rows.filter(pk=object_id).first() if object_id.isdecimal() else None

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related("commitment__sponsor", "commitment__owner", "policy")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ()  # the summary says everything

    # The list --------------------------------------------------------------------------------

    @admin.display(description="Commitment", ordering="commitment__number")
    def name(self, assessment: Assessment) -> SafeString:
        return money_cells.stacked(assessment.commitment.number, assessment.commitment.title)

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor_name(self, assessment: Assessment) -> str:
        return assessment.commitment.sponsor.name

    @admin.display(description="Last day", ordering="ends_before")
    def last_day(self, assessment: Assessment) -> Any:
        return assessment.commitment.ends_on

    @admin.display(description="Risk", ordering="probability")
    def risk(self, assessment: Assessment) -> SafeString:
        return cells.band_badge(assessment.band)

    @admin.display(description="Lapse", ordering="probability")
    def chance(self, assessment: Assessment) -> SafeString:
        asks = ", asks for a person" if assessment.asks_for_person else ""
        between = f"{cells.share(assessment.low)} to {cells.share(assessment.high)}{asks}"
        return money_cells.stacked(cells.share(assessment.probability), between)

    @admin.display(description="Cash a year", ordering="cash_a_year")
    def lost(self, assessment: Assessment) -> str:
        if assessment.cash_a_year is None:
            return "unknown"
        return money_cells.money(assessment.cash_a_year, assessment.currency)

    @admin.display(description="Replacement a year", ordering="replacement_a_year")
    def elsewhere(self, assessment: Assessment) -> str:
        return money_cells.money(assessment.replacement_a_year, assessment.currency)

    @admin.display(description="Owner", ordering="commitment__owner__name", empty_value="nobody")
    def owner_name(self, assessment: Assessment) -> str | None:
        return str(assessment.commitment.owner) if assessment.commitment.owner else None

    # The pages -------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> Any:
        del request
        return risk_panel(obj, local_today())

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        leaving = f"{self._url('what_if')}?sponsor={obj.commitment.sponsor_id}"
        return [
            ObjectLink(obj.commitment.number, self.url_of(obj.commitment), "handshake"),
            ObjectLink("What if they leave", leaving, "link_off"),
        ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("what-if/", wrap(self.what_if_view), name=self._url_name("what_if")),
            path("changes/", wrap(self.changes_view), name=self._url_name("changes")),
            *super().get_urls(),
        ]

    def what_if_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show what follows when one or several sponsors leave."""
        return what_if_page(self, request)

    def changes_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show which risks are others than a week ago."""
        return changes_page(self, request)
