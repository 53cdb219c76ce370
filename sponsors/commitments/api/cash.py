"""The cash of a commitment on a day, as the API answers it."""

from typing import Any

from rest_framework import serializers

from foundation.api.serializers import StrictInput
from foundation.money.display import plain_amount
from sponsors.commitments.api.answers import Amount
from sponsors.commitments.rules import ConditionState
from sponsors.commitments.selectors import PromisedCash


class CashInput(StrictInput):
    on = serializers.DateField(required=False)


class ConditionOnSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    description = serializers.CharField()
    amount = Amount(help_text="How much of the cash depends on it.")
    met = Amount(help_text="How much of that is ours.")
    unmet = Amount()
    state = serializers.ChoiceField(choices=ConditionState.choices)


class FundShareSerializer(serializers.Serializer[Any]):
    term = serializers.IntegerField()
    fund = serializers.CharField(help_text="The code of the fund.")
    amount = Amount()


class PromisedCashSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    currency = serializers.CharField()
    cash = Amount(help_text="All cash promised.")
    conditional = Amount(help_text="What of it is not ours yet.")
    unconditional = Amount()
    conditions = ConditionOnSerializer(many=True)
    funds = FundShareSerializer(many=True, help_text="They sum to the cash.")


def represented(found: PromisedCash) -> dict[str, Any]:
    """Return the answer. No query."""

    def plain(amount: Any) -> str:
        return plain_amount(amount, found.currency)

    return {
        "on": found.on.isoformat(),
        "currency": found.currency,
        "cash": plain(found.cash),
        "conditional": plain(found.conditional),
        "unconditional": plain(found.unconditional),
        "conditions": [
            {
                "position": one.condition.position,
                "description": one.condition.description,
                "amount": plain(one.condition.amount),
                "met": plain(one.met),
                "unmet": plain(one.unmet),
                "state": one.state,
            }
            for one in found.conditions
        ],
        "funds": [
            {"term": share.term, "fund": share.fund.code, "amount": plain(share.amount)}
            for share in found.shares
        ],
    }
