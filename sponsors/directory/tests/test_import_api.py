import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from foundation.imports.models import ImportRun
from foundation.imports.rules import RunState
from foundation.imports.tasks import work_on_imports
from foundation.imports.tests.factories import checked, upload
from foundation.people.tests.factories import make_user
from foundation.uploads.rules import MEGABYTE
from sponsors.directory.models import Sponsor

IMPORTS = "/api/v1/imports/"
GOOD = b"name,country\nAcme,DE\nBeta,US\n"
FAULTY = b"name,country\nAcme,Utopia\n,DE\n"


@pytest.fixture
def api(fundraiser):
    return api_client(fundraiser)


def send(client, content=GOOD, name="sponsors.csv", **fields):
    headers = fields.pop("headers", None)
    body = {"kind": "sponsors", "file": SimpleUploadedFile(name, content), **fields}
    return client.post(IMPORTS, body, format="multipart", headers=headers)


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def act(client, run_id, name, **headers):
    return client.post(f"{IMPORTS}{run_id}/{name}/", headers=headers)


def test_a_file_is_uploaded_watched_looked_at_and_applied(api, fundraiser):
    made = send(api)
    assert made.status_code == 201, made.json()
    address = made["Location"]
    assert (made.json()["state"], made.json()["uploaded_by"]) == ("uploaded", fundraiser.pk)
    work_on_imports()
    seen = api.get(address).json()
    assert (seen["state"], seen["row_count"], seen["new_count"]) == ("checked", 2, 2)
    steps = api.get(f"{address}steps/").json()["results"]
    assert [(step["line"], step["outcome"], step["title"]) for step in steps] == [
        (2, "add", "Acme"),
        (3, "add", "Beta"),
    ]
    assert ["country", "", "DE"] in steps[0]["changes"]
    assert not Sponsor.objects.exists()
    begun = act(api, seen["id"], "apply")
    assert (begun.status_code, begun.json()["state"]) == (200, "applying")
    assert (begun.json()["rows_done"], begun.json()["rows_total"]) == (0, 2)
    work_on_imports()
    done = api.get(address).json()
    assert (done["state"], done["applied_by"]) == ("applied", fundraiser.pk)
    assert set(Sponsor.objects.values_list("name", flat=True)) == {"Acme", "Beta"}


def test_every_fault_is_told_in_pages_and_as_csv(api, fundraiser):
    run = checked(fundraiser, FAULTY)
    address = f"{IMPORTS}{run.pk}/faults/"
    faults = api.get(address).json()["results"]
    assert [(fault["line"], fault["column"], fault["value"]) for fault in faults] == [
        (2, "country", "Utopia"),
        (3, "name", ""),
    ]
    report = api.get(address, headers={"Accept": "text/csv"})
    assert report["Content-Disposition"] == 'attachment; filename="import-faults.csv"'
    assert list(csv.DictReader(io.StringIO(report.getvalue().decode("utf-8-sig")))) == [
        {name: str(value) for name, value in fault.items()} for fault in faults
    ]
    first = api.get(address, {"page_size": 1}).json()
    assert len(first["results"]) == 1
    assert api.get(first["next"]).json()["results"] == faults[1:]


def test_a_faulty_import_cannot_be_applied_and_can_be_discarded(api, fundraiser):
    run = checked(fundraiser, FAULTY)
    refused = act(api, run.pk, "apply")
    assert (refused.status_code, errors(refused)) == (409, [("import_not_open", "state")])
    assert act(api, run.pk, "discard").json()["state"] == "discarded"
    assert act(api, run.pk, "discard").status_code == 409


def test_the_same_upload_under_one_key_is_done_once_and_another_file_is_refused(api):
    key = {"Idempotency-Key": "first"}
    made, again = send(api, headers=key), send(api, headers=key)
    assert (again.status_code, again.content) == (201, made.content)
    assert again["Idempotency-Replayed"] == "true"
    assert ImportRun.objects.count() == 1
    for other in (send(api, FAULTY, headers=key), send(api, name="others.csv", headers=key)):
        assert (other.status_code, errors(other)) == (422, [("idempotency_key_reused", None)])


def test_the_file_is_whole_when_a_key_was_sent(api):
    made = send(api, headers={"Idempotency-Key": "first"}).json()
    with ImportRun.objects.get(pk=made["id"]).file.open("rb") as file:
        assert file.read() == GOOD


def test_the_same_file_again_while_open_is_the_same_import(api):
    assert send(api).json()["id"] == send(api).json()["id"]


