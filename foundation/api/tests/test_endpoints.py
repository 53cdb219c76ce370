"""Own tokens, funds, the organization, and what every endpoint has from its base class."""

import pytest
from rest_framework.test import APIClient

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client, make_token
from foundation.books.models import Fund, Organization


@pytest.fixture
def funds(db):
    return [Fund.objects.create(code=f"fund-{n}", name=f"Fund {n % 3}") for n in range(7)]


def test_a_caller_sees_own_tokens_only_administrators_too(administrator, auditor):
    make_token(auditor)
    mine = api_client(administrator).get("/api/v1/tokens/").json()["results"]
    assert [row["name"] for row in mine] == ["test"]
    assert "digest" not in mine[0]


def test_a_token_of_somebody_else_is_not_found(administrator, auditor):
    other = make_token(auditor).token
    assert api_client(administrator).post(f"/api/v1/tokens/{other.pk}/revoke/").status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None


def test_revoking_twice_changes_nothing(auditor):
    other = make_token(auditor).token
    client = api_client(auditor)
    first = client.post(f"/api/v1/tokens/{other.pk}/revoke/").json()
    assert first["revoked_at"]
    assert client.post(f"/api/v1/tokens/{other.pk}/revoke/").json() == first


def test_a_token_without_the_scope_is_refused(finance, funds):
    response = api_client(finance, [Scope.SPONSORS_READ]).get("/api/v1/funds/")
    assert response.status_code == 403
    assert "commitments:read" in response.json()["errors"][0]["detail"]


def test_the_owner_needs_the_permission_besides(reviewer, funds):
    response = api_client(reviewer).get("/api/v1/funds/")
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "permission_missing"


def test_a_write_scope_reads_too(finance, funds):
    assert api_client(finance, [Scope.COMMITMENTS_WRITE]).get("/api/v1/funds/").status_code == 200


def test_pages_walk_forward_and_back_over_equal_names(finance, funds):
    client = api_client(finance)
    seen, url, pages = [], "/api/v1/funds/?page_size=2&ordering=-name", []
    while url:
        page = client.get(url).json()
        pages.append([row["id"] for row in page["results"]])
        seen += pages[-1]
        last, url = page, page["next"]
    assert seen == [f.pk for f in Fund.objects.order_by("-name", "-pk")]
    back = []
    while last["previous"]:
        last = client.get(last["previous"]).json()
        back.append([row["id"] for row in last["results"]])
    assert back == pages[-2::-1]


@pytest.mark.parametrize(
    ("query", "attr", "words"),
    [
        ("page_size=0", "page_size", "from 1 to 200"),
        ("page_size=201", "page_size", "from 1 to 200"),
        ("page_size=ten", "page_size", "from 1 to 200"),
        ("ordering=purpose", "ordering", "Choose from: code, name"),
        ("cursor=made-up", "cursor", "another list or ordering"),
        ("is_opne=true", "is_opne", "no such parameter"),
        ("is_open=true&is_open=false", "is_open", "more than once"),
        ("ordering=code&ordering=name", "ordering", "more than once"),
        ("restriction=none", "restriction", "valid choice"),
        ("is_open=flase", "is_open", "true or false"),
        ("code=", "code", "leave it out"),
        ("format=csv&page_size=2", "page_size", "all rows"),
        ("ordering=code,name", "ordering", "Choose from: code, name"),
    ],
)
def test_a_wrong_parameter_is_named(finance, funds, query, attr, words):
    response = api_client(finance).get(f"/api/v1/funds/?{query}")
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["attr"] == attr
    assert words in error["detail"]


def test_a_cursor_of_another_ordering_is_refused(finance, funds):
    client = api_client(finance)
    url = client.get("/api/v1/funds/?page_size=2&ordering=code").json()["next"]
    assert client.get(url.replace("ordering=code", "ordering=name")).status_code == 400


