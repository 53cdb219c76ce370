"""Amounts in answers and inputs."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework import serializers

from foundation.api.serializers import AmountField, StrictInput, exact_amount
from foundation.books.models import Fund


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


class Told(StrictInput):
    name = serializers.CharField(required=False)
    amount = serializers.DecimalField(max_digits=18, decimal_places=4, required=False)
    fund = serializers.SlugRelatedField(slug_field="code", queryset=Fund.objects.all(), required=False)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"fund": {"code": "general"}}, "Write the code as text"),
        ({"fund": ["general"]}, "Write the code as text"),
        ({"fund": 1}, "Write the code as text"),
        ({"fund": "gen\x00eral"}, "the invisible character U+0000"),
        ({"name": "Acme\x00"}, "the invisible character U+0000"),
        ({"name": "Acme\x1b[31m"}, "the invisible character U+001B"),
        ({"name": "Acme \u202egnp.exe"}, "the invisible character U+202E"),
        ({"name": "Acme \u2066x"}, "the invisible character U+2066"),
        ({"amount": "1_000"}, "Write digits and a dot, e.g. 1500.00."),
        ({"amount": "\u0661\u0660"}, "Write digits and a dot, e.g. 1500.00."),
        ({"amount": "1,000"}, "Write digits and a dot, e.g. 1500.00."),
        ({"amount": "NaN"}, "Write digits and a dot, e.g. 1500.00."),
    ],
)
def test_what_nobody_means_is_refused_at_its_field(data, sentence):
    serializer = Told(data=data)
    assert not serializer.is_valid()
    ((field, (error,)),) = serializer.errors.items()
    assert field in data
    assert sentence in error


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Zoë 株式会社 👩\u200d💻"},
        {"name": "One line\nand another"},
        {"amount": "-1500.25"},
        {"amount": 5},
    ],
    ids=str,
)
def test_what_people_write_is_taken(data):
    assert Told(data=data).is_valid()
