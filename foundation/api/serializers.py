"""Serializers that take nothing they do not know, and exact amounts."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from foundation.audit.text import unreadable
from foundation.money.display import plain_amount
from foundation.money.rules import AmountNotExact, in_currency

_TEXTS = (serializers.CharField, serializers.SlugRelatedField)
# Python also reads 1_000 and the digits of other scripts, which nobody means.
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WHOLE_NUMBERS = (serializers.IntegerField, serializers.PrimaryKeyRelatedField)


# A docstring of these classes would stand in the schema as the description of every input.
class StrictInput(serializers.Serializer[Any]):
    # An unknown field is an error: a misspelled one must not pass in silence.
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = {str(name) for name in data} - set(known)
            if unknown:
                sentence = f"This field cannot be set here. These can: {', '.join(known) or 'none'}."
                detail = {
                    name[:80]: [ErrorDetail(sentence, code="unknown_field")] for name in sorted(unknown)
                }
                raise serializers.ValidationError(detail)
            wrong = {
                name: [ErrorDetail(sentence, code="invalid")]
                for name, field in self.fields.items()
                if name in data and (sentence := _wrong_type(field, data[name]))
            }
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


def _wrong_type(field: Any, value: Any) -> str:
    """Return a sentence where REST framework would quietly make one type of JSON of another."""
    if isinstance(field, serializers.CharField) and isinstance(value, int | float):
        return "Write this as text, in quotation marks."
    if isinstance(field, serializers.SlugRelatedField) and not isinstance(value, str | None):
        return "Write the code as text, in quotation marks."
    if isinstance(field, _TEXTS) and isinstance(value, str) and (sentence := unreadable(value)):
        return sentence
    if (
        isinstance(field, serializers.DecimalField)
        and isinstance(value, str)
        and not _AMOUNT.fullmatch(value)
    ):
        return "Write digits and a dot, e.g. 1500.00."
    if isinstance(field, serializers.BooleanField) and not isinstance(value, bool | None):
        return "Write true or false, without quotation marks."
    if isinstance(field, _WHOLE_NUMBERS) and isinstance(value, str | float):
        return "Write this as a whole number, without quotation marks."
    return ""


class NoInput(StrictInput):
    # For an action that takes nothing.
    pass


class RemovedSerializer(serializers.Serializer[Any]):
    """What is answered when a record was taken away."""

    removed = serializers.IntegerField(help_text="The number that the record had.")


class AmountField(serializers.DecimalField):
    """An exact amount, written as text with exactly the decimals of its currency.

    `currency_source` is where the currency stands, seen from the object that holds the amount, such
    as `currency` or `commitment.currency`. On input the currency stands beside the amount, and
    `exact_amount` checks the decimals once both are known.
    """

    def __init__(self, *, currency_source: str = "currency", **kwargs: Any) -> None:
        self.currency_source = currency_source
        super().__init__(**{"max_digits": 18, "decimal_places": 4, "coerce_to_string": True, **kwargs})

    def get_attribute(self, instance: Any) -> Any:
        value = super().get_attribute(instance)
        if value is None:
            return None
        currency = instance
        for name in self.currency_source.split("."):
            currency = currency[name] if isinstance(currency, Mapping) else getattr(currency, name)
        return plain_amount(value, currency)

    def to_representation(self, value: Any) -> Any:
        """Return the text that `get_attribute` made."""
        return value


class VisibleRecord(serializers.PrimaryKeyRelatedField[Any]):
    """The number of a record that the caller may see."""

    def get_queryset(self) -> QuerySet[Any]:
        queryset: Any = super().get_queryset()
        request = self.context.get("request")
        visible: QuerySet[Any] = queryset.visible_to(request.user) if request else queryset.none()
        return visible


def exact_amount(amount: Decimal, currency: str, *, field: str = "amount") -> Decimal:
    """Return the amount with the currency's decimals, or raise a validation error on the field."""
    try:
        return in_currency(amount, currency)
    except AmountNotExact as error:
        raise serializers.ValidationError({field: [ErrorDetail(error.message, code=error.code)]}) from error


class ErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="A sentence for people: what is wrong and how to fix it.")
    attr = serializers.CharField(allow_null=True, help_text="The field, parameter or header it is about.")


class ErrorAnswerSerializer(serializers.Serializer[Any]):
    """What every error answer holds."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # hides the property of the base, unused here
