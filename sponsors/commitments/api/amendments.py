"""`/api/v1/amendments/`: agreed changes of signed commitments, proposed, approved and in effect."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput, VisibleRecord
from foundation.api.views import CreatesRecords
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from sponsors.commitments import services
from sponsors.commitments.api.answers import Amount, PauseSerializer
from sponsors.commitments.api.inputs import LineInput, PartInput, ReasonInput, lines_of
from sponsors.commitments.models import Amendment, Commitment
from sponsors.commitments.rules import AmendmentState, Due, Period, day_after
from sponsors.commitments.selectors import Comparison, Fate, comparison
from sponsors.directory.services import hold_sponsor_of


class PauseInput(StrictInput):
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")


class AmendmentInput(StrictInput):
    """Lines, installments and pauses are given whole, as they shall stand. What is left out stays."""

    commitment = VisibleRecord(queryset=Commitment.objects.all())
    effective_on = serializers.DateField(help_text="The first day on which the changed terms hold.")
    reason = serializers.CharField(max_length=300)
    ends_on = serializers.DateField(required=False, help_text="The last day, included.")
    lines = LineInput(many=True, required=False)
    installments = PartInput(
        many=True, required=False, help_text="With those that are paid, which cannot change."
    )
    pauses = PauseInput(many=True, required=False)


class AmendmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    number = serializers.IntegerField(help_text="Counted in its commitment.")
    effective_on = serializers.DateField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=AmendmentState.choices)
    proposed_by = serializers.IntegerField()
    proposed_on = serializers.DateField()
    approved_by = serializers.IntegerField(allow_null=True)
    approved_on = serializers.DateField(allow_null=True)
    applied_on = serializers.DateField(allow_null=True, help_text="When the schedule was changed.")
    withdrawn_reason = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True, help_text="Why it could not take effect on its day.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


_FATES = [(str(fate), fate.name.capitalize()) for fate in Fate]


class ComparedLineSerializer(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=_FATES)
    description = serializers.CharField()
    before = Amount(allow_null=True)
    after = Amount(allow_null=True)
    fund_before = serializers.CharField(allow_blank=True, help_text="Its name; empty for a gift in kind.")
    fund_after = serializers.CharField(allow_blank=True)


class ComparedDueSerializer(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=_FATES)
    due_on = serializers.DateField()
    before = Amount(allow_null=True)
    after = Amount(allow_null=True)
    paid = Amount()


class ComparedPauseSerializer(PauseSerializer):
    change = serializers.ChoiceField(choices=_FATES)


class ComparisonSerializer(serializers.Serializer[Any]):
    """What the amendment did once it is in effect, else what it would do now."""

    currency = serializers.CharField()
    ended_on = serializers.DateField(help_text="The last day before it.")
    ends_on = serializers.DateField(help_text="The last day with it.")
    cash_before = Amount()
    cash_after = Amount()
    lines = ComparedLineSerializer(many=True)
    installments = ComparedDueSerializer(many=True)
    pauses = ComparedPauseSerializer(many=True)


class AmendmentFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    state = filters.MultipleChoiceFilter(choices=AmendmentState.choices)
    effective_from = filters.DateFilter("effective_on", lookup_expr="gte")
    effective_to = filters.DateFilter("effective_on", lookup_expr="lte")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")


class AmendmentViewSet(CreatesRecords[Amendment]):
    """Changes of signed commitments: proposed by one person, approved by another, in effect on a day."""

    queryset = Amendment.objects.select_related("commitment__sponsor")
    serializer_class = AmendmentSerializer
    filterset_class = AmendmentFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ, "write": Scope.COMMITMENTS_WRITE}
    action_permissions = {
        "comparison": "sponsors.view_amendment",
        "approve": "sponsors.approve_amendment",
        "withdraw": "sponsors.add_amendment",
    }
    inputs = {"create": AmendmentInput, "approve": NoInput, "withdraw": ReasonInput}
    outputs = {"comparison": ComparisonSerializer}
    ordering_fields = {"effective_on": "effective_on", "updated_at": "updated_at"}
    ordering = ("-effective_on",)
    csv_columns = (
        "id",
        "commitment",
        "commitment_number",
        "number",
        "sponsor",
        "sponsor_name",
        "effective_on",
        "state",
        "reason",
        "proposed_by",
        "proposed_on",
        "approved_by",
        "approved_on",
        "applied_on",
        "withdrawn_reason",
        "problem",
    )

    def represent(self, records: Sequence[Amendment]) -> Sequence[Mapping[str, Any]]:
        return [_amendment(record) for record in records]

    def lock_first(self) -> None:
        rows = Amendment.objects.filter(pk=self.kwargs["pk"])
        for pk in rows.values_list("commitment", flat=True):
            hold_sponsor_of(Commitment, pk)
            Commitment.objects.select_for_update().get(pk=pk)

    def add(self, data: dict[str, Any]) -> Amendment:
        given = dict(data)
        if "ends_on" in given:
            given["ends_before"] = day_after(given.pop("ends_on"))
        if "lines" in given:
            given["lines"] = lines_of(given["lines"])
        if "installments" in given:
            given["installments"] = [Due(part["due_on"], part["amount"]) for part in given["installments"]]
        if "pauses" in given:
            given["pauses"] = [
                Period(pause["starts_on"], day_after(pause["ends_on"])) for pause in given["pauses"]
            ]
        return services.propose_amendment(actor=self.caller, today=local_today(), **given)

    @action(detail=True, methods=["get"])
    def comparison(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Show the schedule before and after, row by row."""
        record = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(_comparison(comparison(record), record.commitment.currency))

    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Approve what somebody else proposed. It takes effect at once, or on its day."""
        return self._do(services.approve_amendment, today=local_today())

    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give up an amendment that is not in effect yet, and say why."""
        return self._do(services.withdraw_amendment)

    def _do(self, service: Callable[..., object], **given: Any) -> Response:
        with self.locked() as record:
            service(actor=self.caller, amendment=record, **self.input(), **given)
            return self.answer(record.pk)


def _amendment(record: Amendment) -> dict[str, Any]:
    commitment = record.commitment
    return {
        "id": record.pk,
        "commitment": commitment.pk,
        "commitment_number": commitment.number,
        "sponsor": commitment.sponsor_id,
        "sponsor_name": commitment.sponsor.name,
        "number": record.number,
        "effective_on": record.effective_on,
        "reason": record.reason,
        "state": record.state,
        "proposed_by": record.proposed_by_id,
        "proposed_on": record.proposed_on,
        "approved_by": record.approved_by_id,
        "approved_on": record.approved_on,
        "applied_on": record.applied_on,
        "withdrawn_reason": record.withdrawn_reason,
        "problem": record.problem,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _comparison(found: Comparison, currency: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "ended_on": found.ended_on,
        "ends_on": found.ends_on,
        "cash_before": plain_amount(found.cash_before, currency),
        "cash_after": plain_amount(found.cash_after, currency),
        "lines": [
            {
                "change": row.fate,
                "description": row.description,
                "before": _amount(row.before, currency),
                "after": _amount(row.after, currency),
                "fund_before": row.fund_before,
                "fund_after": row.fund_after,
            }
            for row in found.lines
        ],
        "installments": [
            {
                "change": row.fate,
                "due_on": row.due_on,
                "before": _amount(row.before, currency),
                "after": _amount(row.after, currency),
                "paid": plain_amount(row.paid, currency),
            }
            for row in found.installments
        ],
        "pauses": [
            {"change": row.fate, "starts_on": row.starts_on, "ends_on": row.ends_on} for row in found.pauses
        ],
    }


def _amount(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else plain_amount(amount, currency)
