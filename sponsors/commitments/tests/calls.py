"""What is posted to the API of commitments, and how its answers are looked at."""

from typing import Any

from rest_framework import serializers

from sponsors.commitments.tests.factories import general_fund

FIVE_YEARS: dict[str, Any] = {
    "title": "Platinum 2024 to 2028",
    "currency": "USD",
    "starts_on": "2024-01-01",
    "ends_on": "2028-12-31",
    "lines": [{"kind": "cash", "description": "Support", "amount": "300000.00", "fund": "general"}],
    "schedule": {"shape": "equal", "frequency": "yearly", "first_due_on": "2024-01-31"},
}
WIRE = {
    "amount": "70000",
    "currency": "USD",
    "received_on": "2024-02-01",
    "method": "wire",
    "source": "bank",
    "reference": "w-1",
}


def draft_of(by, **changes):
    general_fund()
    return FIVE_YEARS | {"sponsor": by.pk} | changes


def errors(response):
    return {(error["attr"], error["code"]) for error in response.json()["errors"]}


def assert_shape(row, serializer):
    """Say that the row has exactly the fields that the schema promises, nested ones too."""
    fields = serializer().fields
    assert list(row) == list(fields) or set(row) == set(fields), set(row) ^ set(fields)
    for name, field in fields.items():
        if isinstance(field, serializers.ListSerializer):
            for nested in row[name]:
                assert_shape(nested, type(field.child))
        elif row[name] is None:
            assert field.allow_null, name
        elif isinstance(field, serializers.Serializer):
            assert_shape(row[name], type(field))
        else:
            kind = int if isinstance(field, serializers.IntegerField) else str
            assert isinstance(row[name], bool if isinstance(field, serializers.BooleanField) else kind), name
