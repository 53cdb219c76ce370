"""Importing files: upload, see how far it is, look at what is wrong or would change, confirm."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.api.spreadsheets import rows_as_csv
from foundation.audit.admin import ObjectLink, OnlyAdded, actor_of
from foundation.audit.badges import badge, fingerprint
from foundation.audit.object_actions import ObjectAction
from foundation.imports import services
from foundation.imports.forms import UploadForm
from foundation.imports.kinds import ImportKind, all_kinds
from foundation.imports.models import FAULT_COLUMNS, ImportFault, ImportRun
from foundation.imports.rules import AT_WORK, RunAction, RunState, is_possible
from foundation.people.models import User

_ROWS_A_PAGE = 50
_TONES = {
    RunState.UPLOADED: "info",
    RunState.CHECKING: "info",
    RunState.CHECKED: "info",
    RunState.FAULTY: "danger",
    RunState.APPLYING: "info",
    RunState.APPLIED: "success",
    RunState.FAILED: "danger",
    RunState.DISCARDED: "default",
}


def _apply(actor: User, run: ImportRun, _data: dict[str, Any]) -> str:
    services.apply_import(actor=actor, run=run)
    return f"{run} is being imported."


def _discard(actor: User, run: ImportRun, _data: dict[str, Any]) -> str:
    services.discard_import(actor=actor, run=run)
    return f"{run} is put aside."


def fault_rows(faults: Sequence[ImportFault]) -> list[dict[str, Any]]:
    return [{name: getattr(fault, name) for name in FAULT_COLUMNS} for fault in faults]


@admin.register(ImportRun)
class ImportRunAdmin(OnlyAdded):
    """Files that were imported, or shall be."""

    object_actions = (
        ObjectAction(
            name="apply",
            label="Import now",
            permission="foundation.add_importrun",
            call=_apply,
            available=lambda run: is_possible(run.state, RunAction.APPLY),
            icon="upload_file",
            description=lambda run: (
                f"{run.new_count} {run.import_kind.noun}s are added and {run.changed_count} changed, all of them or "
                "none. Every row is checked once more first."
            ),
        ),
        ObjectAction(
            name="discard",
            label="Discard",
            permission="foundation.add_importrun",
            call=_discard,
            available=lambda run: is_possible(run.state, RunAction.DISCARD),
            icon="delete_sweep",
            danger=True,
            description="The file is put aside and changes nothing. It stays in the list.",
        ),
    )
    summary_template = "admin/imports/run.html"
    change_form_after_template = "admin/imports/columns.html"
    empty_list = (
        "Files that were checked and brought in. Add one: nothing is written before you have seen what "
        "it would change."
    )
    add_label = "Upload and check"
    list_display = ("file_name", "kind_name", "state_badge", "row_count", "uploaded_by", "created_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("uploaded_by",)
    search_fields = ("file_name",)
    search_help_text = "Name of the file"
    ordering = ("-created_at", "-pk")

    class Media:
        js = ("bursar/imports.js",)

    @admin.display(description="Of", ordering="kind")
    def kind_name(self, run: ImportRun) -> str:
        return run.kind_label

    @admin.display(description="State", ordering="state")
    def state_badge(self, run: ImportRun) -> SafeString:
        return badge(str(RunState(run.state).label), _TONES[RunState(run.state)])

    @admin.display(description="Fingerprint of the file")
    def fingerprint(self, run: ImportRun) -> SafeString:
        return fingerprint(run.sha256)

    # Rights ---------------------------------------------------------------------------------

    def _kinds(self, request: HttpRequest) -> list[ImportKind]:
        return [kind for kind in all_kinds() if kind.may_import(actor_of(request))]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self._kinds(request))

    def offered_actions(self, request: HttpRequest, obj: Any) -> list[ObjectAction]:
        may = obj.import_kind.may_import(actor_of(request))
        return super().offered_actions(request, obj) if may else []

    def object_action_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        # Which permission it takes follows from the kind.
        run = ImportRun.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if run is not None and not run.import_kind.may_import(actor_of(request)):
            raise PermissionDenied
        return super().object_action_view(request, object_id, name)

    # Upload ---------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        form_class = super().get_form(request, obj, change=change, **{**kwargs, "form": UploadForm})
        kinds = [(kind.name, kind.label) for kind in self._kinds(request)]
        field = form_class.base_fields["kind"]
        field.choices = kinds
        field.initial = request.GET.get("kind", kinds[0][0] if kinds else "")
        return form_class

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is None:
            return ((None, {"fields": ("kind", "file")}),)
        return ((None, {"fields": ("uploaded_by", "created_at", "applied_by", "applied_at", "fingerprint")}),)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> ImportRun:
        del obj, change
        name, content = form.cleaned_data["file"]
        return services.start_import(
            actor=actor_of(request), kind=form.cleaned_data["kind"], content=content, file_name=name
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del request, post_url_continue
        return HttpResponseRedirect(self.url_of(obj))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        extra = {
            "kinds": [(kind, self._url("template", kind.name)) for kind in self._kinds(request)],
            **(extra_context or {}),
        }
        answer: HttpResponse = super().add_view(request, form_url, extra)
        return answer

    # Look -----------------------------------------------------------------------------------

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        rows = obj.faults.all() if obj.fault_count else obj.steps.all()
        page: Page[Any] = Paginator(rows, _ROWS_A_PAGE).get_page(request.GET.get("page"))
        return {
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "state": self.state_badge(obj),
            "at_work": obj.state in AT_WORK,
            "progress": obj.progress,
            "progress_url": self._url("progress", obj.pk),
            "faults_url": self._url("faults", obj.pk),
        }

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del obj
        if not self.has_add_permission(request):
            return ()
        return [ObjectLink("Upload another file", self._url("add"), "upload_file")]

    # Addresses ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("template/<slug:name>.csv", view(self.template_view), name=self._url_name("template")),
            path("<int:object_id>/progress/", view(self.progress_view), name=self._url_name("progress")),
            path("<int:object_id>/faults.csv", view(self.faults_view), name=self._url_name("faults")),
        ]
        return [*own, *super().get_urls()]

    def _visible(self, request: HttpRequest, object_id: int) -> ImportRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run: ImportRun = self.object_or_404(request, str(object_id))
        return run

    def template_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Return a file with every column of the kind and an example row."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        kind = next((kind for kind in self._kinds(request) if kind.name == name), None)
        if kind is None:
            raise Http404
        answer = HttpResponse(kind.template(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{kind.name}-template.csv"'
        return answer

    def progress_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Say how far the import is, for the page that shows it."""
        run = self._visible(request, object_id)
        answer = JsonResponse(
            {
                "state": run.state,
                "at_work": run.state in AT_WORK,
                "done": run.progress.done,
                "total": run.progress.total,
            }
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def faults_view(self, request: HttpRequest, object_id: int) -> StreamingHttpResponse:
        """Return every fault as CSV."""
        run = self._visible(request, object_id)
        lines = rows_as_csv(run.faults.all(), FAULT_COLUMNS, fault_rows)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="import-{run.pk}-faults.csv"'
        return answer
