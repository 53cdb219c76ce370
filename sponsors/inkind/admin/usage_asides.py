"""Usage kept aside: one row for all that came under the same names, until somebody says what they are."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import OnlyRead, actor_of
from foundation.audit.forms import ActionForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.people.models import User
from sponsors.inkind.models import Service, UsageAside
from sponsors.inkind.selectors.asides import alike, groups_of, known_of
from sponsors.inkind.services.asides import assign_usage

_ROWS_A_PAGE = 50
Data = dict[str, Any]


class AssignForm(ActionForm):
    """Asks only for what is not known by now."""

    service = forms.ModelChoiceField(
        Service.objects.all(), help_text="Later imports know it by this name too."
    )
    region_label = forms.CharField(
        label="Region, as people read it",
        max_length=60,
        required=False,
        help_text="Needed where the provider's region is new, such as Europe.",
    )
    is_total = forms.BooleanField(
        label="The new region stands for all regions together",
        required=False,
        help_text="Then it counts only where the same day is not told by region.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, UsageAside)
        known = known_of(self.obj)
        if known.service is not None:
            del self.fields["service"]
        if not known.needs_region:
            del self.fields["region_label"], self.fields["is_total"]


def _assign(actor: User, aside: UsageAside, data: Data) -> Outcome:
    counted = assign_usage(actor=actor, aside=aside, **data)
    rows = "row counts" if counted == 1 else "rows count"
    return Outcome(message=f"{counted:,} {rows} now.", to_list=True)


@admin.register(UsageAside)
class UsageAsideAdmin(OnlyRead):
    """Nothing of it is dropped, and nothing of it counts."""

    empty_list = "Rows of imports whose service or region nobody knows stand here until somebody says which they are. None do."
    object_actions = (
        ObjectAction(
            name="assign",
            label="Assign",
            permission="sponsors.assign_usage",
            call=_assign,
            form_class=AssignForm,
            icon="move_item",
            description=lambda aside: (
                f"Say what {aside.service_name} in {aside.region_name} is. All rows that came under these names count "
                "at once, and later imports know them; what a later import brought stays."
            ),
        ),
    )
    summary_template = "admin/inkind/usage_aside.html"
    list_display = ("service_name", "region_name", "provider", "problem", "rows", "first", "last")
    list_filter = (("problem", ChoicesDropdownFilter), ("provider", ChoicesDropdownFilter))
    search_fields = ("service_name", "region_name")
    search_help_text = "Service or region in the file"
    ordering = ("pk",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Who sees imports sees what they could not place.
        del obj
        return actor_of(request).has_perm("sponsors.view_usageimport")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[UsageAside]":
        return groups_of(super().get_queryset(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        shown = (("service_name", "region_name"), ("provider", "problem"), ("rows", "first", "last"))
        return ((None, {"fields": shown}),)

    readonly_fields = ("rows", "first", "last")

    @admin.display(description="Rows")
    def rows(self, aside: Any) -> str:
        return f"{aside.row_count:,}"

    @admin.display(description="From")
    def first(self, aside: Any) -> str:
        return f"{aside.first_at:%Y-%m-%d %H:%M} UTC"

    @admin.display(description="Last begins")
    def last(self, aside: Any) -> str:
        return f"{aside.last_at:%Y-%m-%d %H:%M} UTC"

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        rows = alike(obj).select_related("usage_import")
        page: Page[Any] = Paginator(rows, _ROWS_A_PAGE).get_page(request.GET.get("page"))
        return {
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "known": known_of(obj),
        }
