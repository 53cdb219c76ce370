"""What the endpoints take about conditions, restrictions and the end of a commitment."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.books.models import Fund
from sponsors.commitments.models import Commitment, ConditionProgress, NonRenewal
from sponsors.commitments.rules import Barrier, Limit, RenewalTerms

_RENEWAL = {"notice_days": "notice_days", "renews_automatically": "automatically", "renewal_months": "months"}


def amount_input(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=4, **kwargs)


class WholeInput(StrictInput):
    # A part that is given whole, also where the rest of a PATCH may be left out.
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            missing = [name for name, field in self.fields.items() if field.required and name not in data]
            if missing:
                detail = [ErrorDetail("This field is required.", code="required")]
                raise serializers.ValidationError(dict.fromkeys(missing, detail))
        return super().to_internal_value(data)


class ConditionInput(WholeInput):
    position = serializers.IntegerField(
        default=None,
        allow_null=True,
        min_value=1,
        max_value=32_767,
        help_text="In an amendment: which condition this changes; left out for a new one or one that stays.",
    )
    description = serializers.CharField(max_length=300, help_text="What must happen.")
    measure = serializers.CharField(max_length=300, help_text="How we show that it has happened.")
    amount = amount_input(help_text="How much of the cash depends on it.")
    target = amount_input(
        allow_null=True,
        default=None,
        help_text="Met in proportion up to this amount; null: met whole or not at all.",
    )
    due_on = serializers.DateField(allow_null=True, default=None, help_text="To be met by this day.")
    money_returns = serializers.BooleanField(
        default=True, help_text="If it is not met, money that came for it goes back."
    )


class RestrictionInput(WholeInput):
    """An amount or a percent of the cash."""

    fund = serializers.SlugRelatedField(
        slug_field="code", queryset=Fund.objects.all(), help_text="The code of the fund it goes to."
    )
    purpose = serializers.CharField(max_length=300, help_text="In the sponsor's words.")
    amount = amount_input(allow_null=True, default=None)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, default=None)
    term = serializers.IntegerField(
        allow_null=True,
        default=None,
        min_value=1,
        max_value=32_767,
        help_text="Of the cash of this term only; null: of all.",
    )


class RenewalInput(StrictInput):
    notice_days = serializers.IntegerField(
        allow_null=True,
        required=False,
        min_value=0,
        max_value=32_767,
        help_text="How many days before the last day either side must say that it will not renew.",
    )
    renews_automatically = serializers.BooleanField(required=False)
    renewal_months = serializers.IntegerField(
        allow_null=True,
        required=False,
        min_value=1,
        max_value=32_767,
        help_text="How long each automatic renewal is.",
    )


class ProgressInput(StrictInput):
    met_on = serializers.DateField()
    amount = amount_input(required=False, help_text="Towards the target; left out: all that is missing.")
    reference = serializers.CharField(max_length=100, help_text="What shows it; each counts once.")
    note = serializers.CharField(max_length=300)
    corrects_on = serializers.DateField(
        required=False,
        help_text="When it was met on a day whose books are closed: that day. `met_on` is then an open one.",
    )


class ReverseProgressInput(StrictInput):
    progress = VisibleRecord(queryset=ConditionProgress.objects.all())
    reason = serializers.CharField(max_length=300)


class NoticeInput(StrictInput):
    given_on = serializers.DateField()
    given_by = serializers.ChoiceField(choices=NonRenewal.Side.choices)
    reason = serializers.CharField(max_length=300)


def promise_of(data: Mapping[str, Any], commitment: Commitment | None = None) -> dict[str, Any]:
    """Return the input with conditions, restrictions and renewal as the services take them.

    What is not given about the end stays as it is in `commitment`.
    """
    given = {name: value for name, value in data.items() if name not in _RENEWAL}
    if "conditions" in given:
        given["conditions"] = _barriers(given["conditions"])
    if "restrictions" in given:
        given["restrictions"] = [Limit(**row) for row in given["restrictions"]]
    if set(_RENEWAL) & set(data):
        known = commitment or Commitment()
        given["renewal"] = RenewalTerms(
            **{short: data.get(name, getattr(known, name)) for name, short in _RENEWAL.items()}
        )
    return given


def _barriers(rows: Sequence[Mapping[str, Any]]) -> list[Barrier]:
    return [Barrier(**row) for row in rows]
