"""Saved exports, and the record of every file that was taken out."""

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.text import capfirst
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import OnlyRead, actor_of
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.errors import RuleViolation
from foundation.exports import services
from foundation.exports.forms import ShareForm
from foundation.exports.models import ExportRun, SavedExport
from foundation.exports.pages import page_of
from foundation.people.models import User

Data = dict[str, Any]


def _share(actor: User, export: SavedExport, data: Data) -> str:
    services.share_export(actor=actor, export=export, is_shared=data["is_shared"])
    return f"“{export}” is {'shared' if data['is_shared'] else 'only yours'}."


def _forget(actor: User, export: SavedExport, _data: Data) -> Outcome:
    services.forget_export(actor=actor, export=export)
    return Outcome(message=f"“{export}” is removed.", to_list=True)


class _ReadOnly(OnlyRead):
    def get_summary(self, request: HttpRequest, obj: Any) -> Any:
        """Say which rows and columns in the words of the list, not in those of its address."""
        try:
            page = page_of(self.admin_site, obj.list_label)
            filters = page.filters_in_words(request, obj.query)
        except (Http404, RuleViolation):
            return {"filters": ["filters that no longer exist"], "columns": obj.columns}
        return {"filters": filters, "columns": page.columns_in_words(obj.columns)}

    @admin.display(description="List", ordering="list_label")
    def list_name(self, record: SavedExport | ExportRun) -> str:
        return capfirst(str(apps.get_model(record.list_label)._meta.verbose_name_plural))


@admin.register(SavedExport)
class SavedExportAdmin(_ReadOnly):
    """Kept exports: one's own and those that others share."""

    empty_list = (
        "Exports kept under a name, to run again. Open a list such as Sponsors, choose Export, "
        "then Save this export."
    )
    list_display = ("name", "list_name", "file_format", "owner", "is_shared")
    list_select_related = ("owner",)
    search_fields = ("name",)
    search_help_text = "Name"
    fields = ("name", "list_name", "file_format", "owner", "is_shared")
    summary_template = "admin/exports/run.html"
    object_actions = (
        ObjectAction(
            name="share",
            label="Share",
            permission="foundation.add_savedexport",
            call=_share,
            form_class=ShareForm,
            initial=lambda export: {"is_shared": not export.is_shared},
            icon="group",
            description="Others run it with their own rights: nobody sees rows they may not see.",
        ),
        ObjectAction(
            name="forget",
            label="Remove",
            permission="foundation.add_savedexport",
            call=_forget,
            icon="bookmark_remove",
            danger=True,
            description=lambda export: (
                f"“{export}” is removed from the list, for everybody it is shared with too."
            ),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        run = path(
            "<path:object_id>/run/", self.admin_site.admin_view(self.run_view), name=self._url_name("run")
        )
        return [run, *super().get_urls()]

    def get_summary(self, request: HttpRequest, obj: Any) -> Any:
        return {**super().get_summary(request, obj), "run_url": self._url("run", obj.pk)}

    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write the file with the rows of today."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        export = self.object_or_404(request, object_id)
        try:
            return page_of(self.admin_site, export.list_label).file_of(
                request, query=export.query, columns=export.columns, file_format=export.file_format
            )
        except RuleViolation as violation:
            messages.error(request, violation.message)
            return HttpResponseRedirect(self.url_of(export))

    def offered_actions(self, request: HttpRequest, obj: Any) -> list[ObjectAction]:
        own = obj.owner_id == actor_of(request).pk
        return super().offered_actions(request, obj) if own else []


@admin.register(ExportRun)
class ExportRunAdmin(_ReadOnly):
    """Who took which file out, and when."""

    empty_list = (
        "Every file that anybody takes out, with who and when. The first appears when somebody "
        "downloads an export."
    )
    list_display = ("created_at", "exported_by", "list_name", "file_format", "row_count")
    list_filter = (("file_format", ChoicesDropdownFilter),)
    list_select_related = ("exported_by",)
    search_fields = ("list_label", "exported_by__name")
    search_help_text = "List, or who took it out"
    fields = ("created_at", "exported_by", "list_name", "file_format", "row_count")
    summary_template = "admin/exports/selection.html"
