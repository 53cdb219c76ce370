"""Conditions: what is still to happen before promised money is ours, and what has happened."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from foundation.audit.admin import OnlyRead
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments import cells, services
from sponsors.commitments.admin import filters
from sponsors.commitments.admin.exports import ConditionResource
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.admin.promise_forms import ProgressForm, ReverseProgressForm
from sponsors.commitments.models import Condition, ConditionProgress
from sponsors.commitments.rules import FIRM, met_amount

if TYPE_CHECKING:
    from sponsors.commitments.querysets_conditions import ConditionQuerySet

Data = dict[str, Any]


def _met(condition: Condition) -> Decimal:
    goal = condition.barrier.goal
    return met_amount(condition.amount, goal, condition.reached, condition.commitment.currency)


def _record(actor: User, condition: Condition, data: Data) -> str:
    progress = services.record_progress(actor=actor, condition=condition, today=local_today(), **data)
    return f"{money_text(progress.amount, condition.commitment.currency)} is recorded for {condition}."


def _reverse(actor: User, condition: Condition, data: Data) -> str:
    services.reverse_progress(actor=actor, today=local_today(), **data)
    return f"{data['progress'].reference} is reversed and no longer counts for {condition}."


def _missing(condition: Condition) -> Decimal:
    reached: Decimal = condition.reached
    return condition.barrier.goal - reached


CONDITION_ACTIONS = (
    ObjectAction(
        name="record-progress",
        label="Record progress",
        permission="sponsors.record_conditionprogress",
        call=_record,
        form_class=ProgressForm,
        available=lambda c: c.commitment.state in FIRM and _missing(c) > 0,
        icon="task_alt",
        description=lambda c: (
            f"{c.description} {money_text(_missing(c), c.commitment.currency)} of "
            f"{money_text(c.barrier.goal, c.commitment.currency)} is missing. What is met is ours from its day on. "
            "An entry is never edited; a wrong one is reversed."
        ),
    ),
    ObjectAction(
        name="reverse-progress",
        label="Reverse an entry",
        permission="sponsors.reverse_conditionprogress",
        call=_reverse,
        form_class=ReverseProgressForm,
        available=lambda c: ConditionProgress.objects.of(c).standing().exists(),
        icon="undo",
        danger=True,
        description="The entry is undone by a second one that names it, dated today. What it met is open again.",
    ),
)


@dataclass(frozen=True, slots=True)
class ConditionPage:
    """How far the condition is met, and each entry that says so."""

    met: Decimal
    unmet: Decimal
    progress: list[ConditionProgress]


@admin.register(Condition)
class ConditionAdmin(OnlyRead, FindsBySponsor, ExportingAdmin):
    """A condition is agreed with its commitment. Here it is looked at, and what was met is recorded."""

    empty_list = (
        "What must happen before promised money is ours, such as that others give as much. They appear here "
        "once a commitment with a condition is drafted."
    )
    export_resource = ConditionResource
    object_actions = CONDITION_ACTIONS
    history_children = ("progress",)
    summary_template = "admin/commitments/condition.html"
    list_display = ("name", "sponsor_and_condition", "whole", "met", "due_on", "standing")
    list_display_links = ("name",)
    list_filter = (
        filters.ConditionStates,
        ("due_on", RangeDateFilter),
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor",)
    ordering = ("due_on", "pk")
    search_fields = ("description",)
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("description",)
    search_help_text = "Number of the commitment, sponsor or words of the condition"

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        conditions = cast("ConditionQuerySet", super().get_queryset(request))
        return conditions.with_state(local_today()).select_related("commitment__sponsor")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ()  # the summary says everything

    def get_summary(self, request: HttpRequest, obj: Any) -> ConditionPage:
        del request
        met = _met(obj)
        entries = ConditionProgress.objects.of(obj).select_related("recorded_by", "reverses")
        return ConditionPage(met, obj.amount - met, list(entries.order_by("met_on", "pk")))

    @admin.display(description="Condition", ordering="commitment__number")
    def name(self, row: Condition) -> SafeString:
        return cells.whole(str(row))

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor_and_condition(self, row: Condition) -> SafeString:
        return cells.stacked(row.commitment.sponsor.name, row.description)

    @admin.display(description="Depends on it")
    def whole(self, row: Condition) -> str:
        return cells.money(row.amount, row.commitment.currency)

    @admin.display(description="Met")
    def met(self, row: Condition) -> str:
        """What is ours, and what still depends on it below."""
        currency = row.commitment.currency
        met = _met(row)
        open_ = row.amount - met
        if not open_:
            return cells.money(met, currency)
        return cells.stacked(cells.money(met, currency), f"{money_text(open_, currency)} open")

    @admin.display(description="State")
    def standing(self, row: Any) -> SafeString:
        return cells.condition_badge(row.state)
