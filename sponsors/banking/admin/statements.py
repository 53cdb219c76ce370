"""Statements: uploading a file, and what came of it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter

from foundation.audit.admin import ObjectLink, OnlyAdded, actor_of
from foundation.audit.badges import fingerprint
from sponsors.banking import services
from sponsors.banking.admin.forms import StatementForm
from sponsors.banking.models import Statement


@admin.register(Statement)
class StatementAdmin(OnlyAdded):
    """Files that were imported; nothing about them changes."""

    empty_list = (
        "Files of the bank that were imported. Add the newest one: only what is not there already is added, so "
        "times may overlap."
    )
    list_display = (
        "file_name",
        "account",
        "first_on",
        "last_on",
        "line_count",
        "new_count",
        "imported_by",
        "created_at",
    )
    add_label = "Import the statement"
    list_filter = (("account", RelatedDropdownFilter),)
    list_select_related = ("account", "imported_by")
    search_fields = ("file_name",)
    search_help_text = "Name of the file"
    ordering = ("-pk",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        shown = (
            "account",
            ("first_on", "last_on"),
            ("line_count", "new_count"),
            ("format", "fingerprint"),
            ("imported_by", "created_at"),
        )
        return ((None, {"fields": shown if obj else ("account", "file")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = StatementForm
        return super().get_form(request, obj, change=change, **kwargs)

    @admin.display(description="Fingerprint of the file")
    def fingerprint(self, statement: Statement) -> SafeString:
        return fingerprint(statement.sha256)

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        lines = f"{reverse('admin:sponsors_bankline_changelist')}?statement__id__exact={obj.pk}"
        return [ObjectLink("Its lines", lines, "list")]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        extra = {
            "title": "Import a bank statement",
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            **(extra_context or {}),
        }
        answer: HttpResponse = super().add_view(request, form_url, extra)
        return answer

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Statement | None:
        del change
        name, content = form.cleaned_data["file"]
        obj.outcome = services.import_statement(
            actor=actor_of(request), account=form.cleaned_data["account"], content=content, file_name=name
        )
        imported: Statement | None = obj.outcome.statement
        return imported

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del post_url_continue
        told = messages.success if obj.outcome.new else messages.info
        told(request, obj.outcome.sentence)
        return HttpResponseRedirect(reverse("admin:sponsors_bankline_changelist"))
