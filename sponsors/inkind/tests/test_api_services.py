"""Services, what gifts promise, and use over the REST API."""

from datetime import UTC, date, datetime

import pytest

from foundation.api.tests.factories import api_client
from foundation.books.selectors import local_today
from sponsors.inkind.models import GiftTerms, Service, Supply, UsagePull
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import valued

pytestmark = pytest.mark.django_db
SERVICES, TERMS, USAGE = "/api/v1/services/", "/api/v1/gift-terms/", "/api/v1/usage/"


@pytest.fixture
def operator(infrastructure):
    return api_client(infrastructure)


def codes(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def detail(answer):
    return answer.json()["errors"][0]["detail"]


def test_a_service_is_added_supplied_and_told_whole(operator):
    made = operator.post(
        SERVICES,
        {
            "name": "Files",
            "slug": "files",
            "purpose": "Serves files.",
            "provider": "fastly",
            "criticality": "high",
        },
    )
    assert made.status_code == 201
    url = made["Location"]
    line = factories.gift_line()
    given = {"sponsor": line.commitment.sponsor_id, "starts_on": "2024-01-01", "line": line.pk}
    supplied = operator.post(f"{url}supply/", given).json()["supplies"]
    assert [(row["line"], row["ends_on"]) for row in supplied] == [(line.pk, None)]
    other = factories.gift_line()
    follower = {"sponsor": other.commitment.sponsor_id, "starts_on": "2025-01-01"}
    refused = operator.post(f"{url}supply/", follower)
    assert (refused.status_code, codes(refused)) == (400, [("supplied_already", "starts_on")])
    both = operator.post(f"{url}supply/", {**follower, "ends_present": True}).json()["supplies"]
    assert [row["ends_on"] for row in both] == [None, "2024-12-31"]
    pk = both[0]["id"]
    moved = operator.post(f"{url}put-under-line/", {"supply": pk, "line": other.pk})
    assert moved.json()["supplies"][0]["line"] == other.pk
    ended = operator.post(f"{url}end-supply/", {"supply": pk, "ends_on": "2025-06-30"})
    assert ended.json()["supplies"][0]["ends_on"] == "2025-06-30"
    assert len(operator.post(f"{url}remove-supply/", {"supply": pk}).json()["supplies"]) == 1
    changed = operator.patch(url, {"purpose": "Serves all files."}).json()
    assert (changed["purpose"], changed["name"]) == ("Serves all files.", "Files")


def test_a_service_tells_how_far_its_provider_was_asked(operator):
    service = factories.service()
    url = f"{SERVICES}{service.pk}/"
    assert operator.get(url).json()["pull"] is None
    until = datetime(2026, 3, 1, 9, tzinfo=UTC)
    UsagePull.objects.create(service=service, complete_before=until, problem="Refused (403).")
    assert operator.get(url).json()["pull"] == {
        "complete_before": "2026-03-01T09:00:00Z",
        "tried_at": None,
        "problem": "Refused (403).",
    }


def test_whoever_read_a_service_before_something_that_hangs_on_it_changed_reads_it_again(operator):
    url = f"{SERVICES}{factories.service().pk}/"
    read = operator.get(url)["ETag"]
    key, other = {"provider": "fastly", "external_id": "SU1"}, {"name": "Elsewhere"}
    given = {"sponsor": factories.gift_line().commitment.sponsor_id, "starts_on": "2024-01-01"}
    for name, body in (
        ("supply", given),
        ("add-key", key),
        ("remove-key", key),
        ("set-alternative", other),
        ("set-alternative", {**other, "months_to_move": 3}),
        ("remove-alternative", other),
    ):
        answer = operator.post(f"{url}{name}/", body, HTTP_IF_MATCH=read)
        assert (answer.status_code, answer["ETag"] == read) == (200, False), name
        assert operator.patch(url, {"purpose": "Mine."}, HTTP_IF_MATCH=read).status_code == 412, name
        read = answer["ETag"]


def test_what_hangs_on_it_comes_and_goes_and_may_be_said_again(operator):
    service = factories.service()
    url, key = f"{SERVICES}{service.pk}/", {"provider": "fastly", "external_id": "SU1"}
    for _ in range(2):
        assert len(operator.post(f"{url}add-key/", key).json()["keys"]) == 1
    for _ in range(2):
        assert operator.post(f"{url}remove-key/", key).json()["keys"] == []
    card = factories.rate_card().card
    set_to = operator.post(
        f"{url}set-alternative/", {"name": "Elsewhere", "card": card.pk, "shed_percent": "2.5"}
    )
    assert [(row["card"], row["shed_percent"]) for row in set_to.json()["alternatives"]] == [
        (card.pk, "2.50")
    ]
    for _ in range(2):
        gone = operator.post(f"{url}remove-alternative/", {"name": "Elsewhere"})
        assert gone.json()["alternatives"] == []
    assert operator.post(f"{url}retire/", {"retired_on": "2025-01-01"}).json()["retired_on"] == "2025-01-01"
    assert operator.post(f"{url}run-again/").json()["retired_on"] is None
    assert codes(operator.post(f"{url}run-again/")) == [("not_retired", "retired_on")]


def test_a_supply_of_another_service_is_refused(operator):
    supply = factories.supplied(factories.service())
    url = f"{SERVICES}{factories.service('mirror').pk}/remove-supply/"
    answer = operator.post(url, {"supply": supply.pk})
    assert (answer.status_code, detail(answer)) == (400, "This is a supply of Files. Choose one of Mirror.")
    assert Supply.objects.exists()


def test_the_list_is_narrowed(operator):
    used, alone = factories.service_in_use(), factories.service("alone")
    for query, found in (
        ("supplied=true", [used]),
        ("supplied=false", [alone]),
        ("silent=true", Service.objects.silent(local_today())),
        ("slug=alone", [alone]),
        ("criticality=critical", [alone, used]),
    ):
        rows = operator.get(f"{SERVICES}?{query}").json()["results"]
        assert {row["id"] for row in rows} == {service.pk for service in found}, query
    assert operator.get(f"{SERVICES}?silent=false").status_code == 200


def test_terms_are_set_and_what_came_is_told(operator):
    line = factories.gift_line()
    given = {"line": line.pk, "unit": "terabyte", "per": "month", "quantity": "60000"}
    made = operator.post(f"{TERMS}set/", given)
    assert (made.status_code, made.json()["quantity"]) == (200, "60000.0000")
    again = operator.post(f"{TERMS}set/", {**given, "quantity": "66000", "ceiling": "70000"})
    assert (again.json()["id"], GiftTerms.objects.count()) == (made.json()["id"], 1)
    assert codes(operator.post(f"{TERMS}set/", {**given, "per": "as_used"})) == [
        ("quantity_without_time", "quantity")
    ]
    service = factories.service()
    factories.supplied(service, line)
    factories.month_of_use(service, date(2024, 1, 1), billable_bytes=66 * 10**15)
    valued(line, date(2024, 1, 1))
    first, second = operator.get(f"{TERMS}{made.json()['id']}/delivered/").json()["months"][:2]
    assert (first["month"], first["quantity"], first["promise_share"]) == ("2024-01", "66000", 1.0)
    assert second["quantity"] is None
    # A token that reads services alone does not read what they are worth.
    assert not {"value", "list_value"} & set(first)
    listed = operator.get(f"{TERMS}?commitment={line.commitment_id}&unit=terabyte").json()["results"]
    assert [row["line"] for row in listed] == [line.pk]


def test_whoever_sees_no_commitments_names_no_lines(grants_officer):
    line = factories.gift_line()
    answer = api_client(grants_officer).post(f"{TERMS}set/", {"line": line.pk, "unit": "hour", "per": "year"})
    assert answer.status_code == 403


def test_use_is_asked_for_by_month_service_and_region(operator):
    files, mirror = factories.service(), factories.service("mirror")
    for of in (files, mirror):
        factories.month_of_use(of, date(2024, 1, 1), billable_bytes=31 * 10**12, requests=3100)
    query = "from=2024-01-01&to=2024-01-31"
    rows = operator.get(f"{USAGE}?{query}").json()
    assert (rows["group_by"], [row["service"] for row in rows["rows"]]) == (
        ["month", "service"],
        ["files", "mirror"],
    )
    row = rows["rows"][0]
    assert (row["period"], row["delivered_bytes"], row["hit_ratio"]) == ("2024-01", 31 * 10**12, 0.99)
    days = operator.get(f"{USAGE}?{query}&group_by=day,region&service=files&region=usa").json()["rows"]
    assert (len(days), days[0]["region"], days[0]["service"]) == (31, "usa", None)
    whole = operator.get(f"{USAGE}?{query}&group_by=region&service=files,mirror").json()["rows"]
    assert [row["requests"] for row in whole] == [6200]
    table = operator.get(f"{USAGE}?{query}&group_by=day&format=csv")
    lines = table.getvalue().decode().splitlines()
    assert (len(lines), table["Content-Disposition"]) == (32, 'attachment; filename="usage.csv"')
    assert lines[1].startswith("2024-01-01,,,,2000000000000,")


def test_questions_that_cannot_be_answered_name_the_parameter(operator, monkeypatch):
    for query, attr, sentence in (
        ("group_by=week", "group_by", "There is no week to group by."),
        ("group_by=day,month", "group_by", "Choose one of them."),
        ("service=nothing", "service", "There is no service nothing."),
        ("from=2024-02-01&to=2024-01-01", "to", "is before the first"),
        ("from=soon", "from", "Date has wrong format"),
        ("to=0001-01-01", "to", "Choose a day in the years"),
        ("to=9999-12-31", "to", "Choose a day in the years"),
        ("until=2024-01-01", "until", "There is no such parameter here."),
    ):
        answer = operator.get(f"{USAGE}?{query}")
        assert (answer.status_code, codes(answer)[0][1]) == (400, attr), query
        assert sentence in detail(answer)
    monkeypatch.setattr("sponsors.inkind.api.usage_query.MOST_ROWS_OF_JSON", 10)
    factories.month_of_use(factories.service(), date(2024, 1, 1))
    many = operator.get(f"{USAGE}?from=2024-01-01&to=2024-01-31&group_by=day")
    assert codes(many) == [("too_many_rows", "group_by")]
    assert "a CSV holds more" in detail(many)
