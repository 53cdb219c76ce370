"""Imports of usage: upload a file, watch how far it is, and see what came of its rows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget

from foundation.api.spreadsheets import rows_as_csv
from foundation.audit.admin import ObjectLink, actor_of
from foundation.audit.badges import badge, fingerprint
from foundation.audit.forms import ServiceForm
from foundation.exports.pages import ExportingAdmin
from foundation.uploads.forms import FileInput
from sponsors.inkind.admin.exports import UsageImportResource
from sponsors.inkind.formats import COLUMNS, csv_template
from sponsors.inkind.models import Service, UsageImport, UsageReject
from sponsors.inkind.rules import ImportState, InKindError, UsageSource
from sponsors.inkind.rules.imports import IMPORTS_AT_WORK, check_upload_size
from sponsors.inkind.rules.wording import bytes_in_words
from sponsors.inkind.services.imports import begin_import

_ROWS_A_PAGE = 50
_KILOBYTE = 1000
_REJECT_COLUMNS = ("line", "reason", "excerpt")
_TONES = {
    ImportState.WAITING: "info",
    ImportState.READING: "info",
    ImportState.DONE: "success",
    ImportState.REFUSED: "danger",
    ImportState.FAILED: "danger",
}


class UsageUploadForm(ServiceForm):
    file = forms.FileField(
        widget=FileInput({"accept": ".json,.ndjson,.csv,.txt,.gz"}),
        help_text="Plain or gzipped, at most 10 MB; its format is told by what it holds.",
    )
    service = forms.ModelChoiceField(
        Service.objects.all(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Whose the rows are that do not say so themselves, such as Fastly's aggregates.",
    )

    class Meta:
        model = UsageImport
        fields = ("service",)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            check_upload_size(file.size)
        except InKindError as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        return file


def _reject_rows(rejects: Sequence[UsageReject]) -> list[dict[str, Any]]:
    return [{name: getattr(reject, name) for name in _REJECT_COLUMNS} for reject in rejects]


def _count(name: str, words: str) -> Callable[[Any, UsageImport], str]:
    """Return the column of a count of rows."""

    @admin.display(description=words, ordering=name)
    def column(_admin: Any, usage_import: UsageImport) -> str:
        return f"{getattr(usage_import, name):,}"

    return column


@admin.register(UsageImport)
class UsageImportAdmin(ExportingAdmin):
    """Files and calls that were read; nothing about them changes."""

    empty_list = (
        "Files of usage, and what came of their rows. Add one: statistics of Fastly or Cloudflare, a usage report of "
        "CloudFront, or Bursar's own CSV. The same file may come again, which changes nothing."
    )
    export_resource = UsageImportResource
    summary_template = "admin/inkind/usage_import.html"
    change_form_after_template = "admin/inkind/usage_columns.html"
    add_label = "Upload and import"
    list_display = (
        "file_name",
        "state_badge",
        "new",
        "changed",
        "same",
        "rejected",
        "aside",
        "who",
        "created_at",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("format", ChoicesDropdownFilter),
        ("service", RelatedDropdownFilter),
    )
    list_select_related = ("imported_by",)
    search_fields = ("file_name", "=sha256")
    search_help_text = "Name or SHA-256 of the file"
    ordering = ("-pk",)

    class Media:
        js = ("bursar/imports.js",)

    new = _count("new_count", "New")
    changed = _count("changed_count", "Changed")
    same = _count("same_count", "Same")
    rejected = _count("rejected_count", "Rejected")
    aside = _count("aside_count", "Kept aside")

    @admin.display(description="State", ordering="state")
    def state_badge(self, usage_import: UsageImport) -> SafeString:
        return badge(str(ImportState(usage_import.state).label), _TONES[ImportState(usage_import.state)])

    @admin.display(description="By", ordering="imported_by")
    def who(self, usage_import: UsageImport) -> str:
        return str(usage_import.imported_by or "Bursar itself")

    @admin.display(description="Size")
    def length(self, usage_import: UsageImport) -> str:
        return bytes_in_words(usage_import.size)

    @admin.display(description="Fingerprint of the file")
    def fingerprint(self, usage_import: UsageImport) -> SafeString:
        return fingerprint(usage_import.sha256)

    @admin.display(description="From", empty_value="—")
    def first(self, usage_import: UsageImport) -> str | None:
        return _in_utc(usage_import.first_at)

    @admin.display(description="Until", empty_value="—")
    def last(self, usage_import: UsageImport) -> str | None:
        return _in_utc(usage_import.last_before)

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related("imported_by", "service")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    # Upload ---------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = UsageUploadForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is None:
            return ((None, {"fields": ("file", "service")}),)
        shown = (
            ("source", "format"),
            ("first", "last"),
            "service",
            ("who", "length"),
            ("created_at", "finished_at"),
            "fingerprint",
        )
        return ((None, {"fields": shown}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            ("who", "length", "created_at", "fingerprint", "first", "last")
            if obj
            else super().get_readonly_fields(request, obj)
        )

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> UsageImport:
        del obj, change
        file = form.cleaned_data["file"]
        return begin_import(
            actor=actor_of(request),
            source=UsageSource.UPLOAD,
            file=file,
            file_name=file.name,
            size=file.size,
            service=form.cleaned_data["service"],
            keep=True,
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del request, post_url_continue
        return HttpResponseRedirect(self.url_of(obj))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        extra = {
            "title": "Import usage",
            "show_save_and_add_another": False,
            "columns": COLUMNS,
            "template_url": self._url("template"),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().add_view(request, form_url, extra)
        return answer

    # Look -----------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        page: Page[Any] = Paginator(obj.rejects.all(), _ROWS_A_PAGE).get_page(request.GET.get("page"))
        done, total = _in_kilobytes(obj)
        return {
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "state": self.state_badge(obj),
            "at_work": obj.state in IMPORTS_AT_WORK,
            "done": done,
            "total": total,
            "progress_url": self._url("progress", obj.pk),
            "rejects_url": self._url("rejects", obj.pk),
            "asides_url": reverse(f"{self.admin_site.name}:sponsors_usageaside_changelist"),
        }

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del obj
        if not self.has_add_permission(request):
            return ()
        return [ObjectLink("Import another file", self._url("add"), "upload_file")]

    # Addresses ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("template.csv", view(self.template_view), name=self._url_name("template")),
            path("<int:object_id>/progress/", view(self.progress_view), name=self._url_name("progress")),
            path("<int:object_id>/rejects.csv", view(self.rejects_view), name=self._url_name("rejects")),
        ]
        return [*own, *super().get_urls()]

    def _visible(self, request: HttpRequest, object_id: int) -> UsageImport:
        if not self.has_view_permission(request):
            raise PermissionDenied
        usage_import: UsageImport = self.object_or_404(request, str(object_id))
        return usage_import

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """Return a CSV with every column and an example row."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        answer = HttpResponse(csv_template(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="usage-template.csv"'
        return answer

    def progress_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Say how far the import is, for the page that shows it."""
        usage_import = self._visible(request, object_id)
        done, total = _in_kilobytes(usage_import)
        told = {
            "state": usage_import.state,
            "at_work": usage_import.state in IMPORTS_AT_WORK,
            "done": done,
            "total": total,
        }
        answer = JsonResponse(told)
        answer["Cache-Control"] = "no-store"
        return answer

    def rejects_view(self, request: HttpRequest, object_id: int) -> StreamingHttpResponse:
        """Return every rejected row as CSV."""
        usage_import = self._visible(request, object_id)
        lines = rows_as_csv(usage_import.rejects.all(), _REJECT_COLUMNS, _reject_rows)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="usage-{usage_import.pk}-rejected.csv"'
        return answer


def _in_utc(moment: datetime | None) -> str | None:
    """Return it in the time zone of buckets, whatever the foundation's own is."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else None


def _in_kilobytes(usage_import: UsageImport) -> tuple[int, int]:
    """Return how much of the file was read, and how large it is."""
    progress = getattr(usage_import, "progress", None)
    done = progress.done if progress else 0
    return -(-done // _KILOBYTE), -(-usage_import.size // _KILOBYTE)
