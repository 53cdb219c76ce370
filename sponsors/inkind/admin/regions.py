"""Regions as providers name them in their statistics."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import actor_of
from foundation.audit.forms import ServiceForm
from foundation.exports.pages import ExportingAdmin
from sponsors.inkind.admin.exports import RegionResource
from sponsors.inkind.models import Region
from sponsors.inkind.services.regions import add_region, change_region


class RegionForm(ServiceForm):
    class Meta:
        model = Region
        fields = ("provider", "name", "label", "is_total")


class RegionChangeForm(ServiceForm):
    class Meta:
        model = Region
        fields = ("label", "is_total")


@admin.register(Region)
class RegionAdmin(ExportingAdmin):
    """The set is open: an import that meets a new name keeps its rows aside until the region is added."""

    empty_list = (
        "Regions in which providers meter use. An import tells of names that are not here; add them, and map them on "
        "the rate cards."
    )
    export_resource = RegionResource
    history_children = ("mappings",)
    list_display = ("label", "provider", "name", "is_total")
    list_filter = (("provider", ChoicesDropdownFilter), "is_total")
    search_fields = ("name", "label")
    search_help_text = "Name or label"
    ordering = ("provider", "label")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = RegionForm if obj is None else RegionChangeForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ((None, {"fields": (("provider", "name"), "label", "is_total")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("provider", "name") if obj else ()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Region:
        data = form.cleaned_data
        if not change:
            return add_region(actor=actor_of(request), **data)
        return change_region(actor=actor_of(request), region=Region.objects.get(pk=obj.pk), **data)
