"""Usage over the REST API: sent in bulk, what came of it, and what is kept aside."""

import io
import json
from types import SimpleNamespace

import pytest

from foundation.api.exceptions import RequestTooLarge
from foundation.api.tests.factories import api_client
from sponsors.inkind.api import usage_body
from sponsors.inkind.api.usage_body import CsvUsageParser
from sponsors.inkind.models import Region, ServiceKey, UsageAside, UsageDay, UsageImport, UsageRecord
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_files import fastly, fastly_row, own_csv, own_line, own_row, packed

pytestmark = pytest.mark.django_db
USAGE, IMPORTS, ASIDES = "/api/v1/usage/", "/api/v1/usage-imports/", "/api/v1/usage-asides/"
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


@pytest.fixture
def program(infrastructure):
    factories.service()
    factories.region()
    return api_client(infrastructure)


def send(client, content, kind=JSON, address=USAGE, **headers):
    content = content if isinstance(content, str | bytes) else json.dumps(content)
    return client.generic("POST", address, content, content_type=kind, headers=headers)


def codes(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("content", "kind", "known_as"),
    [
        ([own_row()], JSON, "json"),
        ({"rows": [own_row()]}, JSON, "json"),
        (json.dumps(own_row()), NDJSON, "ndjson"),
        (own_csv(own_line()), CSV, "csv"),
        (packed(own_csv(own_line())), CSV, "csv"),
    ],
)
def test_rows_are_taken_and_what_came_of_them_is_answered(program, content, kind, known_as):
    answer = send(program, content, kind)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["format"], told["source"]) == ("done", known_as, "api")
    assert (told["row_count"], told["new_count"], told["rejects"]) == (1, 1, [])
    assert answer["Location"].endswith(f"{IMPORTS}{told['id']}/")
    assert program.get(answer["Location"]).json()["new_count"] == 1
    again = send(program, content, kind).json()
    assert (again["new_count"], again["same_count"]) == (0, 1)
    assert UsageRecord.objects.count() == 1


