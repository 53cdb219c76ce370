"""`/api/v1/assessments/` and `/api/v1/commitments/{id}/risk/`: how likely a lapse is, why, and what it would cost."""

from typing import Any

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.scopes import Scope
from foundation.api.serializers import AmountField
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from foundation.money.rules import smallest_unit
from sponsors.commitments.api.answers import Amount
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import day_after
from sponsors.renewals.models import Assessment
from sponsors.renewals.querysets import AssessmentQuerySet
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.reasons import Evidence, Reason
from sponsors.renewals.selectors.assessments import Told, told

_DIGITS = 4
_COLUMNS = (
    "id",
    "commitment",
    "commitment_number",
    "sponsor",
    "sponsor_name",
    "owner",
    "day",
    "is_latest",
    "ends_on",
    "at_risk_from",
    "probability",
    "low",
    "high",
    "band",
    "base_rate",
    "base_cases",
    "base_lapses",
    "asks_for_person",
    "currency",
    "cash_a_year",
    "in_kind_a_year",
    "replacement_a_year",
    "policy",
)


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    commitment_number = serializers.CharField(source="commitment.number")
    sponsor = serializers.IntegerField(source="commitment.sponsor_id")
    sponsor_name = serializers.CharField(source="commitment.sponsor.name")
    owner = serializers.IntegerField(
        source="commitment.owner_id", allow_null=True, help_text="The number of the user."
    )
    ends_on = serializers.DateField(source="commitment.ends_on", help_text="The last day, included.")
    band = serializers.ChoiceField(choices=Band.choices)
    cash_a_year = AmountField(allow_null=True, help_text="Lost if it lapses; null when nobody knows.")
    in_kind_a_year = AmountField(allow_null=True, help_text="Approved for twelve months, or as estimated.")
    replacement_a_year = AmountField(
        allow_null=True, help_text="Of its services, on the dearest alternative of each."
    )
    policy = serializers.IntegerField(source="policy.number", help_text="The version of the scoring policy.")

    class Meta:
        model = Assessment
        fields = (*_COLUMNS, "created_at", "updated_at")
        read_only_fields = fields


class AssessmentFilters(ListFilters):
    commitment = IdFilter()
    sponsor = IdFilter("commitment__sponsor")
    owner = IdFilter("commitment__owner")
    band = filters.MultipleChoiceFilter(choices=Band.choices)
    latest = TrueOrFalse("is_latest", help_text="Only the last of each commitment.")
    at_risk = TrueOrFalse(method="may_lapse", help_text="True: the latest of those that may lapse now.")
    asks_for_person = TrueOrFalse()
    day_from = filters.DateFilter("day", lookup_expr="gte")
    day_to = filters.DateFilter("day", lookup_expr="lte")
    ends_from = filters.DateFilter("ends_before", lookup_expr="gt", help_text="By the last day.")
    ends_to = filters.DateFilter(method="ends_by", help_text="By the last day.")

    def may_lapse(self, queryset: AssessmentQuerySet, _name: str, value: Any) -> AssessmentQuerySet:
        at_risk = queryset.at_risk(local_today())
        return at_risk if value else queryset.exclude(pk__in=at_risk.values("pk"))

    def ends_by(self, queryset: AssessmentQuerySet, _name: str, value: Any) -> AssessmentQuerySet:
        return queryset.filter(ends_before__lte=day_after(value))


class AssessmentViewSet(ReadViewSet[Assessment]):
    """Assessments of every day; a nightly job makes them. Reasons stand in the risk of a commitment."""

    queryset = Assessment.objects.select_related("commitment__sponsor", "policy").defer("facts", "reasons")
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilters
    required_scopes = {"read": Scope.RENEWALS_READ}
    ordering_fields = ("day", "probability")
    ordering = ("-day",)
    csv_columns = _COLUMNS


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=[reason.value for reason in Reason])
    points = serializers.FloatField(help_text="Log-odds of lapse: above zero raises the risk.")
    spread = serializers.FloatField(help_text="By how much the points may be off.")
    evidence = serializers.ChoiceField(
        choices=[kind.value for kind in Evidence], help_text="expert: a prior that nobody has validated."
    )
    known = serializers.BooleanField(help_text="False: nobody knows, and somebody should find out.")
    sentence = serializers.CharField()


class ElsewhereSerializer(serializers.Serializer[Any]):
    alternative = serializers.CharField()
    card = serializers.CharField()
    services = serializers.ListField(child=serializers.CharField(), help_text="That it could carry.")
    a_month = Amount()
    a_year = Amount(help_text="Of all these services together.")
    months = serializers.IntegerField(
        help_text="The fewest of the last twelve of which the use of one is known."
    )
    months_to_move = serializers.IntegerField(help_text="The most that a move of one takes.")


class RiskSerializer(AssessmentSerializer):
    neutral = serializers.FloatField(
        allow_null=True,
        help_text="The probability without any reason, where the score starts; null when a firm commitment follows.",
    )
    reasons = ReasonSerializer(many=True)
    followed_by = serializers.CharField(
        allow_blank=True, help_text="The number of the firm commitment that renews it."
    )
    elsewhere = ElsewhereSerializer(many=True, help_text="The dearest alternative first.")
    services_without_price = serializers.ListField(child=serializers.CharField())
    next_actions = serializers.ListField(child=serializers.CharField())

    class Meta(AssessmentSerializer.Meta):
        fields = (  # type: ignore[assignment]  # longer than that of the base
            *AssessmentSerializer.Meta.fields,
            "neutral",
            "reasons",
            "followed_by",
            "elsewhere",
            "services_without_price",
            "next_actions",
        )


class CommitmentRiskViewSet(ReadViewSet[Any]):
    """The latest assessment of a commitment with its reasons, what would be lost, and what to do next."""

    queryset = Commitment.objects.all()
    serializer_class = RiskSerializer
    outputs = {"retrieve": RiskSerializer}
    singular = "commitment_risk"
    required_scopes = {"read": Scope.RENEWALS_READ}
    action_permissions = {"retrieve": "sponsors.view_assessment"}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        """Answer with the risk; 404 before the first assessment."""
        commitment = get_object_or_404(self.get_queryset().select_related("sponsor"), pk=self.kwargs["pk"])
        latest = get_object_or_404(
            Assessment.objects.latest_of_each().select_related("commitment__sponsor", "policy"),
            commitment=commitment,
        )
        return Response(_represented(told(latest, local_today())))


def _represented(what: Told) -> dict[str, Any]:
    assessment = what.assessment
    currency = assessment.currency
    return {
        **AssessmentSerializer(assessment).data,
        "neutral": None if what.neutral is None else round(what.neutral, _DIGITS),
        "reasons": [
            {
                "reason": one.reason.value,
                "points": one.points,
                "spread": one.spread,
                "evidence": one.evidence.value,
                "known": one.is_known,
                "sentence": one.sentence,
            }
            for one in what.reasons
        ],
        "followed_by": what.followed_by,
        "elsewhere": [
            {
                "services": list(one.services),
                "alternative": one.alternative,
                "card": one.card,
                "a_month": plain_amount(one.a_month.quantize(smallest_unit(currency)), currency),
                "a_year": plain_amount(one.a_year, currency),
                "months": one.months,
                "months_to_move": one.months_to_move,
            }
            for one in what.replacements
        ],
        "services_without_price": list(what.unpriced),
        "next_actions": list(what.actions),
    }
