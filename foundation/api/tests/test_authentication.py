"""Who is calling."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from foundation.api import tokens
from foundation.api.models import ApiToken
from foundation.api.services import revoke_token
from foundation.api.tests.factories import make_token
from foundation.people.roles import Role
from foundation.people.tests.factories import give_recovery_codes, make_service

URL = "/api/v1/tokens/"


def call(authorization: str | None = None):
    client = APIClient()
    if authorization is not None:
        client.credentials(HTTP_AUTHORIZATION=authorization)
    return client.get(URL)


def refusal(response) -> tuple[int, str]:
    (error,) = response.json()["errors"]
    return response.status_code, error["code"]


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "BEARER"])
def test_both_schemes_are_understood(auditor, scheme):
    assert call(f"{scheme} {make_token(auditor).secret}").status_code == 200


@pytest.mark.django_db
def test_without_a_token_the_answer_says_how_to_send_one():
    response = call()
    assert refusal(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == 'Token realm="Bursar"'
    (error,) = response.json()["errors"]
    assert error["detail"].startswith("Send Authorization: Token …; make one under http")
    assert error["detail"].endswith("/account/tokens/.")


@pytest.mark.django_db
def test_another_scheme_is_no_token():
    assert refusal(call("Basic dXNlcjpwYXNz")) == (401, "not_authenticated")


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Token", "Token a b", "Bearer bursar_x_y", "Token \xff\xfe"])
def test_a_malformed_token_is_refused(header):
    assert refusal(call(header)) == (401, "token_malformed")


def test_a_mistyped_token_is_refused_without_asking_for_it(auditor, django_assert_num_queries):
    secret = make_token(auditor).secret
    mistyped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    with django_assert_num_queries(1) as queries:  # the call is counted, nothing else
        assert refusal(call(f"Token {mistyped}")) == (401, "token_malformed")
    assert "apitoken" not in queries[0]["sql"]


@pytest.mark.django_db
def test_an_unknown_token_is_refused():
    assert refusal(call(f"Token {tokens.generate()}")) == (401, "token_unknown")


def test_an_expired_token_is_refused_and_says_when_it_ended(auditor):
    new = make_token(auditor)
    ended = timezone.now() - timedelta(days=1)
    ApiToken.objects.filter(pk=new.token.pk).update(expires_at=ended, created_at=ended - timedelta(days=1))
    response = call(f"Token {new.secret}")
    assert refusal(response) == (401, "token_expired")
    assert f"{ended:%Y-%m-%d}" in response.json()["errors"][0]["detail"]


def test_a_revoked_token_is_refused(auditor):
    new = make_token(auditor)
    revoke_token(actor=auditor, token=new.token, now=timezone.now())
    assert refusal(call(f"Token {new.secret}")) == (401, "token_revoked")


def test_the_token_of_somebody_who_may_not_sign_in_is_refused(auditor):
    new = make_token(auditor)
    auditor.is_active = False
    auditor.save()
    assert refusal(call(f"Token {new.secret}")) == (401, "owner_inactive")


def test_use_is_noted_at_most_once_a_minute_and_is_no_change_of_the_token(auditor):
    new = make_token(auditor)
    new.token.refresh_from_db()
    version = new.token.updated_at
    call(f"Token {new.secret}")
    new.token.refresh_from_db()
    first = new.token.last_used_at
    assert first is not None
    call(f"Token {new.secret}")
    new.token.refresh_from_db()
    assert new.token.last_used_at == first
    ApiToken.objects.filter(pk=new.token.pk).update(last_used_at=first - timedelta(seconds=61))
    call(f"Token {new.secret}")
    new.token.refresh_from_db()
    assert new.token.last_used_at > first
    assert new.token.updated_at == version


def test_history_names_the_caller_and_the_token(auditor):
    new = make_token(auditor)
    other = make_token(auditor, name="other")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {new.secret}")
    assert client.post(f"{URL}{other.token.pk}/revoke/").status_code == 200
    events = apps.get_model("foundation", "ApiTokenEvent")
    metadata = events._default_manager.order_by("pgh_id").last().pgh_context
    assert metadata["action"] == "token.revoke"
    assert metadata["actor"] == auditor.pk
    assert metadata["token"] == new.token.prefix
    assert metadata["request"]


def test_a_token_works_only_once_its_owner_has_a_second_factor(auditor, settings):
    secret = make_token(auditor).secret
    Authenticator.objects.all().delete()
    give_recovery_codes(auditor)
    response = call(f"Token {secret}")
    assert refusal(response) == (403, "second_factor_missing")
    assert f"{settings.BASE_URL}/accounts/2fa/" in response.json()["errors"][0]["detail"]
    settings.REQUIRE_SECOND_FACTOR = False
    assert call(f"Token {secret}").status_code == 200


def test_no_second_factor_is_asked_of_services_and_of_who_sees_nothing_private(outsider, auditor):
    website = make_service("Website", Role.AUDITOR, answerable=auditor)
    for owner in (website, outsider):
        secret = make_token(owner).secret
        Authenticator.objects.all().delete()
        assert call(f"Token {secret}").status_code == 200


def test_asking_for_the_second_factor_costs_no_query(auditor, settings, django_assert_num_queries):
    secret = make_token(auditor).secret
    call(f"Token {secret}")
    with CaptureQueriesContext(connection) as queries:
        call(f"Token {secret}")
    settings.REQUIRE_SECOND_FACTOR = False
    with django_assert_num_queries(len(queries)):
        call(f"Token {secret}")
