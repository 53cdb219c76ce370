"""By which cards each gift is valued."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from foundation.audit.admin import BursarAdmin, actor_of
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.inkind import cells
from sponsors.inkind.admin.valuation_forms import PolicyChangeForm, PolicyForm
from sponsors.inkind.models import ValuationPolicy
from sponsors.inkind.services import valuations as services


@admin.register(ValuationPolicy)
class ValuationPolicyAdmin(FindsBySponsor, BursarAdmin):
    """The cards are the policy: changed by Finance, with its history."""

    empty_list = (
        "By which rate cards each gift is valued: base, low and high. Add one for each gift whose use is metered; "
        "then Bursar drafts every month whose use is complete."
    )
    list_display = ("gift", "sponsor_name", "base_card", "low_card", "high_card", "discount")
    list_filter = (("line__commitment__sponsor", AutocompleteSelectFilter),)
    list_select_related = ("line__commitment__sponsor", "base_card", "low_card", "high_card")
    search_fields = ("line__description",)
    search_help_text = "Gift, number of the commitment or sponsor"
    sponsor_path = "line__commitment__sponsor"
    begins_with = ("line__commitment__number",)
    holds = ("line__description",)
    ordering = ("line__commitment__number", "pk")

    @admin.display(description="Gift", ordering="line__commitment__number")
    def gift(self, policy: ValuationPolicy) -> str:
        return f"{policy.line.commitment.number}: {policy.line}"

    @admin.display(description="Sponsor", ordering="line__commitment__sponsor__name")
    def sponsor_name(self, policy: ValuationPolicy) -> str:
        return policy.line.commitment.sponsor.name

    @admin.display(description="Discount", ordering="discount_percent")
    def discount(self, policy: ValuationPolicy) -> str:
        return f"{cells.number(policy.discount_percent)}%"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = PolicyForm if obj is None else PolicyChangeForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        shown = ("gift", "sponsor_name") if obj else ("line",)
        cards = ("base_card", ("low_card", "high_card"), ("discount_percent", "discount_basis"))
        return ((None, {"fields": (*shown, *cards)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("gift", "sponsor_name") if obj else ()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> ValuationPolicy:
        data = form.cleaned_data
        if not change:
            return services.add_policy(actor=actor_of(request), **data)
        return services.change_policy(
            actor=actor_of(request), policy=ValuationPolicy.objects.get(pk=obj.pk), **data
        )
