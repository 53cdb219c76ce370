"""JSON as orjson writes it is JSON as REST framework writes it."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import CharField, Serializer

from foundation.api.renderers import JsonRenderer
from foundation.api.scopes import Scope


class SponsorNames(Serializer[Any]):
    name = CharField()


VALUES: list[Any] = [
    None,
    {},
    [],
    {"text": "Bär ☕ 日本", "tag": "</script>"},
    {"amount": Decimal("150000.00"), "count": 2**63 - 1, "share": 0.25, "is": True},
    {"at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "on": date(2026, 1, 2), "hour": time(3, 4)},
    {"id": UUID(int=7), "lazy": gettext_lazy("Yes"), "scope": Scope.BOOKS_READ, 3: "a key that is no text"},
    {Scope.BOOKS_READ: ErrorDetail("Enter a name.", code="required")},
    SponsorNames([{"name": "Acme"}], many=True).data,
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_it_is_what_rest_framework_writes(value):
    ours, theirs = JsonRenderer().render(value), JSONRenderer().render(value)
    assert (json.loads(ours) if ours else ours) == (json.loads(theirs) if theirs else theirs)


def test_who_asks_for_indented_json_gets_it():
    assert b'\n    "a": 1' in JsonRenderer().render({"a": 1}, "application/json; indent=4")
