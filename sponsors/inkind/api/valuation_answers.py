"""How valuations stand in answers. Amounts are text with the decimals of their currency."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from foundation.api.serializers import AmountField
from foundation.money.display import plain_amount
from sponsors.inkind.models import (
    Valuation,
    ValuationEvidence,
    ValuationPolicy,
    ValuationStep,
    ValuationUsage,
)
from sponsors.inkind.rules import Estimate, Method, ValuationState
from sponsors.inkind.selectors.valuation_totals import InKindTotal
from sponsors.inkind.selectors.valuations import tables_of, usage_of, use_differences


class ValuationSerializer(serializers.ModelSerializer[Valuation]):
    commitment = serializers.IntegerField(source="line.commitment_id")
    commitment_number = serializers.CharField(source="line.commitment.number")
    sponsor = serializers.IntegerField(source="line.commitment.sponsor_id")
    sponsor_name = serializers.CharField(source="line.commitment.sponsor.name")
    category = serializers.CharField(source="line.category")
    method = serializers.ChoiceField(choices=Method.choices)
    state = serializers.ChoiceField(choices=ValuationState.choices)
    list_value = AmountField(help_text="Before the widely available discount.")
    discount = AmountField()
    value = AmountField(help_text="Recognized: the base.")
    low_value = AmountField()
    high_value = AmountField()
    statements_value = AmountField(help_text="For the financial statements.")
    tax_value = AmountField(help_text="For the tax return.")

    class Meta:
        model = Valuation
        fields = (
            "id",
            "line",
            "commitment",
            "commitment_number",
            "sponsor",
            "sponsor_name",
            "category",
            "month",
            "method",
            "state",
            "currency",
            "list_value",
            "discount_percent",
            "discount_basis",
            "discount",
            "value",
            "low_value",
            "high_value",
            "statements_value",
            "tax_value",
            "value_notes",
            "is_extrapolated",
            "base_version",
            "low_version",
            "high_version",
            "quantity",
            "unit_value",
            "technique",
            "booked_on",
            "reason",
            "drafted_by",
            "submitted_by",
            "approved_by",
            "approved_on",
            "reverses",
            "adjusts",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ValuationStepSerializer(serializers.ModelSerializer[ValuationStep]):
    amount = AmountField()

    class Meta:
        model = ValuationStep
        fields = ("label", "metric", "quantity", "unit", "rate", "currency", "amount", "is_published")
        read_only_fields = fields


class EstimateSerializer(serializers.Serializer[Any]):
    estimate = serializers.ChoiceField(choices=Estimate.choices)
    by = serializers.CharField(source="source", help_text="The version of a rate card, or the technique.")
    value = serializers.CharField(help_text="What the steps in the valuation's currency sum to.")
    is_extrapolated = serializers.BooleanField()
    steps = ValuationStepSerializer(many=True)


class UsageSerializer(serializers.ModelSerializer[ValuationUsage]):
    service = serializers.CharField(source="service.slug")
    region = serializers.CharField(source="region.name")

    class Meta:
        model = ValuationUsage
        fields = ("service", "region", "bytes", "requests")
        read_only_fields = fields


class DifferenceSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    region = serializers.CharField()
    bytes_valued = serializers.IntegerField()
    bytes_now = serializers.IntegerField()
    requests_valued = serializers.IntegerField()
    requests_now = serializers.IntegerField()


class ValuationDetailsSerializer(serializers.Serializer[Any]):
    estimates = EstimateSerializer(many=True)
    usage = UsageSerializer(many=True, help_text="What was priced, by service and region.")
    differences = DifferenceSerializer(many=True, help_text="Where the use is no longer what was priced.")


class ValuationEvidenceSerializer(serializers.ModelSerializer[ValuationEvidence]):
    class Meta:
        model = ValuationEvidence
        fields = ("id", "valuation", "file_name", "sha256", "note", "added_by", "created_at", "updated_at")
        read_only_fields = fields


class InKindTotalSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(
        help_text="The number of a sponsor or line, the first day of a month, or the year a fiscal year ends in."
    )
    name = serializers.CharField(source="label")
    currency = serializers.CharField()
    months = serializers.IntegerField(help_text="How many valuations stand.")
    value = AmountField()
    low = AmountField()
    high = AmountField()
    statements = AmountField()
    tax = AmountField()


class InKindTotalsSerializer(serializers.Serializer[Any]):
    totals = InKindTotalSerializer(many=True)


class PolicySerializer(serializers.ModelSerializer[ValuationPolicy]):
    base_card = serializers.CharField(source="base_card.slug")
    low_card = serializers.CharField(source="low_card.slug", default=None, allow_null=True)
    high_card = serializers.CharField(source="high_card.slug", default=None, allow_null=True)

    class Meta:
        model = ValuationPolicy
        fields = (
            "id",
            "line",
            "base_card",
            "low_card",
            "high_card",
            "discount_percent",
            "discount_basis",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


def details_of(valuation: Valuation) -> Any:
    """Return the steps, the use beneath them and where that changed. A fixed number of queries."""
    estimates = [
        {
            "estimate": table.estimate,
            "source": table.source,
            "value": plain_amount(table.value, valuation.currency),
            "is_extrapolated": table.is_extrapolated,
            "steps": table.steps,
        }
        for table in tables_of(valuation)
    ]
    found = {
        "estimates": estimates,
        "usage": usage_of(valuation),
        "differences": use_differences(valuation),
    }
    return ValuationDetailsSerializer(found).data


def totals_of(totals: Sequence[InKindTotal]) -> Any:
    return InKindTotalsSerializer({"totals": totals}).data
