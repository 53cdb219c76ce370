"""Every error has one shape, names what to do, and tells nothing that is not the caller's."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.api.tests.factories import api_client
from foundation.books.models import Fund

pytestmark = [pytest.mark.urls("foundation.api.tests.urls"), pytest.mark.django_db]


def fail(user, how):
    client = api_client(user)
    client.raise_request_exception = False
    return client.post(f"/test/writable/fail/{how}/")


@pytest.mark.parametrize(
    ("how", "status", "kind", "error"),
    [
        ("rule", 400, "validation_error", ("too_early", "Choose a later day.", "starts_on")),
        ("rule-of-all", 400, "validation_error", ("rule_violation", "This cannot be.", None)),
        ("half", 400, "validation_error", ("rule_violation", "There is no ? here.", "na?me")),
        ("conflict", 409, "client_error", ("signed", "It is signed already.", None)),
        (
            "busy",
            409,
            "client_error",
            (
                "busy",
                "Somebody else is writing what this needs. Nothing was saved. Try again in a minute.",
                None,
            ),
        ),
        ("missing", 404, "client_error", ("not_found", "Not found.", None)),
    ],
)
def test_what_a_slice_refuses(finance, how, status, kind, error):
    response = fail(finance, how)
    code, detail, attr = error
    assert response.status_code == status
    assert response.json() == {"type": kind, "errors": [{"code": code, "detail": detail, "attr": attr}]}


@pytest.mark.parametrize("how", ["trigger", "deadlock"])
def test_what_the_database_refuses_is_a_conflict_without_its_words(finance, how):
    response = fail(finance, how)
    assert response.status_code == 409
    assert response.json()["errors"][0]["code"] == "conflict"
    assert "secret" not in response.content.decode()


def test_a_value_that_the_database_cannot_hold_is_the_callers_error(finance):
    response = fail(finance, "range")
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "out_of_range"
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize("how", ["bug", "check"])
def test_our_own_failure_gives_a_request_id_and_nothing_else(finance, how):
    response = fail(finance, how)
    assert response.status_code == 500
    answer = response.json()
    assert answer["type"] == "server_error"
    assert response["X-Request-ID"] in answer["errors"][0]["detail"]
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "parse_error"),
        (b"\xff", "application/json", 400, "parse_error"),
        ("[" * 100_000, "application/json", 400, "parse_error"),
        ('{"name": NaN}', "application/json", 400, "parse_error"),
        ("name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("[]", "application/json", 400, "invalid"),
        ('"text"', "application/json", 400, "invalid"),
        (r'{"\ud800": "half a character"}', "application/json", 400, "unknown_field"),
    ],
)
def test_a_body_that_cannot_be_read(finance, body, content_type, status, code):
    response = api_client(finance).generic("POST", "/test/writable/", body, content_type=content_type)
    assert response.status_code == status
    assert response.json()["errors"][0]["code"] == code


def test_a_body_that_is_too_large_is_refused(finance, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    response = api_client(finance).post("/test/writable/", {"name": "x" * 2048})
    assert response.status_code == 413
    assert "Send it in parts" in response.json()["errors"][0]["detail"]


def test_an_unknown_or_fixed_field_is_an_error(finance):
    response = api_client(finance).post("/test/writable/", {"code": "a", "name": "A", "nmae": "B", "id": 7})
    assert response.status_code == 400
    assert [error["attr"] for error in response.json()["errors"]] == ["id", "nmae"]
    assert "code, name, purpose" in response.json()["errors"][0]["detail"]


def test_an_action_without_input_says_so(finance):
    client = api_client(finance)
    fund = client.post("/test/writable/", {"code": "a", "name": "A"}).json()
    response = client.post(f"/test/writable/{fund['id']}/close/", {"why": "because"})
    assert "none" in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize("body", [-29070, "yes", [], [{}], True])
def test_an_action_without_input_takes_nothing_else_either(finance, body):
    client = api_client(finance)
    fund = client.post("/test/writable/", {"code": "a", "name": "A"}).json()
    response = client.post(f"/test/writable/{fund['id']}/close/", body, format="json")
    assert response.status_code == 400
    assert Fund.objects.get(pk=fund["id"]).is_open


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/test/undeclared/", "declares no scope to read"),
        ("/test/undeclared-action/1/close/", "permission for close"),
    ],
)
def test_an_endpoint_that_declares_nothing_does_not_work(finance, path, words):
    client = api_client(finance)
    with pytest.raises(ImproperlyConfigured, match=words):
        client.post(path) if path.endswith("close/") else client.get(path)
