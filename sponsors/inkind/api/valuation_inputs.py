"""What calls about valuations send."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from foundation.api.serializers import StrictInput, VisibleRecord
from sponsors.inkind.api.lines import GiftLine
from sponsors.inkind.models import RateCard, RateCardVersion, Valuation

_MONTH = "Any day of the month, which is one of UTC."
_VERSION = "The `id` of a version of a rate card that is valid on the last day of the month."


def _number(help_text: str, *, digits: int, places: int, **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=digits, decimal_places=places, help_text=help_text, **kwargs)


def _percent(**kwargs: Any) -> serializers.DecimalField:
    return _number("Deducted from low, base and high.", digits=5, places=2, **kwargs)


def _basis(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=300, allow_blank=True, help_text="Who else gets it, and where that is said.", **kwargs
    )


def _version(**kwargs: Any) -> VisibleRecord:
    return VisibleRecord(queryset=RateCardVersion.objects.all(), required=False, help_text=_VERSION, **kwargs)


class MeteredInput(StrictInput):
    """Without a base version, cards and discount are those of the gift's policy."""

    line = GiftLine(help_text="The line in kind.")
    month = serializers.DateField(help_text=_MONTH)
    base_version = _version()
    low_version = _version()
    high_version = _version()
    discount_percent = _percent(required=False)
    discount_basis = _basis(default="")
    accept_incomplete = serializers.BooleanField(
        default=False,
        help_text="Value use of which days are lacking or rows are kept aside; the steps say which.",
    )


class GiftInput(StrictInput):
    """Quantity times unit value, in the commitment's currency."""

    line = GiftLine(help_text="The line in kind.")
    month = serializers.DateField(help_text=_MONTH)
    quantity = _number("What was given in the month.", digits=24, places=4)
    unit_value = _number("What one is worth.", digits=18, places=8)
    low_unit_value = _number("By default the unit value.", digits=18, places=8, required=False)
    high_unit_value = _number("By default the unit value.", digits=18, places=8, required=False)
    expired = _number("Unused, and worth nothing.", digits=24, places=4, default=Decimal(0))
    technique = serializers.CharField(
        max_length=300, allow_blank=True, default="", help_text="By default that of the category."
    )
    services_test = serializers.CharField(
        max_length=400,
        allow_blank=True,
        default="",
        help_text="For contributed time: how the services test is met.",
    )
    discount_percent = _percent(default=Decimal(0))
    discount_basis = _basis(default="")


class ValuationReasonInput(StrictInput):
    reason = serializers.CharField(max_length=300)


class AdjustInput(StrictInput):
    accept_incomplete = serializers.BooleanField(default=False)


class FiguresInput(StrictInput):
    statements_value = _number("For the financial statements.", digits=18, places=4)
    tax_value = _number("For the tax return.", digits=18, places=4)
    note = serializers.CharField(max_length=500, help_text="Who decided it, and why.")


class EvidenceInput(StrictInput):
    # A form has text only.
    valuation = serializers.RegexField(
        r"^[0-9]{1,18}$",
        help_text="The number of the valuation.",
        error_messages={"invalid": "Give the number of a valuation, such as 12."},
    )
    file = serializers.FileField(
        allow_empty_file=True, help_text="PDF, CSV (UTF-8), XLSX, JSON, PNG or JPEG, at most 10 MB."
    )
    note = serializers.CharField(max_length=300, allow_blank=True, default="")

    def validate_valuation(self, value: str) -> Valuation:
        seen = Valuation.objects.visible_to(self.context["request"].user)
        valuation = seen.filter(pk=int(value)).first()
        if valuation is None:
            msg = "There is no valuation of this number. Correct it."
            raise serializers.ValidationError(msg)
        return valuation


def _card(help_text: str, **kwargs: Any) -> serializers.SlugRelatedField[RateCard]:
    return serializers.SlugRelatedField(
        slug_field="slug", queryset=RateCard.objects.all(), help_text=help_text, **kwargs
    )


class PolicyChangeInput(StrictInput):
    base_card = _card("The slug of the card that makes the recognized value.")
    low_card = _card("By default the base.", allow_null=True, default=None)
    high_card = _card("By default the base.", allow_null=True, default=None)
    discount_percent = _percent(default=Decimal(0))
    discount_basis = _basis(default="")


class PolicyInput(PolicyChangeInput):
    line = GiftLine(help_text="The line in kind.")
