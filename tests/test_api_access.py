"""Every endpoint by everybody who may call it, complete by construction."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from foundation.api.models import ApiToken
from foundation.api.schema_views import api_schema
from foundation.api.scopes import Scope, implied_by
from foundation.api.tests.factories import make_token
from foundation.api.throttling import TokenThrottle
from foundation.people.roles import Role
from tests.api_endpoints import endpoints, list_endpoints
from tests.api_rows import Row
from tests.api_table import PUBLIC, ROWS
from tests.conftest import NOBODY

pytestmark = pytest.mark.django_db
ENDPOINTS = {endpoint.key: endpoint for endpoint in endpoints()}
LISTS = {
    endpoint.key: ["application/json", *(["text/csv"] if endpoint.view.csv_columns else [])]
    for endpoint in list_endpoints()
}
TABLE = sorted(ROWS)


@pytest.fixture(autouse=True)
def unlimited_calls(monkeypatch):
    monkeypatch.setattr(TokenThrottle, "a_user", 1_000_000)
    monkeypatch.setattr(TokenThrottle, "an_address", 1_000_000)


@pytest.fixture(scope="module")
def worthless(cast, django_db_blocker):
    """Return tokens of the administrator, the one expired and the other revoked."""
    user = cast[Role.ADMINISTRATOR]
    with django_db_blocker.unblock():
        expired, revoked = make_token(user), make_token(user)
        ApiToken.objects.filter(pk=expired.token.pk).update(
            created_at=expired.token.created_at - timedelta(days=60),
            expires_at=expired.token.expires_at - timedelta(days=60),
        )
        ApiToken.objects.filter(pk=revoked.token.pk).update(revoked_at=revoked.token.expires_at)
    return expired.secret, revoked.secret


def bearer(secret: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


def made(row: Row, user):
    return row.record(user) if row.record else None


def call(key, row: Row, client, record):
    """Make the call and take it back, so that the next caller finds the same."""
    method, path = key.split()
    with transaction.atomic():
        path = path.replace("{pk}", str(record.pk if record else ""))
        body = row.body(record)
        content = encode_multipart(BOUNDARY, body) if row.upload else JSONRenderer().render(body)
        response = client.generic(
            method,
            path,
            data=b"" if method == "GET" else content,
            content_type=MULTIPART_CONTENT if row.upload else "application/json",
        )
        content = response.getvalue()  # read to its end, a file is closed
        transaction.set_rollback(True)
    return response.status_code, content.decode(errors="replace")[:500]


def test_every_endpoint_has_a_row_and_every_row_an_endpoint():
    assert set(ENDPOINTS) == set(ROWS) | PUBLIC, "add a row to tests/api_table.py"


def test_the_schema_describes_every_endpoint():
    described = {
        f"{method.upper()} {path.replace('{id}', '{pk}')}"
        for path, methods in api_schema()["paths"].items()
        for method in methods
    }
    assert described == set(ROWS)


def test_only_what_is_listed_as_public_is_public():
    assert {key for key, one in ENDPOINTS.items() if AllowAny in one.view.permission_classes} <= PUBLIC


@pytest.mark.parametrize("key", sorted(PUBLIC))
def test_public_endpoints_answer_without_a_token(key):
    assert APIClient().get(key.split()[1]).status_code == 200


# In one test, so that what is asked for is made once: `call` takes back whatever came of a call.
@pytest.mark.parametrize("key", TABLE)
def test_each_role_may_what_the_table_says_and_nobody_without_token_and_scope(key, cast, tokens, worthless):
    row, user = ROWS[key], cast[Role.ADMINISTRATOR]
    # By somebody without a role, so that nobody is let in for having made it.
    record = made(row, user if row.own else cast[NOBODY])
    expected = {role.value: row.status if role in row.roles else 403 for role in Role}
    expected[NOBODY] = row.status if row.outsiders else 403
    answers = {
        name: call(
            key, row, bearer(tokens[name]), made(row, caller) if row.own and caller != user else record
        )
        for name, caller in cast.items()
    }
    assert {name: status for name, (status, _) in answers.items()} == expected, answers
    for client in (APIClient(), *map(bearer, ("nonsense", *worthless))):
        status, content = call(key, row, client, record)
        assert status == 401, content
    others = [scope for scope in Scope if row.scope not in implied_by(frozenset({scope}))]
    status, content = call(key, row, bearer(make_token(user, *others).secret), record)
    assert (status, "scope_missing" in content) == (403, True), content
    status, content = call(key, row, bearer(make_token(user, row.scope, *row.also).secret), record)
    assert status == row.status, content


def test_writes_need_a_scope_to_write():
    needed = {key: ":read" if key.startswith("GET ") else ":write" for key in ROWS}
    assert {key: row.scope for key, row in ROWS.items() if not row.scope.endswith(needed[key])} == {}


@pytest.mark.parametrize("key", LISTS)
def test_a_list_costs_the_same_at_one_row_and_at_ten(key, cast, tokens):
    row, user = ROWS[key], cast[Role.ADMINISTRATOR]
    assert row.many is not None, "a list needs `many` in its row"
    client = bearer(tokens[Role.ADMINISTRATOR])
    target = row.record(user) if row.record else user
    path = key.split()[1].replace("{pk}", str(target.pk))

    def ask(accept):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path, headers={"Accept": accept})
            content = response.getvalue()
        assert response.status_code == 200, content
        return [query["sql"] for query in queries], len(content)

    row.many(target, 1)
    few = {accept: ask(accept) for accept in LISTS[key]}
    row.many(target, 9)
    for accept in LISTS[key]:
        queries, size = ask(accept)
        assert len(queries) == len(few[accept][0]), (accept, queries)
        assert size > few[accept][1] * 2, accept
        assert len(queries) <= 15, accept
