"""`/api/v1/reminder-steps/`: reminders of the end of commitments, whom they wait for, and the answers to them."""

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from sponsors.commitments.models import Commitment
from sponsors.commitments.services import lock_commitment
from sponsors.renewals.models import ReminderStep, Telling
from sponsors.renewals.querysets import ReminderStepQuerySet
from sponsors.renewals.rules.ladder import Anchor, Told
from sponsors.renewals.rules.outcomes import Outcome
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.services import answering

_ANSWER = "sponsors.answer_reminderstep"
_COLUMNS = (
    "id",
    "commitment",
    "commitment_number",
    "sponsor",
    "sponsor_name",
    "ends_on",
    "code",
    "anchor",
    "days",
    "due_on",
    "closes_before",
    "response_days",
    "state",
    "taken_on",
    "snoozed_until",
    "settled_by",
    "reason",
)


class TellingSerializer(serializers.ModelSerializer[Telling]):
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(choices=Told.choices)

    class Meta:
        model = Telling
        fields = ("person", "name", "role", "told_on")
        read_only_fields = fields


class ReminderStepSerializer(serializers.ModelSerializer[ReminderStep]):
    commitment_number = serializers.CharField(source="commitment.number")
    sponsor = serializers.IntegerField(source="commitment.sponsor_id")
    sponsor_name = serializers.CharField(source="commitment.sponsor.name")
    ends_on = serializers.DateField(help_text="The last day of the commitment that the ladder is for.")
    anchor = serializers.ChoiceField(choices=Anchor.choices, help_text="From which day `days` are counted.")
    days = serializers.IntegerField(help_text="After that day; negative before it.")
    state = serializers.ChoiceField(choices=StepState.choices)
    told = TellingSerializer(source="tellings", many=True)

    class Meta:
        model = ReminderStep
        fields = (*_COLUMNS, "told", "created_at", "updated_at")
        read_only_fields = fields


class SnoozeInput(StrictInput):
    until = serializers.DateField(help_text="After today, and before the next step comes.")
    reason = serializers.CharField(max_length=300)


class OutcomeInput(StrictInput):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    note = serializers.CharField(
        max_length=300, allow_blank=True, default="", help_text="Required for a decline."
    )


class ReminderStepFilters(ListFilters):
    commitment = IdFilter("commitment")
    sponsor = IdFilter("commitment__sponsor")
    owner = IdFilter("commitment__owner")
    state = filters.MultipleChoiceFilter(choices=StepState.choices)
    anchor = filters.ChoiceFilter(choices=Anchor.choices)
    waits_for_me = TrueOrFalse(method="that_wait", help_text="Open, and the caller was told of it.")
    due_from = filters.DateFilter("due_on", lookup_expr="gte")
    due_to = filters.DateFilter("due_on", lookup_expr="lte")

    def that_wait(self, queryset: ReminderStepQuerySet, _name: str, value: bool) -> ReminderStepQuerySet:  # noqa: FBT001  # the filter's signature
        waiting = ReminderStep.objects.waiting_for(self.request.user)
        return (
            queryset.filter(pk__in=waiting.values("pk"))
            if value
            else queryset.exclude(pk__in=waiting.values("pk"))
        )


class ReminderStepViewSet(ReadViewSet[ReminderStep]):
    """Steps of ladders that came due. The nightly sweep takes them; people answer."""

    queryset = ReminderStep.objects.select_related("commitment__sponsor").prefetch_related("tellings__person")
    serializer_class = ReminderStepSerializer
    filterset_class = ReminderStepFilters
    required_scopes = {"read": Scope.RENEWALS_READ, "write": Scope.RENEWALS_WRITE}
    action_permissions = {"acknowledge": _ANSWER, "snooze": _ANSWER, "record_outcome": _ANSWER}
    inputs = {"acknowledge": NoInput, "snooze": SnoozeInput, "record_outcome": OutcomeInput}
    ordering_fields = ("due_on",)
    ordering = ("-due_on",)
    csv_columns = _COLUMNS

    def lock_first(self) -> None:
        """Lock the commitment where the renewal is decided on, before the step."""
        if self.action == "record_outcome":
            for pk in ReminderStep.objects.filter(pk=self.kwargs["pk"]).values_list("commitment", flat=True):
                lock_commitment(Commitment(pk=pk))

    @action(detail=True, methods=["post"])
    @idempotent
    def acknowledge(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say that somebody is at it: nobody else is told of this step."""
        with self.locked() as record:
            answering.acknowledge(actor=self.caller, step=record)
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def snooze(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let the step sleep until a day, and say why."""
        with self.locked() as record:
            answering.snooze(actor=self.caller, step=record, today=local_today(), **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"], url_path="record-outcome")
    @idempotent
    def record_outcome(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record what the sponsor said; a renewal or a decline ends the reminders."""
        with self.locked() as record:
            answering.record_outcome(actor=self.caller, step=record, today=local_today(), **self.input())
            return self.answer(record.pk)
