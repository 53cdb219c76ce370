"""A schedule before and after an amendment, as the API answers it."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from foundation.money.display import plain_amount
from sponsors.commitments.api.answers import Amount, PauseSerializer
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.selectors import Comparison, Fate
from sponsors.commitments.selectors.compared_promise import ConditionSide, ShareSide

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


class ConditionSideSerializer(serializers.Serializer[Any]):
    description = serializers.CharField()
    measure = serializers.CharField()
    amount = Amount()
    target = Amount(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    money_returns = serializers.BooleanField()


class ComparedConditionSerializer(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=_FATES)
    description = serializers.CharField(help_text="As it is called after, or was before it went.")
    before = ConditionSideSerializer(allow_null=True)
    after = ConditionSideSerializer(allow_null=True)


class ShareSideSerializer(serializers.Serializer[Any]):
    amount = Amount(allow_null=True)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class ComparedRestrictionSerializer(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=_FATES)
    fund = serializers.CharField(help_text="Its name.")
    purpose = serializers.CharField()
    term = serializers.IntegerField(allow_null=True)
    before = ShareSideSerializer(allow_null=True)
    after = ShareSideSerializer(allow_null=True)


class AgreedEndSerializer(serializers.Serializer[Any]):
    notice_days = serializers.IntegerField(allow_null=True)
    renews_automatically = serializers.BooleanField()
    renewal_months = serializers.IntegerField(allow_null=True)


class ComparedEndSerializer(serializers.Serializer[Any]):
    before = AgreedEndSerializer()
    after = AgreedEndSerializer()


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
    conditions = ComparedConditionSerializer(many=True)
    restrictions = ComparedRestrictionSerializer(many=True)
    renewal = ComparedEndSerializer(allow_null=True, help_text="Null: what is agreed about the end stays.")


def represented_comparison(found: Comparison, currency: str) -> dict[str, Any]:
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
        "conditions": [
            {
                "change": row.fate,
                "description": row.description,
                "before": _condition(row.before, currency),
                "after": _condition(row.after, currency),
            }
            for row in found.conditions
        ],
        "restrictions": [
            {
                "change": row.fate,
                "fund": row.fund,
                "purpose": row.purpose,
                "term": row.term,
                "before": _share(row.before, currency),
                "after": _share(row.after, currency),
            }
            for row in found.restrictions
        ],
        "renewal": found.renewal
        and {"before": _agreed(found.renewal.before), "after": _agreed(found.renewal.after)},
    }


def _condition(side: ConditionSide | None, currency: str) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "description": side.description,
        "measure": side.measure,
        "amount": plain_amount(side.amount, currency),
        "target": _amount(side.target, currency),
        "due_on": side.due_on,
        "money_returns": side.money_returns,
    }


def _share(side: ShareSide | None, currency: str) -> dict[str, Any] | None:
    if side is None:
        return None
    percent = None if side.percent is None else f"{side.percent:.2f}"
    return {"amount": _amount(side.amount, currency), "percent": percent}


def _agreed(terms: RenewalTerms) -> dict[str, Any]:
    return {
        "notice_days": terms.notice_days,
        "renews_automatically": terms.automatically,
        "renewal_months": terms.months,
    }


def _amount(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else plain_amount(amount, currency)
