"""Renewal cases, the forecast and letters over the API."""

import csv
import io

import pytest

from foundation.api.tests.factories import api_client
from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.renewals.tests.renewing import assessed, closed, drafted_letter, due, ending, moved

pytestmark = pytest.mark.django_db
CASES, LETTERS = "/api/v1/renewal-cases/", "/api/v1/renewal-letters/"


@pytest.fixture
def client(fundraiser):
    return api_client(fundraiser)


def error_of(answer):
    return answer.status_code, answer.json()["errors"][0]["code"], answer.json()["errors"][0]["attr"]


def file_of(answer):
    return b"".join(answer.streaming_content).decode()


def numbers(answer):
    return [row["id"] for row in answer.json()["results"]]


def test_a_case_is_opened_once_and_read_with_its_value(client):
    commitment = ending(SponsorFactory(name="Cloudline"))
    first = client.post(CASES, {"commitment": commitment.pk}).json()
    case = due(commitment)
    assert client.post(CASES, {"commitment": commitment.pk}).json()["id"] == first["id"] == case.pk
    assessed(case, risk=0.25, cash=60_000, in_kind=500)
    row = client.get(f"{CASES}{case.pk}/").json()
    assert (row["sponsor_name"], row["ends_on"], row["state"]) == ("Cloudline", "2026-12-31", "due")
    assert (row["currency"], row["cash_a_year"], row["in_kind_a_year"]) == ("USD", "60000.00", "500.00")
    assert (row["probability"], row["own_probability"], row["band"]) == (0.75, None, "high")


def test_cases_are_filtered_and_taken_as_a_file(client):
    olga = make_user("Olga", Role.FUNDRAISING)
    one = due(ending(owner=olga))
    other = closed(moved(due(ending(years=4)), "contacted"), "lapsed")
    for query, found in (
        ("", [one, other]),
        ("state=contacted", [other]),
        (f"owner={olga.pk}", [one]),
        ("open=true", [one]),
        ("ends_from=2027-01-01", [other]),
        ("ends_from=2026-12-31&ends_to=2026-12-31", [one]),
        ("ends_to=9999-12-31", [one, other]),
    ):
        assert numbers(client.get(f"{CASES}?{query}")) == [case.pk for case in found], query
    rows = list(csv.DictReader(io.StringIO(file_of(client.get(f"{CASES}?format=csv")))))
    assert [row["state"] for row in rows] == ["due", "contacted"]


def test_a_card_is_moved_once_from_where_it_was_seen(client, fundraiser):
    case = due()
    given = {"state": "declined", "seen": "due"}
    assert error_of(client.post(f"{CASES}{case.pk}/move/", given)) == (400, "required", "note")
    done = client.post(f"{CASES}{case.pk}/move/", given | {"note": "Budget closed"}).json()
    assert (done["state"], done["probability"]) == ("declined", 0.0)
    late = client.post(f"{CASES}{case.pk}/move/", {"state": "agreed", "seen": "due"})
    assert error_of(late) == (409, "moved_meanwhile", "state")
    [move] = client.get(f"{CASES}{case.pk}/moves/").json()["moves"]
    assert (move["before"], move["after"], move["moved_by"]) == ("due", "declined", fundraiser.pk)


def test_an_estimate_counts_until_it_is_taken_back(client):
    case = due()
    assert client.post(f"{CASES}{case.pk}/estimate/", {"own_probability": 0.9}).json()["probability"] == 0.9
    answer = client.post(f"{CASES}{case.pk}/estimate/", {"own_probability": None}).json()
    assert (answer["probability"], answer["own_probability"]) == (None, None)


