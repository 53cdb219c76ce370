"""Valuations over the API: what people do with buttons, programs do with calls."""

import pytest
from django.core.files.storage import default_storage
from rest_framework.test import APIClient

from foundation.api.scopes import Scope
from foundation.api.tests.factories import make_token
from sponsors.inkind.models import Valuation
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.valuing import (
    approved,
    approver,
    card,
    drafted_gift,
    metered_line,
    more_use,
    reversed_by,
    submitted,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db
LIST = "/api/v1/valuations/"


def client_of(user):
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {make_token(user).secret}")


@pytest.fixture
def client(db):
    return client_of(treasurer())


def errors(response):
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def test_a_month_is_drafted_with_its_steps_and_use(client):
    line = with_policy(metered_line())
    made = client.post(LIST, {"line": line.pk, "month": "2024-03-09"}, format="json")
    assert made.status_code == 201
    assert (made.json()["value"], made.json()["low_value"], made.json()["month"]) == (
        "100750.00",
        "10750.00",
        "2024-03-01",
    )
    details = client.get(f"{LIST}{made.json()['id']}/details/").json()
    low, base, _high = details["estimates"]
    assert (low["estimate"], base["by"], base["value"]) == ("low", "List, version 1", "100750.00")
    assert [step["amount"] for step in base["steps"]] == ["100000.00", "750.00"]
    assert details["usage"][0]["bytes"] == 10**15
    assert details["differences"] == []


def test_a_month_is_drafted_by_the_version_that_the_card_names(client):
    line = metered_line()
    listed = client.get(f"/api/v1/rate-cards/{card('list').card_id}/").json()["versions"][0]
    body = {"line": line.pk, "month": "2024-03-01", "base_version": listed["id"]}
    made = client.post(LIST, body, format="json")
    assert (made.status_code, made.json()["base_version"]) == (201, listed["id"])


def test_the_same_key_drafts_once(client):
    line = factories.gift_line(category="hardware")
    body = {"line": line.pk, "month": "2024-03-01", "quantity": "4", "unit_value": "250"}
    first, again = (
        client.post(f"{LIST}gift/", body, format="json", HTTP_IDEMPOTENCY_KEY="march-hardware")
        for _ in range(2)
    )
    assert first.json() == again.json()
    assert Valuation.objects.count() == 1


def test_refusals_name_code_and_field(client):
    valuation = submitted(drafted_gift())
    assert errors(client.post(f"{LIST}{valuation.pk}/approve/")) == [("own_valuation", "state")]
    body = {"line": factories.gift_line().pk, "month": "2024-03-01"}
    assert errors(client.post(LIST, body, format="json")) == [("policy_missing", "line")]
    unknown = client.post(
        "/api/v1/valuation-evidence/", {"valuation": "999", "file": "x"}, format="multipart"
    )
    assert {attr for _code, attr in errors(unknown)} == {"valuation", "file"}
    assert client.get(f"{LIST}totals/?by=moon").status_code == 400


def test_lists_are_narrowed(client):
    metered = approved()
    more_use(metered.line)
    gift = approved(drafted_gift())
    reversed_by(gift)
    draft = drafted_gift()
    service = metered.line.supplies.get().service
    for query, count in (
        ("stale=true", 1),
        ("stale=false", 3),
        ("counting=true", 3),
        ("counting=false", 1),
        (f"service={service.pk}", 1),
        (f"line={draft.line_id}", 1),
        ("state=draft&state=reversed", 2),
        ("month_from=2024-03-01&month_to=2024-03-01", 4),
        ("extrapolated=true", 0),
    ):
        assert len(client.get(f"{LIST}?{query}").json()["results"]) == count, query


def test_totals_are_of_what_counts(client):
    approved(drafted_gift())
    reversed_by(approved(drafted_gift()))
    (total,) = client.get(f"{LIST}totals/?by=month").json()["totals"]
    assert (total["name"], total["currency"], total["value"], total["months"]) == (
        "2024-03",
        "USD",
        "1000.00",
        1,
    )
    (year,) = client.get(f"{LIST}totals/").json()["totals"]
    assert (year["key"], year["tax"]) == ("2024", "1000.00")


def test_evidence_is_handed_out_as_it_came(client):
    evidence = services.add_evidence(
        actor=treasurer(), valuation=drafted_gift(), content=b"[1]", file_name="a.json"
    )
    address = f"/api/v1/valuation-evidence/{evidence.pk}/file/"
    assert client.get(address).content == b"[1]"
    default_storage.delete(str(evidence.file.name))
    assert client.get(address).status_code == 404


def test_a_timeline_tells_valuations_to_tokens_that_may_see_them(client):
    valuation = approved(drafted_gift())
    address = f"/api/v1/commitments/{valuation.line.commitment_id}/timeline/"
    assert "valued" in {event["kind"] for event in client.get(address).json()["events"]}
    narrow = make_token(approver(), Scope.COMMITMENTS_READ).secret
    seen = APIClient(HTTP_AUTHORIZATION=f"Bearer {narrow}").get(address).json()
    assert "valued" not in {event["kind"] for event in seen["events"]}
    sponsor = valuation.line.commitment.sponsor_id
    events = client.get(f"/api/v1/sponsors/{sponsor}/timeline/").json()["events"]
    assert "valued" in {event["kind"] for event in events}
