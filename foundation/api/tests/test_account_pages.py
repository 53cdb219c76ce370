"""People make, see and revoke tokens of their own; nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.api.models import ApiToken
from foundation.api.scopes import Scope
from foundation.api.services import create_token, revoke_token
from foundation.people.tests.factories import PASSWORD, let_sign_in, make_service, make_user

pytestmark = pytest.mark.django_db
GOOD = {"name": "Website", "scopes": [Scope.SPONSORS_READ], "days": "90"}


@pytest.fixture
def confirmed(signed_in, finance):
    """A client that has just confirmed the password."""
    client = signed_in(let_sign_in(finance))
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    return client


def make_token(user, name="Website", days=30):
    now = timezone.now()
    return create_token(
        actor=user,
        owner=user,
        name=name,
        scopes=[Scope.SPONSORS_READ],
        expires_at=now + timedelta(days=days),
        now=now,
    ).token


def test_making_a_token_asks_for_the_password_again(signed_in, finance):
    client = signed_in(let_sign_in(finance))
    assert client.get("/account/tokens/new/").url.startswith("/accounts/reauthenticate/")
    assert client.post("/account/tokens/new/", GOOD).url.startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()


def test_token_is_shown_once(confirmed, finance):
    page = confirmed.post("/account/tokens/new/", GOOD)
    secret = page.context["secret"]
    assert secret in page.content.decode()
    token = ApiToken.objects.get(user=finance)
    assert token.name == "Website"
    assert token.scopes == [Scope.SPONSORS_READ]
    assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)
    assert "no-store" in page["Cache-Control"]
    later = confirmed.get("/account/tokens/").content.decode()
    assert token.prefix in later
    assert secret not in later


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "   "}, "This field is required"),
        ({"scopes": []}, "Choose at least one scope"),
        ({"days": "5000"}, "Select a valid choice"),
    ],
)
def test_bad_input_gets_a_sentence_and_makes_nothing(confirmed, changes, sentence):
    page = confirmed.post("/account/tokens/new/", GOOD | changes)
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert not ApiToken.objects.exists()


def test_refusal_of_the_service_is_shown(confirmed, monkeypatch):
    monkeypatch.setattr("foundation.api.forms.TokenForm.life", lambda _form: timedelta(days=4000))
    page = confirmed.post("/account/tokens/new/", GOOD)
    assert page.status_code == 400
    assert "at most 366 days" in page.content.decode()


def test_revoked_and_expired_tokens_are_shown_as_such(signed_in, finance):
    revoke_token(actor=finance, token=make_token(finance, "Old"), now=timezone.now())
    make_token(finance, "Gone")
    ApiToken.objects.filter(name="Gone").update(
        created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now() - timedelta(days=1)
    )
    page = signed_in(finance).get("/account/tokens/").content.decode()
    assert "revoked" in page
    assert "expired" in page
    assert "/revoke/" not in page


def test_own_token_is_revoked_with_one_click(signed_in, finance):
    token = make_token(finance)
    page = signed_in(finance).post(f"/account/tokens/{token.pk}/revoke/", follow=True)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "no longer works" in page.content.decode()


def test_tokens_of_others_are_neither_seen_nor_revoked(signed_in, finance, administrator):
    token = make_token(finance, "Ledger")
    client = signed_in(administrator)
    assert "Ledger" not in client.get("/account/tokens/").content.decode()
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_revoking_is_no_link(signed_in, finance):
    assert signed_in(finance).get(f"/account/tokens/{make_token(finance).pk}/revoke/").status_code == 405


def test_list_costs_the_same_for_one_token_and_for_ten(
    signed_in, django_assert_num_queries, django_assert_max_num_queries
):
    person = make_user("Pat Programmer")
    client = signed_in(person)
    make_token(person)
    client.get("/account/tokens/")
    with django_assert_max_num_queries(20) as counted:
        client.get("/account/tokens/")
    for number in range(9):
        make_token(person, f"Program {number}")
    with django_assert_num_queries(len(counted)):
        client.get("/account/tokens/")


def test_only_an_administrator_makes_a_token_for_a_service_account(
    signed_in, administrator, finance, confirmed
):
    confirmed.post("/account/tokens/new/", GOOD | {"owner": administrator.pk})
    assert [token.user for token in ApiToken.objects.all()] == [finance]

    client = signed_in(let_sign_in(administrator))
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    website = make_service("Website", answerable=finance)
    page = client.post("/account/tokens/new/", GOOD | {"owner": website.pk})
    made = page.context["token"]
    assert (made.user, made.created_by) == (website, administrator)
    assert client.post("/account/tokens/new/", GOOD | {"owner": finance.pk}).status_code == 400
    assert client.post("/account/tokens/new/", GOOD | {"owner": ""}).status_code == 400
