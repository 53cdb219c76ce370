"""Closings, exchange rates and conversions over the API."""

from datetime import date

import pytest

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from foundation.books.closing import open_from
from foundation.money.services import import_reference_rates

pytestmark = pytest.mark.django_db
CONVERSION = "/api/v1/exchange-rates/conversion/"


def rates():
    content = b"Date,USD,JPY,\n2026-02-27,1.0812,162.55,\n2026-02-26,1.0791,161.9,\n"
    import_reference_rates(actor=None, file_name="rates.csv", content=content, today=date(2026, 3, 2))


def test_books_are_closed_and_opened(administrator):
    client = api_client(administrator, [Scope.BOOKS_WRITE])
    closed = client.post("/api/v1/closings/", {"through": "2024-12-31"}, format="json")
    assert (closed.status_code, closed.json()["open_from"]) == (201, "2025-01-01")
    body = {"first_day": "2024-12-01", "reason": "An invoice was forgotten."}
    opened = client.post("/api/v1/closings/reopen/", body, format="json")
    assert (opened.status_code, opened.json()["kind"]) == (201, "reopen")
    assert open_from() == date(2024, 12, 1)
    assert [row["kind"] for row in client.get("/api/v1/closings/").json()["results"]] == ["reopen", "close"]


def test_closing_that_is_refused_names_the_field(finance):
    client = api_client(finance, [Scope.BOOKS_WRITE])
    refused = client.post("/api/v1/closings/", {"through": "2024-12-30"}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"] == "through"


def test_rates_are_listed_by_currency_and_day(finance):
    rates()
    client = api_client(finance, [Scope.BOOKS_READ])
    listed = client.get("/api/v1/exchange-rates/?currency=USD&day__gte=2026-02-27").json()["results"]
    assert [(row["day"], row["rate"]) for row in listed] == [("2026-02-27", "1.081200000000")]


def test_conversion_names_rate_and_day(finance):
    rates()
    client = api_client(finance, [Scope.BOOKS_READ])
    asked = {"amount": "1000.00", "source": "USD", "target": "JPY", "on": "2026-03-01"}
    assert client.get(CONVERSION, asked).json() == {
        "source": "USD",
        "amount": "1000.00",
        "target": "JPY",
        "result": "150342",
        "rate": "150.342212357",
        "day": "2026-02-27",
    }


@pytest.mark.parametrize(
    ("change", "attr", "sentence"),
    [
        ({"on": "2026-04-01"}, "on", "from USD to JPY for 2026-04-01"),
        ({"on": "0001-01-03"}, "on", "from USD to JPY for 0001-01-03"),
        ({"source": "XXZ"}, "source", "XXZ"),
        ({"amount": "ten"}, "amount", "1500.00"),
        ({"amount": "0.001"}, "amount", "at most 2 decimals"),
        ({"on": "soon"}, "on", "format"),
    ],
)
def test_conversion_that_is_not_possible_says_why(finance, change, attr, sentence):
    rates()
    client = api_client(finance, [Scope.BOOKS_READ])
    asked = {"amount": "1000.00", "source": "USD", "target": "JPY", "on": "2026-03-01"}
    refused = client.get(CONVERSION, asked | change)
    assert refused.status_code == 400
    error = refused.json()["errors"][0]
    assert error["attr"] == attr
    assert sentence in error["detail"]
