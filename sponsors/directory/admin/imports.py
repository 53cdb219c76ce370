"""Importing sponsors: upload, look at what would change, confirm."""

import re
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from foundation.audit.admin import BursarAdmin, ObjectLink, actor_of
from foundation.audit.object_actions import ObjectAction
from foundation.people.models import User
from sponsors.commitments.cells import badge
from sponsors.directory import services
from sponsors.directory.admin.forms import ImportForm
from sponsors.directory.imports import COLUMNS, template_csv
from sponsors.directory.models import SponsorImport

State = SponsorImport.State
_ROWS_A_PAGE = 50
_TONES = {
    State.CHECKED: "info",
    State.REJECTED: "danger",
    State.APPLIED: "success",
    State.DISCARDED: "default",
}


def _is_open(record: SponsorImport) -> bool:
    return record.state == State.CHECKED


def _apply(actor: User, record: SponsorImport, _data: dict[str, Any]) -> str:
    done = services.apply_import(actor=actor, record=record, now=timezone.now())
    if done.state == State.REJECTED:
        return (
            "Nothing was imported: rows have become bad since the file was checked. See the problems below."
        )
    if done.state == State.CHECKED:
        return (
            "Nothing was imported yet: the sponsors changed since the file was checked. Look at it once more."
        )
    return f"Imported: {done.created_count} added, {done.updated_count} changed."


def _discard(actor: User, record: SponsorImport, _data: dict[str, Any]) -> str:
    services.discard_import(actor=actor, record=record)
    return f"{record} is put aside."


@admin.register(SponsorImport)
class SponsorImportAdmin(BursarAdmin):
    empty_list = (
        "Files of sponsors that were checked and brought in. Add one: nothing is written before "
        "you have seen what it would change."
    )
    object_actions = (
        ObjectAction(
            name="apply",
            label="Import now",
            permission="sponsors.import_sponsor",
            call=_apply,
            available=_is_open,
            icon="upload_file",
            description=lambda record: (
                f"{record.created_count} sponsors are added and {record.updated_count} changed, all of them or "
                "none. Every row is checked once more first."
            ),
        ),
        ObjectAction(
            name="discard",
            label="Discard",
            permission="sponsors.import_sponsor",
            call=_discard,
            available=_is_open,
            icon="delete_sweep",
            danger=True,
            description="The file is put aside and changes nothing. It stays in the list.",
        ),
    )
    summary_template = "admin/directory/import.html"
    list_display = (
        "file_name",
        "state_badge",
        "row_count",
        "created_count",
        "updated_count",
        "uploaded_by",
        "created_at",
    )
    list_filter = ("state",)
    list_select_related = ("uploaded_by",)
    search_fields = ("file_name",)
    ordering = ("-created_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset = super().get_queryset(request)
        # Rows and problems may be megabytes; a list does not show them.
        return (
            queryset
            if "/change/" in request.path or "/do/" in request.path
            else queryset.defer("rows", "problems")
        )

    @admin.display(description="State", ordering="state")
    def state_badge(self, record: SponsorImport) -> SafeString:
        # The words before the comma or colon say enough beside the figures.
        label = re.split("[,:]", str(record.get_state_display()))[0]
        return badge(label, _TONES[State(record.state)])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).has_perm("sponsors.import_sponsor")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    # Upload ---------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ImportForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is not None:
            return ((None, {"fields": ("uploaded_by", "created_at", "applied_at")}),)
        described = "The first line names the columns; only “name” is required. Nothing is written before you confirm."
        return ((None, {"fields": ("file",), "description": described}),)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> SponsorImport:
        del obj, change
        name, content = form.cleaned_data["file"]
        return services.check_import(actor=actor_of(request), content=content, file_name=name)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del request, post_url_continue
        return HttpResponseRedirect(self.url_of(obj))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        extra = {
            "columns": COLUMNS.items(),
            "template_url": self._url("template"),
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            **(extra_context or {}),
        }
        answer: HttpResponse = super().add_view(request, form_url, extra)
        return answer

    change_form_after_template = "admin/directory/import_columns.html"

    # Look -----------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        rows = obj.problems or obj.rows
        page: Page[Any] = Paginator(rows, _ROWS_A_PAGE).get_page(request.GET.get("page"))
        return {
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "same_count": obj.row_count - obj.created_count - obj.updated_count,
            "state": self.state_badge(obj),
        }

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del obj
        if not self.has_add_permission(request):
            return ()
        return [ObjectLink("Upload another file", self._url("add"), "upload_file")]

    # The template ---------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        template = path(
            "template.csv", self.admin_site.admin_view(self.template_view), name=self._url_name("template")
        )
        return [template, *super().get_urls()]

    def template_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        answer = HttpResponse(template_csv(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="sponsors-template.csv"'
        return answer