def test_rows_that_cannot_be_are_rejected_one_by_one(program):
    rows = [own_row(), own_row("2024-03-01T15:00:00Z", hits=101), own_row(service="mirror")]
    told = send(program, rows).json()
    assert (told["new_count"], told["rejected_count"], told["aside_count"]) == (1, 1, 1)
    (reject,) = told["rejects"]
    assert reject["line"] == 2
    listed = program.get(f"{IMPORTS}{told['id']}/rejects/")
    assert listed.json()["results"] == [reject]
    table = program.get(f"{IMPORTS}{told['id']}/rejects/?format=csv")
    assert table.getvalue().decode().splitlines()[0] == "line,reason,excerpt"
    assert program.get(f"{IMPORTS}99999/rejects/").status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        (" ", "file_empty"),
        ('[{"service": "files"', "json_ends_early"),
        ({"rows": [own_row(hit=1)]}, "column_unknown"),
        ({"cards": []}, "shape_unknown"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(program, content, code):
    answer = send(program, content)
    assert (answer.status_code, codes(answer)) == (400, [(code, "file")])
    assert not UsageImport.objects.exists()


def test_another_content_type_is_not_taken(program):
    assert send(program, "service", "text/plain").status_code == 415


def test_more_rows_than_may_be_are_refused(program, monkeypatch):
    monkeypatch.setattr("sponsors.inkind.services.imports.MOST_ROWS_A_CALL", 2)
    answer = send(program, [own_row(f"2024-03-01T1{n}:00:00Z") for n in range(3)])
    assert (answer.status_code, codes(answer)) == (400, [("too_many_rows", "file")])
    assert not UsageRecord.objects.exists()


def test_more_bytes_than_may_be_are_not_kept(monkeypatch):
    monkeypatch.setattr(usage_body, "LARGEST_CALL", 10)
    parser, view = CsvUsageParser(), SimpleNamespace()
    taken = parser.parse(io.BytesIO(b"0123456789"), "text/csv", {"view": view})
    assert (taken.size, taken.read()) == (10, b"0123456789")
    view.body.close()
    with pytest.raises(RequestTooLarge):
        parser.parse(io.BytesIO(b"0123456789a"), "text/csv", {"view": view})
    view.body.close()


def test_many_rows_are_one_call(program):
    lines = [
        own_line(f"2024-{1 + n // 672:02}-{1 + n // 24 % 28:02}T{n % 24:02}:00:00Z") for n in range(8_000)
    ]
    many = own_csv(*lines[:5000]) + "\n".join(lines[:5000])
    told = send(program, many, CSV).json()
    assert (told["row_count"], told["new_count"], told["same_count"]) == (10_000, 5_000, 5_000)


def test_a_repeated_request_is_done_once(program):
    first, second = (send(program, [own_row()], **{"Idempotency-Key": "march"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()
    assert UsageImport.objects.count() == 1
    other = send(program, [own_row(requests=99)], **{"Idempotency-Key": "march"})
    assert other.status_code == 422


def test_the_service_of_rows_that_do_not_say_is_given(program):
    content = fastly([fastly_row(service_id="absent")])
    assert codes(send(program, content)) == [("service_missing", "file")]
    assert send(program, content, address=f"{USAGE}?service=files").json()["new_count"] == 1
    assert codes(send(program, content, address=f"{USAGE}?service=mirror")) == [("invalid", "service")]


def test_imports_are_narrowed_and_taken_as_csv(program):
    done, refused = (
        factories.usage_import(service=factories.service()),
        factories.usage_import(state="refused"),
    )
    assert [row["id"] for row in program.get(f"{IMPORTS}?state=refused").json()["results"]] == [refused.pk]
    listed = program.get(f"{IMPORTS}?service={done.service_id}").json()["results"]
    assert [(row["id"], row["bytes_read"]) for row in listed] == [(done.pk, 5)]
    assert b"march.csv" in program.get(f"{IMPORTS}?format=csv").getvalue()
    done.progress.delete()
    assert program.get(f"{IMPORTS}{done.pk}/").json()["bytes_read"] is None


# Kept aside --------------------------------------------------------------------------------------


def test_what_is_kept_aside_is_listed_by_its_names_and_assigned(program):
    rows = [own_row(f"2024-03-01T1{n}:00:00Z", service="mirror", provider="fastly") for n in range(3)]
    assert send(program, [*rows, own_row(region="mars")]).json()["aside_count"] == 4
    mirror, mars = program.get(ASIDES).json()["results"]
    assert (mirror["problem"], mirror["service_name"], mirror["row_count"]) == (
        "unknown_service",
        "mirror",
        3,
    )
    assert (mirror["first_at"], mirror["last_at"]) == ("2024-03-01T10:00:00Z", "2024-03-01T12:00:00Z")
    assert (mars["problem"], mars["region_name"], mars["row_count"]) == ("unknown_region", "mars", 1)
    address = f"{ASIDES}{mirror['id']}/assign/"
    assert codes(program.post(address, {})) == [("required", "service")]
    docs = factories.service("docs")
    assert program.post(address, {"service": docs.pk}).json() == {"counted": 3}
    assert ServiceKey.objects.get().external_id == "mirror"
    assert UsageDay.objects.get(service=docs).requests == 300
    address = f"{ASIDES}{mars['id']}/assign/"
    assert codes(program.post(address, {})) == [("required", "region_label")]
    assert codes(program.post(address, {"service": docs.pk})) == [("service_known", "service")]
    assert program.post(address, {"region_label": "Mars", "is_total": False}).json() == {"counted": 1}
    assert Region.objects.get(name="mars").label == "Mars"
    assert not UsageAside.objects.exists()
    assert send(program, rows).json()["same_count"] == 3


def test_names_without_a_provider_are_those_of_the_service(program):
    send(program, [own_row(service="mirror", region="usa")])
    (aside,) = program.get(f"{ASIDES}?service_name=mirror").json()["results"]
    assert aside["provider"] == ""
    done = program.post(f"{ASIDES}{aside['id']}/assign/", {"service": factories.service("docs").pk})
    assert done.json() == {"counted": 1}
    assert ServiceKey.objects.get().provider == "fastly"
    assert b"row_count" in program.get(f"{ASIDES}?format=csv").getvalue()


def test_who_may_only_look_neither_sends_nor_assigns(program, finance):
    client = api_client(finance)
    assert send(client, [own_row()]).status_code == 403
    aside = factories.aside()
    assert client.get(f"{ASIDES}{aside.pk}/").status_code == 200
    assert client.post(f"{ASIDES}{aside.pk}/assign/", {}).status_code == 403
