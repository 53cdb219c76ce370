"""The list of services, the page of one, and the dashboards of services and providers."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from foundation.audit.admin import ObjectLink, actor_of
from foundation.audit.badges import badge
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from sponsors.directory.models import Sponsor
from sponsors.inkind.admin.dashboards import provider_dashboard, service_dashboard
from sponsors.inkind.admin.exports import ServiceResource
from sponsors.inkind.admin.service_actions import SERVICE_ACTIONS
from sponsors.inkind.admin.service_forms import AddServiceForm, ChangeServiceForm
from sponsors.inkind.models import Service
from sponsors.inkind.rules import Criticality
from sponsors.inkind.rules.wording import bytes_in_words, percent_in_words
from sponsors.inkind.selectors.services import ServicePage, figures_of, service_page
from sponsors.inkind.services import catalog

if TYPE_CHECKING:
    from sponsors.inkind.querysets import ServiceQuerySet

_TONES = {Criticality.CRITICAL: "danger", Criticality.HIGH: "warning"}


class Lacks(DropdownFilter):
    """What somebody should look at; a value that is none of them narrows nothing."""

    title = "to look at"
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [
            ("supplier", "Nobody supplies it"),
            ("line", "Its line no longer holds"),
            ("usage", "No usage for three days"),
        ]

    def queryset(self, request: HttpRequest, queryset: "ServiceQuerySet") -> "ServiceQuerySet":
        del request
        today = local_today()
        narrowed: dict[str, Callable[[], ServiceQuerySet]] = {
            "supplier": lambda: queryset.without_supplier(today),
            "line": lambda: queryset.without_standing_line(today),
            "usage": lambda: queryset.silent(today),
        }
        chosen = narrowed.get(str(self.value()))
        return chosen() if chosen else queryset


@admin.register(Service)
class ServiceAdmin(ExportingAdmin):
    """What gifts in kind keep running. Everything that hangs on a service changes by named actions."""

    opens_added = True
    empty_list = (
        "What gifts in kind keep running, such as the files of a package index behind a CDN. Add the first, say what its "
        "provider calls it and who supplies it; then usage can be imported."
    )
    export_resource = ServiceResource
    history_children = ("keys", "supplies", "alternatives")
    object_actions = SERVICE_ACTIONS
    summary_template = "admin/inkind/service.html"
    list_display = (
        "name",
        "provider",
        "supplier",
        "criticality_badge",
        "bytes_of_month",
        "hit_ratio",
        "last_usage",
    )
    list_filter = (
        Lacks,
        ("provider", ChoicesDropdownFilter),
        ("criticality", ChoicesDropdownFilter),
    )
    ordering = ("name",)
    search_fields = ("name", "slug", "purpose")
    search_help_text = "Name, slug or purpose"

    # The list -------------------------------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        figures = figures_of([row.pk for row in changelist.result_list], local_today())
        for row in changelist.result_list:
            row.figures = figures[row.pk]
        return changelist

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.with_last_day().with_supplier(local_today())

    @admin.display(description="Supplier today")
    def supplier(self, service: Any) -> str | SafeString:
        if service.retired_on is not None and service.retired_on <= local_today():
            return badge("Retired")
        return service.figures.supplier or badge("nobody", "danger")

    @admin.display(description="Criticality", ordering="criticality")
    def criticality_badge(self, service: Service) -> SafeString:
        word = service.get_criticality_display().partition(":")[0]
        return badge(word, _TONES.get(Criticality(service.criticality), "default"))

    @admin.display(description="Bytes last month")
    def bytes_of_month(self, service: Any) -> str | None:
        used = service.figures.used.bytes
        return None if used is None else bytes_in_words(used)

    @admin.display(description="Hit ratio last month")
    def hit_ratio(self, service: Any) -> str | None:
        ratio = service.figures.used.hit_ratio
        return None if ratio is None else percent_in_words(ratio)

    @admin.display(description="Last usage", empty_value="none yet")
    def last_usage(self, service: Any) -> Any:
        return service.figures.last_day

    # The form -------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = AddServiceForm if obj is None else ChangeServiceForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ((None, {"fields": (("name", "slug"), "purpose", ("provider", "criticality"), "dependents")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("slug",) if obj else ()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Service:
        data = form.cleaned_data
        if not change:
            return catalog.add_service(actor=actor_of(request), **data)
        return catalog.change_service(actor=actor_of(request), service=Service.objects.get(pk=obj.pk), **data)

    # The pages ------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> ServicePage:
        del request
        return service_page(obj, local_today())

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        imports = reverse(f"{self.admin_site.name}:sponsors_usageimport_changelist")
        return [
            ObjectLink("Dashboard", self._url("dashboard", obj.pk), "monitoring"),
            ObjectLink("Usage imports", imports, "upload_file"),
        ]

    def get_urls(self) -> list[URLPattern]:
        of_service = path(
            "<path:object_id>/dashboard/",
            self.admin_site.admin_view(self.dashboard_view),
            name=self._url_name("dashboard"),
        )
        of_provider = path(
            "provider/<int:sponsor_id>/",
            self.admin_site.admin_view(self.provider_view),
            name=self._url_name("provider"),
        )
        return [of_service, of_provider, *super().get_urls()]

    def dashboard_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show what a service carried and what that is worth."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return service_dashboard(self, request, self.object_or_404(request, object_id))

    def provider_view(self, request: HttpRequest, sponsor_id: int) -> HttpResponseBase:
        """Show what all services carried that a sponsor supplies."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sponsor = get_object_or_404(Sponsor.objects.visible_to(actor_of(request)), pk=sponsor_id)
        return provider_dashboard(self, request, sponsor)
