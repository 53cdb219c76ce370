"""The base of admin pages whose list can be exported."""

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst

from foundation.audit.admin import BursarAdmin, BursarChangeList, actor_of, show_on_form
from foundation.errors import RuleViolation
from foundation.exports import services
from foundation.exports.files import MOST_ROWS, ExportResource, content_type, written
from foundation.exports.forms import KEEP, ExportForm

if TYPE_CHECKING:
    from collections.abc import Sequence


class _AllRows(BursarChangeList):
    """The list's rows as filtered, searched and ordered, without its pages."""

    def get_results(self, request: HttpRequest) -> None:
        """Read nothing yet."""


class ExportingAdmin(BursarAdmin):
    """A list with an export page: choose columns and format, download, or keep it under a name."""

    export_resource: ClassVar[type[ExportResource]]
    list_before_template = "admin/exports/list_bar.html"

    def get_urls(self) -> list[URLPattern]:
        export = path("export/", self.admin_site.admin_view(self.export_view), name=self._url_name("export"))
        return [export, *super().get_urls()]

    def get_export_queryset(self, queryset: Any) -> Any:
        """Add what the columns need, so that no row costs a query."""
        return queryset

    def rows_for(self, request: HttpRequest, query: str) -> Any:
        """Return the rows of the list under the filters, as the person sees them today."""
        return self.get_export_queryset(self._list_of(request, query).queryset)

    def filters_in_words(self, request: HttpRequest, query: str) -> list[str]:
        """Return what the filters say, as the list's own filters call it. Raises ExportError."""
        asked = QueryDict(query)
        words = [f"Search: {asked['q']}"] if asked.get("q") else []
        for spec in self._list_of(request, query).filter_specs:
            chosen = [
                _choice_in_words(spec, value)
                for name in spec.expected_parameters()
                for value in asked.getlist(str(name))
                if value
            ]
            if chosen:
                words.append(f"{capfirst(str(spec.title))}: {', '.join(chosen)}")
        return words

    def columns_in_words(self, columns: "Sequence[str]") -> list[str]:
        labels = dict(self.export_resource.column_choices())
        return [labels.get(name, capfirst(name)) for name in columns]

    def _list_of(self, request: HttpRequest, query: str) -> _AllRows:
        asked = copy.copy(request)
        asked.GET = QueryDict(query)
        asked.method = "GET"
        display = self.get_list_display(asked)
        try:
            return _AllRows(
                asked,
                self.model,
                display,
                self.get_list_display_links(asked, display),
                self.get_list_filter(asked),
                self.date_hierarchy,
                self.get_search_fields(asked),
                self.get_list_select_related(asked),
                self.list_per_page,
                self.list_max_show_all,
                self.list_editable,
                self,
                self.get_sortable_by(asked),
                self.search_help_text,
            )
        except IncorrectLookupParameters as error:
            msg = "The filters of this export no longer exist. Filter the list again and keep it anew."
            raise services.ExportError(msg, code="filters_unknown") from error

    def file_of(
        self, request: HttpRequest, *, query: str, columns: "Sequence[str]", file_format: str
    ) -> HttpResponse:
        """Return the file, recorded as taken out. Raises ExportError when there is too much of it."""
        known = {name for name, _label in self.export_resource.column_choices()}
        chosen = [name for name in columns if name in known]
        rows = self.rows_for(request, query)
        count = rows.count()
        if count > MOST_ROWS:
            msg = f"These are {count:,} rows; at most {MOST_ROWS:,} fit. Filter the list first."
            raise services.ExportError(msg, code="too_many_rows")
        services.record_run(
            actor=actor_of(request),
            list_label=self.opts.label_lower,
            query=query,
            columns=chosen,
            file_format=file_format,
            row_count=count,
        )
        response = HttpResponse(
            written(self.export_resource, rows, chosen, file_format), content_type=content_type(file_format)
        )
        stem = f"{self.opts.verbose_name_plural}-{timezone.localdate()}".replace(" ", "-")
        response["Content-Disposition"] = f'attachment; filename="{stem}.{file_format}"'
        return response

    def export_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.urlencode()
        may_keep = actor_of(request).has_perm("foundation.add_savedexport")
        form = ExportForm(
            request.POST if request.method == "POST" else None,
            columns=self.export_resource.column_choices(),
            user=actor_of(request),
        )
        if not may_keep:
            del form.fields["name"], form.fields["is_shared"]
        if form.is_valid():
            try:
                if KEEP in request.POST and may_keep:
                    return self._keep(request, query, form.cleaned_data)
                data = form.cleaned_data
                return self.file_of(
                    request, query=query, columns=data["columns"], file_format=data["file_format"]
                )
            except RuleViolation as violation:
                show_on_form(form, violation)
        context = {
            "title": f"Export {self.opts.verbose_name_plural}",
            "form": form,
            "may_keep": may_keep,
            "filtered": bool(query),
            "back_url": f"{self.url_of_list()}?{query}" if query else self.url_of_list(),
        }
        return self.page(request, "admin/exports/export.html", context)

    def _keep(self, request: HttpRequest, query: str, data: dict[str, Any]) -> HttpResponse:
        kept = services.keep_export(
            actor=actor_of(request),
            name=data["name"],
            list_label=self.opts.label_lower,
            query=query,
            columns=data["columns"],
            file_format=data["file_format"],
            is_shared=data["is_shared"],
        )
        return HttpResponseRedirect(self.url_of(kept))


def _choice_in_words(spec: Any, value: str) -> str:
    """Return how the filter shows the value: its choice's label, or the name of the row it means."""
    field = getattr(spec, "field", None)
    choices = getattr(spec, "lookup_choices", None) or getattr(field, "flatchoices", None) or ()
    labels = {str(key): str(label) for key, label in choices}
    if value in labels:
        return labels[value]
    related = getattr(field, "related_model", None)
    row = related._default_manager.filter(pk=value).first() if related and value.isdecimal() else None
    return str(row or value)


def page_of(site: Any, label: str) -> ExportingAdmin:
    """Return the page whose list the label names. Raises Http404 when it has no export."""
    for model, page in site._registry.items():
        if model._meta.label_lower == label and isinstance(page, ExportingAdmin):
            return page
    raise Http404