def test_a_renewal_is_drafted_once(client):
    case = due()
    given = {"title": "Gold", "months": 24, "percent": "-10", "amounts": [{"line": 1, "amount": "100000"}]}
    first = client.post(f"{CASES}{case.pk}/renew/", given)
    assert (first.status_code, first.json()["is_new"], first.json()["commitment_state"]) == (
        200,
        True,
        "draft",
    )
    renewal = case.commitment.renewals.get()
    assert (renewal.title, renewal.lines.get().amount) == ("Gold", 100_000)
    again = client.post(f"{CASES}{case.pk}/renew/", {})
    assert (again.status_code, again.json()["commitment"], again.json()["is_new"]) == (200, renewal.pk, False)


def test_a_line_is_named_once(client):
    twice = {"amounts": [{"line": 1, "amount": "1"}, {"line": 1, "amount": "2"}]}
    answer = client.post(f"{CASES}{due().pk}/renew/", twice)
    assert answer.status_code == 400
    assert "more than once" in answer.text


def test_a_settled_case_is_opened_again(client):
    case = closed(due(), "declined")
    answer = client.post(f"{CASES}{case.pk}/reopen/", {"note": "A new director"}).json()
    assert (answer["state"], answer["closed_on"], answer["closed_as"]) == ("negotiating", None, "")


def test_the_forecast_tells_each_column_and_all(client):
    assessed(due(), risk=0.25, cash=60_000)
    assessed(moved(due(), "agreed"), risk=0.5, cash=100)
    due()
    told = client.get("/api/v1/renewal-forecast/").json()
    assert (told["count"], told["unknown"]) == (3, 1)
    assert told["worth"] == [
        {"currency": "USD", "cash_a_year": "60100.00", "in_kind_a_year": "0.00", "expected_cash": "45050.00"}
    ]
    assert {one["state"]: one["count"] for one in told["columns"]} == {
        "due": 2,
        "contacted": 0,
        "negotiating": 0,
        "agreed": 1,
        "declined": 0,
    }


def test_the_forecast_is_of_an_owner_and_a_quarter(client):
    olga = make_user("Olga", Role.FUNDRAISING)
    due(ending(owner=olga))
    due(ending(years=4))
    for query, count in (
        (f"owner={olga.pk}", 1),
        ("owner=nobody", 1),
        ("quarter=2026-4", 1),
        ("quarter=2026-3", 0),
    ):
        assert client.get(f"/api/v1/renewal-forecast/?{query}").json()["count"] == count, query
    for query, field in (("owner=x", "owner"), ("quarter=2026", "quarter")):
        answer = client.get(f"/api/v1/renewal-forecast/?{query}")
        assert error_of(answer) == (400, "invalid", field)


def test_a_letter_is_drafted_changed_looked_at_and_sent(client):
    letter = drafted_letter()
    row = client.post(LETTERS, {"case": letter.case_id}).json()
    assert (row["id"], row["state"], row["sha256"]) == (letter.pk, "draft", None)
    changed = client.patch(
        f"{LETTERS}{letter.pk}/", {"recipient": "office@example.org", "body": "Dear Ada,"}
    ).json()
    assert (changed["recipient"], changed["body"]) == ("office@example.org", "Dear Ada,")
    assert client.get(f"{LETTERS}{letter.pk}/pdf/").content.startswith(b"%PDF")
    assert not Notice.objects.exists()
    sent = client.post(f"{LETTERS}{letter.pk}/send/").json()
    assert (sent["state"], len(sent["sha256"])) == ("sent", 64)
    assert Notice.objects.get().recipient == "office@example.org"
    assert error_of(client.post(f"{LETTERS}{letter.pk}/discard/")) == (409, "not_allowed_now", "state")


def test_letters_are_filtered(client):
    one, other = drafted_letter(), drafted_letter()
    client.post(f"{LETTERS}{other.pk}/discard/")
    assert numbers(client.get(f"{LETTERS}?state=draft")) == [one.pk]
    assert numbers(client.get(f"{LETTERS}?case={other.case_id}")) == [other.pk]
    assert "body" not in file_of(client.get(f"{LETTERS}?format=csv")).splitlines()[0]
