"""`/api/v1/scoring-policies/`: versions of how risk is scored."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import CreatesRecords
from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.services.scoring_policies import FIGURES, make_policy, use_policy

_COLUMNS = ("id", "number", "name", "is_current", "points", *FIGURES, "reason", "used_because", "made_by")


class ScoringPolicySerializer(serializers.ModelSerializer[ScoringPolicy]):
    points = serializers.DictField(child=serializers.FloatField(), help_text="Log-odds of lapse by reason.")

    class Meta:
        model = ScoringPolicy
        fields = (*_COLUMNS, "created_at", "updated_at")
        read_only_fields = fields


def _share(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(required=False, help_text=help_text)


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=18, decimal_places=4, required=False, help_text="A year, in the foundation's currency."
    )


class ScoringPolicyInput(StrictInput):
    # What is left out is as in the version in use.
    name = serializers.CharField(max_length=60)
    reason = serializers.CharField(max_length=300, help_text="Why it is made.")
    points = serializers.DictField(
        child=serializers.FloatField(),
        required=False,
        help_text="Log-odds by reason, in the place of those of the version in use; 0 takes a reason out.",
    )
    cash_prior = _share("The share that lapses before there are outcomes of our own.")
    in_kind_prior = _share()
    monthly_prior = _share()
    prior_weight = serializers.FloatField(required=False, help_text="As how many commitments it counts.")
    window_months = serializers.IntegerField(required=False)
    expert_cap = serializers.FloatField(
        required=False, help_text="The most that reasons nobody has validated may add together."
    )
    raised_from = _share()
    high_from = _share()
    critical_from = _share()
    horizon_days = serializers.IntegerField(required=False)
    entry_below = _amount()
    gold_from = _amount()
    top_from = _amount()
    high_exposure_from = _amount()


class UseInput(StrictInput):
    reason = serializers.CharField(max_length=300)


class ScoringPolicyFilters(ListFilters):
    class Meta:
        model = ScoringPolicy
        fields = ("is_current",)


class ScoringPolicyViewSet(CreatesRecords[ScoringPolicy]):
    """Versions of how risk is scored. One is in use; none is ever edited."""

    queryset = ScoringPolicy.objects.all()
    serializer_class = ScoringPolicySerializer
    filterset_class = ScoringPolicyFilters
    required_scopes = {"read": Scope.RENEWALS_READ, "write": Scope.RENEWALS_WRITE}
    action_permissions = {"use": "sponsors.use_scoringpolicy"}
    inputs = {"create": ScoringPolicyInput, "use": UseInput}
    ordering_fields = ("number",)
    ordering = ("-number",)

    def add(self, data: dict[str, Any]) -> ScoringPolicy:
        return make_policy(
            actor=self.caller,
            name=data.pop("name"),
            reason=data.pop("reason"),
            points=data.pop("points", None),
            figures=data,
        )

    @action(detail=True, methods=["post"])
    @idempotent
    def use(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Score by it from the next assessment on."""
        with self.locked() as record:
            use_policy(actor=self.caller, policy=record, **self.input())
            return self.answer(record.pk)
