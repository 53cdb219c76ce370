"""The organization's profile and its funds."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.forms import ServiceForm
from foundation.books import services
from foundation.books.models import Fund, Organization


class WebAddressField(forms.URLField):
    """Takes example.org for https://example.org."""

    def __init__(self, **options: Any) -> None:
        super().__init__(assume_scheme="https", **options)


class OrganizationForm(ServiceForm):
    class Meta:
        model = Organization
        fields = (
            "name",
            "legal_name",
            "address",
            "tax_id",
            "website",
            "contact_email",
            "base_currency",
            "time_zone",
            "fiscal_year_start_month",
        )
        field_classes = {"website": WebAddressField}


class FundForm(ServiceForm):
    class Meta:
        model = Fund
        fields = ("code", "name", "restriction", "purpose", "available_from", "is_open")


@admin.register(Organization)
class OrganizationAdmin(BursarAdmin):
    """One row: the foundation this installation belongs to."""

    empty_list = "Who this foundation is: its name, currency, time zone and fiscal year. Fill it in once."
    form = OrganizationForm
    list_display = ("name", "base_currency", "time_zone", "fiscal_year_start_month")
    fields = OrganizationForm.Meta.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        may_change = actor_of(request).has_perm("foundation.change_organization")
        return may_change and not Organization.objects.exists()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Organization:
        del obj, change
        return services.change_organization(actor=actor_of(request), **form.cleaned_data)


@admin.register(Fund)
class FundAdmin(BursarAdmin):
    empty_list = (
        "Purses that money is promised to, with or without a restriction. Commitments need one: "
        "begin with a general fund."
    )
    form = FundForm
    list_display = ("name", "code", "restriction", "purpose", "is_open")
    list_filter = ("is_open", "restriction")
    search_fields = ("name", "code")
    fields = FundForm.Meta.fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return self.fields if obj else tuple(name for name in self.fields if name != "is_open")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("code",) if obj else ()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Fund:
        if change:
            return services.change_fund(actor=actor_of(request), fund=obj, **form.cleaned_data)
        return services.add_fund(actor=actor_of(request), **form.cleaned_data)
