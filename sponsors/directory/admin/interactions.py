"""The list of what was said with sponsors, and the page of one."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import ObjectLink, actor_of
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.commitments.cells import badge
from sponsors.directory import services
from sponsors.directory.admin import filters
from sponsors.directory.admin.beginning import back_to_sponsor
from sponsors.directory.admin.exports import InteractionResource
from sponsors.directory.admin.forms import DoneForm, InteractionForm
from sponsors.directory.models import Interaction, Sponsor

_SHOWN = 80  # characters of a summary in the list


def _complete(actor: User, interaction: Interaction, data: dict[str, Any]) -> str:
    services.complete_next_step(
        actor=actor, interaction=interaction, done_on=data["done_on"], today=local_today()
    )
    return f"Done: {interaction.next_step}"


def _reopen(actor: User, interaction: Interaction, _data: dict[str, Any]) -> str:
    services.reopen_next_step(actor=actor, interaction=interaction)
    return f"Open again: {interaction.next_step}"


@admin.register(Interaction)
class InteractionAdmin(ExportingAdmin):
    empty_list = (
        "Calls, mails and meetings with sponsors, and what is to follow. Log the first one after "
        "you next speak to one."
    )
    form = InteractionForm
    history_children = ("Interaction_contacts+",)
    export_resource = InteractionResource
    object_actions = (
        ObjectAction(
            name="complete",
            label="Complete next step",
            permission="sponsors.change_interaction",
            call=_complete,
            form_class=DoneForm,
            available=lambda i: bool(i.next_step) and i.next_step_done_on is None,
            icon="task_alt",
            description=lambda i: f"“{i.next_step}” is done and leaves the list of open steps.",
        ),
        ObjectAction(
            name="reopen",
            label="Reopen next step",
            permission="sponsors.change_interaction",
            call=_reopen,
            available=lambda i: i.next_step_done_on is not None,
            icon="undo",
            description=lambda i: f"“{i.next_step}” was not done after all.",
        ),
    )
    list_display = ("occurred_at", "sponsor_name", "kind", "beginning", "by", "next_step", "step_due")
    list_filter = (filters.NextStep, ("kind", ChoicesDropdownFilter), filters.By)
    list_select_related = ("sponsor", "by")
    ordering = ("-occurred_at", "-pk")
    search_fields = ("summary",)
    search_help_text = "Sponsor, summary or next step"
    autocomplete_fields = ("sponsor", "contacts")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        sponsors = Sponsor.objects.visible_to(actor_of(request)).matching(term).order_by().values("pk")
        words = Q(summary__icontains=term) | Q(next_step__icontains=term)
        return queryset.filter(words | Q(sponsor__in=sponsors)), False

    @admin.display(description="Sponsor", ordering="sponsor__name")
    def sponsor_name(self, interaction: Interaction) -> str:
        return interaction.sponsor.name

    @admin.display(description="Summary")
    def beginning(self, interaction: Interaction) -> str:
        text = interaction.summary
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"

    @admin.display(description="Due", ordering="next_step_due")
    def step_due(self, interaction: Interaction) -> SafeString | str | None:
        if interaction.next_step_done_on:
            return badge(f"Done {interaction.next_step_done_on}", "success")
        due = interaction.next_step_due
        if due is None:
            return None
        return badge(f"Past {due}", "danger") if due < self._today() else str(due)

    @staticmethod
    def _today() -> Any:
        return timezone.localdate()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        del request
        return () if obj is None else ("sponsor", "next_step_done_on")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        done = () if obj is None else ("next_step_done_on",)
        return (
            (None, {"fields": ("sponsor", "kind", "occurred_at", "contacts", "by", "summary")}),
            ("What should follow", {"fields": (("next_step", "next_step_due"), *done)}),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"by": actor_of(request).pk, **super().get_changeform_initial_data(request)}

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Interaction:
        data: Any = form.cleaned_data
        actor, now = actor_of(request), timezone.now()
        if change:
            return services.change_interaction(actor=actor, interaction=obj, changes=data, now=now)
        return services.log_interaction(actor=actor, now=now, **data)

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [ObjectLink(f"Sponsor: {obj.sponsor}", self.url_of(obj.sponsor), "apartment")]

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return back_to_sponsor(self, request, obj) or super().response_post_save_add(request, obj)
