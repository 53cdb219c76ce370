"""`/api/v1/conditions/`, `/restrictions/` and `/non-renewals/`: what promises depend on and are limited to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from sponsors.commitments import services
from sponsors.commitments.api.answers import Amount
from sponsors.commitments.api.promise_inputs import ProgressInput, ReverseProgressInput
from sponsors.commitments.models import (
    Commitment,
    Condition,
    ConditionProgress,
    NonRenewal,
    Restriction,
)
from sponsors.commitments.querysets_conditions import ConditionQuerySet
from sponsors.commitments.rules import ConditionState, NotAllowedNow, met_amount
from sponsors.directory.services import hold_sponsor_of


class ProgressSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    met_on = serializers.DateField()
    corrects_on = serializers.DateField(allow_null=True, help_text="The closed day on which it was met.")
    amount = Amount(help_text="Towards the target; negative only on a reversal.")
    reference = serializers.CharField()
    note = serializers.CharField()
    recorded_by = serializers.IntegerField()
    reverses = serializers.IntegerField(allow_null=True)
    is_reversed = serializers.BooleanField()


class ConditionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    position = serializers.IntegerField()
    description = serializers.CharField()
    measure = serializers.CharField(help_text="How we show that it has happened.")
    currency = serializers.CharField()
    amount = Amount(help_text="How much of the cash depends on it.")
    target = Amount(allow_null=True, help_text="Null: it is met whole or not at all.")
    reached = Amount(help_text="Of the target, or of the amount where there is none.")
    met = Amount(help_text="How much of the amount is ours.")
    unmet = Amount(help_text="How much of it still depends on the condition.")
    due_on = serializers.DateField(allow_null=True)
    money_returns = serializers.BooleanField(help_text="Money that came for it goes back if it is not met.")
    state = serializers.ChoiceField(choices=ConditionState.choices)
    progress = ProgressSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RestrictionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    position = serializers.IntegerField()
    fund = serializers.CharField(help_text="The code of the fund.")
    purpose = serializers.CharField(help_text="In the sponsor's words.")
    currency = serializers.CharField()
    amount = Amount(allow_null=True)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    term = serializers.IntegerField(allow_null=True, help_text="Null: of all the cash.")


class NonRenewalSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    given_on = serializers.DateField()
    given_by = serializers.ChoiceField(choices=NonRenewal.Side.choices)
    reason = serializers.CharField()
    recorded_by = serializers.IntegerField()
    withdrawn_on = serializers.DateField(allow_null=True)
    withdrawn_reason = serializers.CharField(allow_blank=True)
    withdrawn_by = serializers.IntegerField(allow_null=True)


class ConditionFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    state = filters.MultipleChoiceFilter(choices=ConditionState.choices)
    due_from = filters.DateFilter("due_on", lookup_expr="gte")
    due_to = filters.DateFilter("due_on", lookup_expr="lte")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")


class RestrictionFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    fund = filters.CharFilter("fund__code")


class NonRenewalFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    is_withdrawn = TrueOrFalse("withdrawn_on", lookup_expr="isnull", exclude=True)


class ConditionViewSet(ReadViewSet[Condition]):
    """What must happen before a part of a promise is ours. They are agreed with their commitment."""

    queryset = Condition.objects.select_related("commitment__sponsor")
    serializer_class = ConditionSerializer
    filterset_class = ConditionFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ, "write": Scope.COMMITMENTS_WRITE}
    action_permissions = {
        "progress": "sponsors.record_conditionprogress",
        "reverse_progress": "sponsors.reverse_conditionprogress",
    }
    inputs = {"progress": ProgressInput, "reverse_progress": ReverseProgressInput}
    creates = ("progress",)
    ordering_fields = {"id": "pk"}
    ordering = ("id",)
    csv_columns = tuple(name for name in ConditionSerializer._declared_fields if name != "progress")

    def get_queryset(self) -> QuerySet[Condition]:
        conditions = super().get_queryset()
        assert isinstance(conditions, ConditionQuerySet)
        return conditions.with_state(local_today())

    def represent(self, records: Sequence[Condition]) -> Sequence[Mapping[str, Any]]:
        progress = _progress(records)
        return [_condition(record, progress[record.commitment_id, record.position]) for record in records]

    def lock_first(self) -> None:
        for pk in Condition.objects.filter(pk=self.kwargs["pk"]).values_list("commitment", flat=True):
            hold_sponsor_of(Commitment, pk)
            Commitment.objects.select_for_update().get(pk=pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def progress(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record that it was met on a day, whole or in part. The answer is the condition."""
        with self.locked() as record:
            services.record_progress(actor=self.caller, condition=record, today=local_today(), **self.input())
            return self.answer(record.pk, code=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"], url_path="reverse-progress")
    @idempotent
    def reverse_progress(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Undo an entry by another that names it. The answer is the condition."""
        with self.locked() as record:
            data = self.input()
            if not ConditionProgress.objects.of(record).filter(pk=data["progress"].pk).exists():
                msg = f"Entry {data['progress'].pk} is not of {record}. Choose one of its own."
                raise NotAllowedNow(msg, code="progress_of_another", field="progress")
            services.reverse_progress(actor=self.caller, today=local_today(), **data)
            return self.answer(record.pk)


class RestrictionViewSet(ReadViewSet[Restriction]):
    """What of the cash may be used only for the purpose of a fund. They are agreed with their commitment."""

    queryset = Restriction.objects.select_related("commitment", "fund")
    serializer_class = RestrictionSerializer
    filterset_class = RestrictionFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    ordering_fields = {"id": "pk"}
    ordering = ("id",)
    csv_columns = tuple(RestrictionSerializer._declared_fields)

    def represent(self, records: Sequence[Restriction]) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "id": record.pk,
                "commitment": record.commitment_id,
                "commitment_number": record.commitment.number,
                "position": record.position,
                "fund": record.fund.code,
                "purpose": record.purpose,
                "currency": record.commitment.currency,
                "amount": _plain(record.amount, record.commitment.currency),
                "percent": None if record.percent is None else str(record.percent),
                "term": record.term,
            }
            for record in records
        ]


class NonRenewalViewSet(ReadViewSet[NonRenewal]):
    """Notices that a commitment will not be renewed. They are given and withdrawn at their commitment."""

    queryset = NonRenewal.objects.select_related("commitment")
    serializer_class = NonRenewalSerializer
    filterset_class = NonRenewalFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    ordering_fields = {"given_on": "given_on"}
    ordering = ("-given_on",)
    csv_columns = tuple(NonRenewalSerializer._declared_fields)

    def represent(self, records: Sequence[NonRenewal]) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "id": record.pk,
                "commitment": record.commitment_id,
                "commitment_number": record.commitment.number,
                "given_on": record.given_on.isoformat(),
                "given_by": record.given_by,
                "reason": record.reason,
                "recorded_by": record.recorded_by_id,
                "withdrawn_on": _iso(record.withdrawn_on),
                "withdrawn_reason": record.withdrawn_reason,
                "withdrawn_by": record.withdrawn_by_id,
            }
            for record in records
        ]


def _progress(records: Sequence[Condition]) -> Mapping[tuple[int, int], list[dict[str, Any]]]:
    """Return what was recorded of each condition, by commitment and position. One query."""
    currencies = {record.commitment_id: record.commitment.currency for record in records}
    wanted = Q(condition__commitment__in=currencies)
    found: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in ConditionProgress.objects.filter(wanted).select_related("condition").order_by("met_on", "pk"):
        commitment = row.condition.commitment_id
        found[commitment, row.condition.position].append(
            {
                "id": row.pk,
                "met_on": row.met_on.isoformat(),
                "corrects_on": row.corrects_on.isoformat() if row.corrects_on else None,
                "amount": plain_amount(row.amount, currencies[commitment]),
                "reference": row.reference,
                "note": row.note,
                "recorded_by": row.recorded_by_id,
                "reverses": row.reverses_id,
                "is_reversed": row.is_reversed,
            }
        )
    return found


def _condition(record: Condition, progress: list[dict[str, Any]]) -> dict[str, Any]:
    commitment = record.commitment
    currency = commitment.currency
    met = met_amount(record.amount, record.barrier.goal, record.reached, currency)
    return {
        "id": record.pk,
        "commitment": commitment.pk,
        "commitment_number": commitment.number,
        "sponsor": commitment.sponsor_id,
        "sponsor_name": commitment.sponsor.name,
        "position": record.position,
        "description": record.description,
        "measure": record.measure,
        "currency": currency,
        "amount": plain_amount(record.amount, currency),
        "target": _plain(record.target, currency),
        "reached": plain_amount(record.reached, currency),
        "met": plain_amount(met, currency),
        "unmet": plain_amount(record.amount - met, currency),
        "due_on": _iso(record.due_on),
        "money_returns": record.money_returns,
        "state": record.state,
        "progress": progress,
        "created_at": record.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": record.updated_at.isoformat().replace("+00:00", "Z"),
    }


def _plain(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else plain_amount(amount, currency)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
