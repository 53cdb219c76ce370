"""`…/ladder/`, `/api/v1/reminder-policies/` and `/api/v1/renewal-settings/`: when people are told, and who."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import (
    AmountField,
    NoInput,
    RemovedSerializer,
    StrictInput,
    VisibleRecord,
    exact_amount,
)
from foundation.api.views import ChangesRecords, ReadViewSet, RecordViewSet
from foundation.books.selectors import current_organization, local_today
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import ReminderPolicy, ReminderRung, RenewalSettings
from sponsors.renewals.rules.ladder import Anchor, Need, Rung, Told
from sponsors.renewals.rules.ladder_policies import MOST_DAYS, MOST_RESPONSE_DAYS
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.ladders import ladder_of
from sponsors.renewals.services import reminder_policies as services
from sponsors.renewals.services.settings import change_renewal_settings

_CHANGE = "sponsors.change_reminderpolicy"
_OVERRIDE = "sponsors.change_reminderoverride"
_MEASURES = ("name", "long_from_months", "last_window_days")
_SETTINGS = (
    "fundraising_lead",
    "director",
    "reserves",
    "reserves_on",
    "monthly_costs",
    "payment_days",
    "sends_payment_reminders",
)
_READ_AND_WRITE = {"read": Scope.RENEWALS_READ, "write": Scope.RENEWALS_WRITE}


class PersonToldSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Told.choices)
    on = serializers.DateField(help_text="The day on which they were told, or will be if nobody answers.")


class PastStepSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the reminder step.")
    code = serializers.CharField()
    words = serializers.CharField()
    ends_on = serializers.DateField(help_text="Of the ladder; an end that was moved has another one.")
    due_on = serializers.DateField()
    state = serializers.ChoiceField(choices=StepState.choices)
    told = PersonToldSerializer(many=True)
    settled_by = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    snoozed_until = serializers.DateField(allow_null=True)


class ComingStepSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    words = serializers.CharField()
    due_on = serializers.DateField()
    response_days = serializers.IntegerField(help_text="Working days until the next person is told.")
    told = PersonToldSerializer(many=True, help_text="As things stand; empty when nobody could be told.")


class LadderSerializer(serializers.Serializer[Any]):
    policy = serializers.IntegerField(source="policy.pk")
    policy_name = serializers.CharField(source="policy.name")
    reason = serializers.CharField(allow_blank=True, help_text="Why it is not the default one.")
    past = PastStepSerializer(many=True)
    coming = ComingStepSerializer(many=True)


class ChooseLadderInput(StrictInput):
    policy = VisibleRecord(queryset=ReminderPolicy.objects.all())
    reason = serializers.CharField(max_length=300)


class LadderViewSet(ReadViewSet[Commitment]):
    """The reminders of one commitment: what became of those before, and which are to come, when, and to whom."""

    queryset = Commitment.objects.select_related("owner", "backup")
    serializer_class = LadderSerializer
    outputs = {"retrieve": LadderSerializer, "choose": LadderSerializer, "back": LadderSerializer}
    inputs = {"choose": ChooseLadderInput, "back": NoInput}
    singular = "ladder"
    required_scopes = _READ_AND_WRITE
    action_permissions = {
        "retrieve": "sponsors.view_reminderstep",
        "choose": _OVERRIDE,
        "back": _OVERRIDE,
    }
    creates = ()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return self._ladder()

    @idempotent
    def choose(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give the commitment another ladder than the default, and say why."""
        with self.locked() as record:
            services.set_override(actor=self.caller, commitment=record, **self.input())
            return self._ladder()

    @idempotent
    def back(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let the default ladder hold for the commitment again."""
        with self.locked() as record:
            services.remove_override(actor=self.caller, commitment=record)
            return self._ladder()

    def _ladder(self) -> Response:
        record = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        return Response(LadderSerializer(ladder_of(record, local_today())).data)


class RungSerializer(serializers.ModelSerializer[ReminderRung]):
    anchor = serializers.ChoiceField(choices=Anchor.choices)
    need = serializers.ChoiceField(choices=Need.choices)

    class Meta:
        model = ReminderRung
        fields = ("anchor", "days", "need", "response_days")
        read_only_fields = fields


class ReminderPolicySerializer(serializers.ModelSerializer[ReminderPolicy]):
    rungs = RungSerializer(many=True)

    class Meta:
        model = ReminderPolicy
        fields = ("id", *_MEASURES, "is_default", "rungs", "created_at", "updated_at")
        read_only_fields = fields


class RungInput(StrictInput):
    anchor = serializers.ChoiceField(choices=Anchor.choices, default=Anchor.END)
    days = serializers.IntegerField(
        min_value=-MOST_DAYS, max_value=MOST_DAYS, help_text="After that day; negative before it."
    )
    need = serializers.ChoiceField(choices=Need.choices, default=Need.ALWAYS)
    response_days = serializers.IntegerField(min_value=1, max_value=MOST_RESPONSE_DAYS)


class ReminderPolicyInput(StrictInput):
    name = serializers.CharField(max_length=60)
    long_from_months = serializers.IntegerField(min_value=1, max_value=120, default=36)
    last_window_days = serializers.IntegerField(min_value=1, max_value=365, default=30)
    rungs = RungInput(many=True, help_text="Given whole: those left out are gone.")


class ReminderPolicyFilters(ListFilters):
    class Meta:
        model = ReminderPolicy
        fields = ("is_default",)


class ReminderPolicyViewSet(RecordViewSet[ReminderPolicy]):
    """Ladders of reminders. The default holds for every commitment for which no other was chosen."""

    queryset = ReminderPolicy.objects.prefetch_related("rungs")
    serializer_class = ReminderPolicySerializer
    filterset_class = ReminderPolicyFilters
    required_scopes = _READ_AND_WRITE
    action_permissions = {"use": _CHANGE, "remove": _CHANGE}
    inputs = {
        "create": ReminderPolicyInput,
        "partial_update": ReminderPolicyInput,
        "use": NoInput,
        "remove": NoInput,
    }
    outputs = {"remove": RemovedSerializer}
    ordering_fields = ("name",)
    ordering = ("name",)

    def add(self, data: dict[str, Any]) -> ReminderPolicy:
        return services.add_reminder_policy(actor=self.caller, **data | {"rungs": _rungs(data["rungs"])})

    def change(self, record: ReminderPolicy, data: dict[str, Any]) -> ReminderPolicy:
        values = {name: getattr(record, name) for name in _MEASURES} | data
        if "rungs" in data:
            values["rungs"] = _rungs(data["rungs"])
        else:
            values["rungs"] = [
                Rung(row.days, row.response_days, Anchor(row.anchor), Need(row.need))
                for row in record.rungs.all()
            ]
        return services.change_reminder_policy(actor=self.caller, policy=record, **values)

    @action(detail=True, methods=["post"])
    @idempotent
    def use(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Make it the default from the next night on."""
        with self.locked() as record:
            services.use_reminder_policy(actor=self.caller, policy=record)
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def remove(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Delete a ladder that nothing uses."""
        with self.locked() as record:
            services.delete_reminder_policy(actor=self.caller, policy=record)
        return Response({"removed": int(pk)})


def _rungs(rows: Sequence[Mapping[str, Any]]) -> list[Rung]:
    """Return the steps. In a change, where all may be left out, each step that is given is given whole."""
    if any(name not in row for row in rows for name in ("days", "response_days")):
        raise serializers.ValidationError({"rungs": "Give each step its days and its response_days."})
    return [
        Rung(
            row["days"],
            row["response_days"],
            Anchor(row.get("anchor", Anchor.END)),
            Need(row.get("need", Need.ALWAYS)),
        )
        for row in rows
    ]


class RenewalSettingsSerializer(serializers.ModelSerializer[RenewalSettings]):
    currency = serializers.SerializerMethodField(help_text="ISO 4217 code.")
    reserves = AmountField(currency_source="currency", allow_null=True)
    monthly_costs = AmountField(currency_source="currency", allow_null=True)

    class Meta:
        model = RenewalSettings
        fields = (
            "fundraising_lead",
            "director",
            "currency",
            "reserves",
            "reserves_on",
            "monthly_costs",
            "payment_days",
            "sends_payment_reminders",
            "updated_at",
        )
        read_only_fields = fields

    def get_currency(self, settings: RenewalSettings) -> str:
        return str(settings.currency)  # type: ignore[attr-defined]  # given by the view


class RenewalSettingsInput(StrictInput):
    fundraising_lead = VisibleRecord(queryset=User.objects.all(), allow_null=True)
    director = VisibleRecord(queryset=User.objects.all(), allow_null=True)
    reserves = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    reserves_on = serializers.DateField(allow_null=True)
    monthly_costs = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    payment_days = serializers.ListField(child=serializers.IntegerField(), max_length=50)
    sends_payment_reminders = serializers.BooleanField()


class RenewalSettingsViewSet(ChangesRecords[RenewalSettings]):
    """Who is told when nobody else is there, what the runway is reckoned from, and when payments are reminded of."""

    queryset = RenewalSettings.objects.all()
    serializer_class = RenewalSettingsSerializer
    outputs = {"retrieve": RenewalSettingsSerializer, "partial_update": RenewalSettingsSerializer}
    inputs = {"partial_update": RenewalSettingsInput}
    singular = "renewal_settings"
    required_scopes = _READ_AND_WRITE
    action_permissions = {
        "retrieve": "sponsors.view_renewalsettings",
        "partial_update": "sponsors.change_renewalsettings",
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.kwargs["pk"] = 1
        super().initial(request, *args, **kwargs)

    def reachable(self, queryset: QuerySet[RenewalSettings]) -> QuerySet[RenewalSettings]:
        return queryset

    def represent(self, records: Any) -> Any:
        for record in records:
            record.currency = current_organization().base_currency
        return super().represent(records)

    def change(self, record: RenewalSettings, data: dict[str, Any]) -> RenewalSettings:
        currency = current_organization().base_currency
        for name in ("reserves", "monthly_costs"):
            if data.get(name) is not None:
                data[name] = exact_amount(data[name], currency, field=name)
        values = {name: getattr(record, name) for name in _SETTINGS} | data
        return change_renewal_settings(actor=self.caller, today=local_today(), **values)