def test_a_cursor_of_another_list_is_refused(finance, funds):
    client = api_client(finance)
    url = client.get("/api/v1/funds/?page_size=2&ordering=name").json()["next"]
    refused = client.get(url.replace("/funds/", "/tokens/"))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"] == "cursor"


def test_filters_narrow(finance, funds):
    Fund.objects.filter(code="fund-3").update(is_open=False)
    rows = api_client(finance).get("/api/v1/funds/?is_open=false").json()["results"]
    assert [row["code"] for row in rows] == ["fund-3"]


def test_a_detail_names_its_version_and_is_not_kept_by_caches(finance, funds):
    response = api_client(finance).get(f"/api/v1/funds/{funds[0].pk}/")
    funds[0].refresh_from_db()
    micro = int(funds[0].updated_at.timestamp()) * 1_000_000 + funds[0].updated_at.microsecond
    assert response["ETag"] == f'"{funds[0].pk}-{micro}"'
    assert response["Cache-Control"] == "no-store"
    assert "Authorization" in response["Vary"]


@pytest.mark.parametrize("how", [{"QUERY_STRING": "format=csv"}, {"HTTP_ACCEPT": "text/csv"}])
def test_the_whole_list_as_csv(finance, funds, how):
    Fund.objects.filter(code="fund-0").update(purpose='=HYPERLINK("http://bad.example")')
    response = api_client(finance).get("/api/v1/funds/", **how)
    lines = response.getvalue().decode().splitlines()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[0] == "id,code,name,restriction,purpose,available_from,is_open"
    assert len(lines) == 8
    assert "\"'=HYPERLINK(" in "".join(lines)


def test_an_error_is_json_even_when_csv_was_asked_for(finance, funds):
    response = api_client(finance).get("/api/v1/funds/?format=csv&ordering=x")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"


def test_an_unknown_format_is_not_acceptable(finance, funds):
    response = api_client(finance).get("/api/v1/funds/?format=xml")
    assert response.status_code == 406
    assert "json, csv" in response.json()["errors"][0]["detail"]


def test_the_organization_before_and_after_it_is_filled_in(finance):
    client = api_client(finance)
    assert client.get("/api/v1/organization/").json()["name"] == "Your foundation"
    Organization.objects.create(pk=1, name="Example Foundation")
    assert client.get("/api/v1/organization/").json()["name"] == "Example Foundation"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v3/sponsors/", "/api/v1/funds"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_is_none_is_not_found_in_the_same_shape(path, method):
    response = getattr(APIClient(), method)(path)
    assert response.status_code == 404
    assert response.json()["type"] == "client_error"


def test_methods_that_are_none_are_refused(finance, funds):
    client = api_client(finance)
    assert client.post("/api/v1/funds/", {}).status_code == 405
    assert client.options("/api/v1/funds/").status_code == 405
    assert client.delete(f"/api/v1/funds/{funds[0].pk}/").status_code == 405


@pytest.mark.django_db
def test_the_schema_is_public_in_both_notations():
    assert APIClient().get("/api/schema/?format=json").json()["openapi"] == "3.1.0"
    assert APIClient().get("/api/schema/").content.startswith(b"openapi: 3.1.0")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "beginning"),
    [
        ("application/json", b"{"),
        ("application/vnd.oai.openapi+json", b"{"),
        ("application/yaml", b"openapi: 3.1.0"),
        ("application/vnd.oai.openapi", b"openapi: 3.1.0"),
    ],
)
def test_the_schema_comes_in_the_type_that_is_asked_for(accept, beginning):
    answer = APIClient().get("/api/schema/", headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, accept)
    assert answer.content.startswith(beginning)


@pytest.mark.django_db
def test_a_refusal_where_the_schema_is_says_so_in_its_notation_whatever_was_said_before():
    assert APIClient().get("/api/schema/").status_code == 200
    refused = APIClient().post("/api/schema/")
    assert refused.status_code == 405
    assert "method_not_allowed" in refused.content.decode()
