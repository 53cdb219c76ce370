"""How often one may call, how pages are cut, and what a cell may hold."""

import csv
from datetime import date
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from foundation.api import spreadsheets, views
from foundation.api.models import CallCount
from foundation.api.spreadsheets import safe_cell
from foundation.api.tests.factories import api_client, make_token
from foundation.api.throttling import TokenThrottle
from foundation.books.models import Fund


@pytest.fixture
def three_calls(monkeypatch):
    monkeypatch.setattr(TokenThrottle, "a_user", 3)
    monkeypatch.setattr(TokenThrottle, "an_address", 3)
    monkeypatch.setattr("foundation.api.throttling.time.time", lambda: 1_000_000_020.0 + 13)


def statuses(client, count=4):
    return [client.get("/api/v1/tokens/").status_code for _ in range(count)]


def test_all_tokens_of_a_user_share_one_limit(three_calls, auditor, finance):
    assert statuses(api_client(auditor), 2) == [200, 200]
    second = api_client(auditor)
    assert statuses(second, 2) == [200, 429]
    assert statuses(api_client(finance), 1) == [200]


def test_a_throttled_caller_is_told_how_long_to_wait(three_calls, auditor):
    client = api_client(auditor)
    statuses(client, 3)
    response = client.get("/api/v1/tokens/")
    assert response["Retry-After"] == "47"
    assert response.json()["errors"][0]["code"] == "throttled"


@pytest.mark.django_db
@pytest.mark.parametrize("authorization", [{}, {"HTTP_AUTHORIZATION": "Token bursar_guessed_guess"}])
def test_refused_calls_of_an_address_are_counted(three_calls, authorization):
    assert statuses(APIClient(**authorization)) == [401, 401, 401, 429]
    assert statuses(APIClient(REMOTE_ADDR="192.0.2.7", **authorization), 1) == [401]


def test_the_next_minute_begins_anew(three_calls, auditor, monkeypatch):
    client = api_client(auditor)
    assert statuses(client)[-1] == 429
    monkeypatch.setattr("foundation.api.throttling.time.time", lambda: 1_000_000_080.0)
    assert statuses(client, 1) == [200]


@pytest.mark.django_db
def test_no_address_is_kept():
    APIClient(REMOTE_ADDR="192.0.2.7").get("/api/v1/tokens/")
    kept = CallCount.objects.get()
    assert "192.0.2.7" not in str(kept)


@pytest.mark.urls("foundation.api.tests.urls")
@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("ordering", ["available_from", "-available_from", "name"])
def test_pages_hold_every_row_once_in_order_whatever_is_null_or_equal(finance, size, ordering):
    days = [None, date(2026, 1, 1), None, date(2026, 1, 1), date(2025, 1, 1), None, date(2027, 1, 1)]
    for number, day in enumerate(days):
        Fund.objects.create(
            code=f"f{number}",
            name=f"Fund {number % 2}",
            available_from=day,
        )
    fields = [ordering, "-pk" if ordering.startswith("-") else "pk"]
    expected = list(Fund.objects.order_by(*fields).values_list("pk", flat=True))
    client = api_client(finance)
    forward, url = [], f"/test/writable/?page_size={size}&ordering={ordering}"
    pages = []
    while url:
        pages.append(client.get(url).json())
        forward += [row["id"] for row in pages[-1]["results"]]
        url = pages[-1]["next"]
    assert forward == expected
    backward, url = [row["id"] for row in reversed(pages[-1]["results"])], pages[-1]["previous"]
    while url:
        page = client.get(url).json()
        backward += [row["id"] for row in reversed(page["results"])]
        url = page["previous"]
    assert backward == expected[::-1]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (["primary", "billing"], "primary, billing"),
        ("-5.00", "-5.00"),
        ("+1", "+1"),
        ("=1+1", "'=1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
    ],
)
def test_a_cell_is_never_a_formula(value, cell):
    assert safe_cell(value) == cell


@given(st.text())
def test_no_text_begins_like_a_formula(text):
    cell = safe_cell(text)
    assert not cell.startswith(("=", "@", "\t", "\r", "\n"))
    assert cell in {text, f"'{text}"}


@pytest.mark.parametrize("count", [0, 3, 5])
def test_csv_is_whole_over_chunks(finance, monkeypatch, count):
    monkeypatch.setattr(spreadsheets, "_CHUNK", 2)
    for number in range(count):
        Fund.objects.create(code=f"f{number}", name=f"Fund, {number}\nsecond line")
    response = api_client(finance).get("/api/v1/funds/?format=csv")
    header, *rows = csv.reader(StringIO(response.getvalue().decode(), newline=""))
    assert header[1] == "code"
    assert [row[1] for row in rows] == [f"f{number}" for number in range(count)]


def test_csv_of_too_many_rows_is_refused_with_a_sentence(finance, monkeypatch):
    monkeypatch.setattr(views, "MOST_ROWS", 2)
    for number in range(3):
        Fund.objects.create(code=f"f{number}", name="Fund")
    response = api_client(finance).get("/api/v1/funds/?format=csv")
    assert response.status_code == 400
    assert response.json()["errors"][0]["detail"].startswith("This is more than 2 rows. Narrow the filters")


def test_an_ordered_list_is_asked_for(auditor):
    make_token(auditor)
    response = api_client(auditor).get("/api/v1/tokens/?ordering=name&page_size=1")
    assert response.json()["next"]
