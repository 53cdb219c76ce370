"""Reminders of the end of commitments: what waits for whom, and the answers to it; and the mails that told of them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)

from foundation.audit.admin import OnlyRead, actor_of
from foundation.audit.forms import ActionForm
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.commitments import cells as money_cells
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.renewals import cells
from sponsors.renewals.models import Digest, ReminderStep, Telling
from sponsors.renewals.rules.outcomes import LONGEST_SNOOZE, Outcome
from sponsors.renewals.rules.states import UNSETTLED, StepAction, StepState, step_may
from sponsors.renewals.rules.wording import days_left_in_words, step_in_words
from sponsors.renewals.selectors.digests import StepPage, step_page
from sponsors.renewals.services import answering

Data = dict[str, Any]
_ANSWER = "sponsors.answer_reminderstep"
_USUAL_SNOOZE = timedelta(days=14)
_DAY = timedelta(days=1)


class SnoozeForm(ActionForm):
    until = forms.DateField(label="Remind again on", help_text="Before the next reminder comes.")
    reason = forms.CharField(max_length=300, help_text="One sentence; it stays with the reminder.")


class OutcomeForm(ActionForm):
    outcome = forms.ChoiceField(choices=Outcome.choices, label="What they said")
    note = forms.CharField(
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed when they will not renew: why.",
    )


def _acknowledge(actor: User, step: ReminderStep, _data: Data) -> str:
    answering.acknowledge(actor=actor, step=step)
    return f"You are at it: nobody else is told that {_ends(step)}."


def _snooze(actor: User, step: ReminderStep, data: Data) -> str:
    answering.snooze(actor=actor, step=step, today=local_today(), **data)
    return f"You are reminded again on {data['until']}."


def _record(actor: User, step: ReminderStep, data: Data) -> str:
    answered = answering.record_outcome(actor=actor, step=step, today=local_today(), **data)
    if answered.state == StepState.CLOSED:
        return f"Recorded. The reminders about {step.commitment} are over."
    return f"Recorded, and the card of {step.commitment} stands where such renewals do."


def _ends(step: ReminderStep) -> str:
    commitment = step.commitment
    ends = days_left_in_words((step.ends_on - local_today()).days)
    return f"{commitment.number} of {commitment.sponsor.name} {ends}"


def _first_snooze(step: ReminderStep) -> Data:
    last = min(step.closes_before - _DAY, local_today() + LONGEST_SNOOZE)
    return {"until": min(local_today() + _USUAL_SNOOZE, last)}


def _may(action: StepAction) -> Any:
    return lambda step: step_may(step.state, action)


STEP_ACTIONS = (
    ObjectAction(
        name="acknowledge",
        label="Acknowledge",
        permission=_ANSWER,
        call=_acknowledge,
        available=_may(StepAction.ACKNOWLEDGE),
        icon="check",
        description=lambda step: (
            f"{_ends(step)}. Say that you are at it: nobody else is told of this reminder. The next one comes all the same."
        ),
    ),
    ObjectAction(
        name="snooze",
        label="Snooze",
        permission=_ANSWER,
        call=_snooze,
        form_class=SnoozeForm,
        available=_may(StepAction.SNOOZE),
        initial=_first_snooze,
        icon="snooze",
        description=lambda step: (
            f"{_ends(step)}. Until the day you choose nobody is told; then the time to respond begins anew."
        ),
    ),
    ObjectAction(
        name="record-outcome",
        label="Record what they said",
        permission=_ANSWER,
        call=_record,
        form_class=OutcomeForm,
        available=lambda step: step.state in UNSETTLED,
        icon="record_voice_over",
        description=lambda step: (
            f"{_ends(step)}. The card of the renewal moves to where it belongs. Once it is renewed or declined, the reminders "
            "are over."
        ),
    ),
)


class WaitsFor(DropdownFilter):
    title = "waits for"
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [("me", "Me"), ("anybody", "Anybody"), ("untold", "Nobody: nobody could be told")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        tellings = Telling.objects.filter(step=OuterRef("pk"))
        waiting = queryset.filter(state=StepState.OPEN)
        match self.value():
            case "me":
                return queryset.waiting_for(actor_of(request))
            case "anybody":
                return waiting
            case "untold":
                return waiting.filter(~Exists(tellings))
        return queryset


@admin.register(ReminderStep)
class ReminderStepAdmin(OnlyRead, FindsBySponsor):
    """Bursar alone takes the steps; people answer them."""

    empty_list = (
        "Every night Bursar looks for commitments whose end or last day for notice comes near, and tells their owners. "
        "When, the reminder policies say."
    )
    opens_with = "waits=me"
    object_actions = STEP_ACTIONS
    summary_template = "admin/renewals/step.html"
    list_display = ("commitment_title", "sponsor", "step", "last_day", "state_badge", "told")
    list_display_links = ("commitment_title",)
    list_filter = (
        WaitsFor,
        ("state", ChoicesDropdownFilter),
        ("anchor", ChoicesDropdownFilter),
        ("due_on", RangeDateFilter),
        ("commitment__owner", AutocompleteSelectFilter),
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor",)
    ordering = ("ends_before", "-due_on", "-pk")
    search_fields = ("commitment__number",)
    search_help_text = "Number or title of the commitment, or sponsor"
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("commitment__title",)
    fields = (
        ("commitment", "sponsor"),
        ("step", "last_day"),
        ("due_on", "closes_before"),
        ("state_badge", "taken_on"),
        ("snoozed_until", "response_days"),
        ("settled_by", "reason"),
    )
    readonly_fields = ("sponsor", "step", "last_day", "state_badge")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("commitment__sponsor", "commitment__owner").prefetch_related(
            "tellings__person"
        )

    def get_summary(self, request: HttpRequest, obj: Any) -> StepPage:
        return step_page(obj, actor_of(request), local_today())

    @admin.display(description="Commitment", ordering="commitment__number")
    def commitment_title(self, step: ReminderStep) -> SafeString:
        return money_cells.stacked(step.commitment.number, step.commitment.title)

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor(self, step: ReminderStep) -> str:
        return step.commitment.sponsor.name

    @admin.display(description="Reminder", ordering="due_on")
    def step(self, step: ReminderStep) -> str:
        return step_in_words(step.anchor, step.days).capitalize()

    @admin.display(description="Last day", ordering="ends_before")
    def last_day(self, step: ReminderStep) -> str:
        return str(step.ends_on)

    @admin.display(description="State", ordering="state")
    def state_badge(self, step: ReminderStep) -> SafeString:
        return cells.step_badge(step.state)

    @admin.display(description="Told")
    def told(self, step: ReminderStep) -> str:
        names = dict.fromkeys(telling.person.name for telling in step.tellings.all())
        return ", ".join(names) or money_cells.NOTHING


@admin.register(Digest)
class DigestAdmin(OnlyRead):
    """Written by the nightly run, one a person a day at most."""

    empty_list = "The mails in which people are told of renewals and payments: one a day at most."
    list_display = ("day", "person", "told_of", "mail")
    list_filter = (("person", AutocompleteSelectFilter), ("day", RangeDateFilter))
    ordering = ("-day", "-pk")
    fields = (("person", "day"), ("told_of", "mail"), "contents")
    readonly_fields = ("told_of", "mail", "contents")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("person", "notice")
        return rows.defer("notice__body_text", "notice__body_html").annotate(count=Count("tellings"))

    @admin.display(description="Told of", ordering="count")
    def told_of(self, digest: Any) -> str:
        return f"{digest.count} reminder{'' if digest.count == 1 else 's'}"

    @admin.display(description="Mail")
    def mail(self, digest: Digest) -> SafeString:
        address = reverse("admin:foundation_notice_change", args=[digest.notice_id])
        return format_html('<a href="{}">{}</a>', address, digest.notice.get_state_display())

    @admin.display(description="Contents")
    def contents(self, digest: Digest) -> SafeString:
        rows = digest.tellings.select_related("step__commitment", "payment__installment__commitment")
        lines = [
            f"{row.get_role_display()}: {row.step.commitment.number}, {step_in_words(row.step.anchor, row.step.days)}"
            if row.step
            else f"{row.get_role_display()}: {row.payment}"
            for row in rows
        ]
        return format_html('<p class="whitespace-pre-line">{}</p>', "\n".join(lines))