def test_an_apply_on_an_old_version_is_refused(api, fundraiser):
    run = upload(fundraiser, GOOD)
    version = api.get(f"{IMPORTS}{run.pk}/")["ETag"]
    work_on_imports()
    assert act(api, run.pk, "apply", **{"If-Match": version}).status_code == 412
    run.refresh_from_db()
    assert run.state == RunState.CHECKED


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "unicorns"}, ("invalid_choice", "kind")),
        ({"file": "text"}, ("invalid", "file")),
        ({"file": SimpleUploadedFile("a.csv", b"")}, ("file_empty", "file")),
        ({"file": SimpleUploadedFile("a.csv", b"x" * (10 * MEGABYTE + 1))}, ("file_too_large", "file")),
        ({"knid": "sponsors"}, ("unknown_field", "knid")),
    ],
)
def test_what_is_no_upload_is_refused_at_its_field(api, fields, expected):
    answer = send(api, **fields)
    assert (answer.status_code, errors(answer)) == (400, [expected])
    assert not ImportRun.objects.exists()


def test_an_upload_is_a_form_and_nothing_else(api):
    assert api.post(IMPORTS, {"kind": "sponsors"}, format="json").status_code == 415


def test_who_may_not_write_the_records_may_not_import_them(fundraiser):
    person = make_user("Otto Onlooker")
    for name in ("add_importrun", "view_importrun", "view_sponsor", "view_contact"):
        person.user_permissions.add(Permission.objects.get(codename=name))
    run = checked(fundraiser, GOOD)
    client = api_client(type(person).objects.get(pk=person.pk))
    assert client.get(f"{IMPORTS}{run.pk}/").status_code == 200
    for answer in (send(client), act(client, run.pk, "apply"), act(client, run.pk, "discard")):
        assert (answer.status_code, errors(answer)) == (403, [("permission_missing", None)])
    run.refresh_from_db()
    assert run.state == RunState.CHECKED


def test_faults_and_steps_of_what_one_may_not_see_are_not_found(api, fundraiser):
    run = checked(fundraiser, GOOD)
    ImportRun.objects.filter(pk=run.pk).update(kind="secrets")
    for name in ("", "faults/", "steps/"):
        assert api.get(f"{IMPORTS}{run.pk}/{name}").status_code == 404
        assert api.get(f"{IMPORTS}{run.pk + 1}/{name}").status_code == 404


def test_the_list_is_narrowed_by_kind_and_state(api, fundraiser):
    faulty = checked(fundraiser, FAULTY)
    checked(fundraiser, GOOD)
    found = api.get(IMPORTS, {"kind": "sponsors", "state": "faulty"}).json()["results"]
    assert [run["id"] for run in found] == [faulty.pk]
    assert api.get(IMPORTS, {"kind": "unicorns"}).status_code == 400


def test_a_token_that_reads_imports_writes_none(fundraiser):
    assert send(api_client(fundraiser, [Scope.IMPORTS_READ])).status_code == 403


def test_an_import_is_seen_only_with_the_scopes_of_what_it_holds(api, fundraiser):
    run = checked(fundraiser, GOOD)
    for scopes in ([], [Scope.SPONSORS_READ], [Scope.CONTACTS_READ]):
        client = api_client(fundraiser, [Scope.IMPORTS_READ, *scopes])
        assert client.get(IMPORTS).json()["results"] == []
        for name in ("", "faults/", "steps/"):
            assert client.get(f"{IMPORTS}{run.pk}/{name}").status_code == 404
    client = api_client(fundraiser, [Scope.IMPORTS_READ, Scope.SPONSORS_READ, Scope.CONTACTS_READ])
    assert [found["id"] for found in client.get(IMPORTS).json()["results"]] == [run.pk]
    assert len(client.get(f"{IMPORTS}{run.pk}/steps/").json()["results"]) == 2


def test_an_import_is_written_only_with_the_scopes_of_what_it_holds(fundraiser):
    run = checked(fundraiser, GOOD)
    reads = (Scope.SPONSORS_READ, Scope.CONTACTS_READ)
    client = api_client(fundraiser, [Scope.IMPORTS_WRITE, *reads, Scope.SPONSORS_WRITE])
    for answer in (send(client), act(client, run.pk, "apply"), act(client, run.pk, "discard")):
        assert (answer.status_code, errors(answer)) == (403, [("scope_missing", None)])
        assert "contacts:write" in answer.json()["errors"][0]["detail"]
    run.refresh_from_db()
    assert run.state == RunState.CHECKED
    client = api_client(fundraiser, [Scope.IMPORTS_WRITE, Scope.SPONSORS_WRITE, Scope.CONTACTS_WRITE])
    assert act(client, run.pk, "apply").json()["state"] == "applying"
