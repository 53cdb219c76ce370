"""Amounts in answers and inputs."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework import serializers

from foundation.api.serializers import AmountField, StrictInput, exact_amount


class Priced(serializers.Serializer[Any]):
    amount = AmountField()
    part = AmountField(currency_source="whole.currency", allow_null=True)


@pytest.mark.parametrize(("currency", "text"), [("USD", "1200.50"), ("KWD", "1200.500"), ("HUF", "1200.50")])
def test_an_amount_has_the_decimals_of_its_currency(currency, text):
    row = {"amount": Decimal("1200.5000"), "currency": currency, "part": None}
    assert Priced(row).data == {"amount": text, "part": None}


def test_the_currency_may_stand_elsewhere():
    whole = SimpleNamespace(currency="JPY")
    row = SimpleNamespace(amount=Decimal(5), currency="USD", part=Decimal("7.0000"), whole=whole)
    assert Priced(row).data == {"amount": "5.00", "part": "7"}


def test_more_decimals_than_the_currency_has_are_refused_on_the_field():
    assert str(exact_amount(Decimal("5.5"), "USD")) == "5.50"
    with pytest.raises(serializers.ValidationError) as refused:
        exact_amount(Decimal("5.5"), "JPY", field="price")
    detail: Any = refused.value.detail
    (error,) = detail["price"]
    assert (error.code, "no decimals" in error) == ("amount_not_exact", True)


class Typed(StrictInput):
    text = serializers.CharField(required=False, allow_null=True)
    flag = serializers.BooleanField(required=False, allow_null=True)
    count = serializers.IntegerField(required=False, allow_null=True)


@pytest.mark.parametrize(
    "data",
    [
        {"text": 0},
        {"text": 1.5},
        {"text": True},
        {"flag": 1},
        {"flag": "true"},
        {"count": "7"},
        {"count": 7.0},
    ],
)
def test_one_type_is_not_taken_for_another(data):
    serializer = Typed(data=data)
    assert not serializer.is_valid()
    assert list(serializer.errors) == list(data)


@pytest.mark.parametrize(
    "data", [{}, {"text": "0", "flag": True, "count": 7}, dict.fromkeys(("text", "flag", "count"))]
)
def test_the_type_asked_for_is_taken(data):
    serializer = Typed(data=data)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == data
