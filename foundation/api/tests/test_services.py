"""Tokens: their text, who may make them, and what they hold."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from foundation.api import tokens
from foundation.api.models import ApiToken
from foundation.api.scopes import Scope, implied_by
from foundation.api.services import TokenError, create_token, revoke_token
from foundation.api.tests.factories import make_token
from foundation.notices.models import Notice
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.services import set_answerable
from foundation.people.tests.factories import give_authenticator_app, make_service


def test_a_token_is_recognizable_and_checked():
    token = tokens.generate()
    assert tokens.is_well_formed(token)
    assert token.startswith("bursar_")
    assert tokens.shown_prefix(token) == token[:15]
    assert tokens.generate() != token


@given(st.data())
def test_no_single_mistyped_character_passes(data):
    token = tokens.generate()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=255).filter(lambda c: c != token[place]))
    assert not tokens.is_well_formed(token[:place] + other + token[place + 1 :])


@given(st.text())
def test_any_text_may_be_asked_about(text):
    assert not tokens.is_well_formed(text)
    assert not tokens.is_well_formed(f"bursar_{text}")


def test_who_may_write_may_read():
    assert implied_by(frozenset({"sponsors:write"})) == {"sponsors:write", "sponsors:read"}


def test_only_the_digest_is_stored(finance):
    new = make_token(finance)
    stored = ApiToken.objects.values().get()
    assert new.secret not in str(stored)
    assert stored["digest"] == tokens.digest(new.secret)
    assert new.secret not in repr(new)


def test_scopes_are_kept_once_in_their_order(finance):
    token = make_token(finance, Scope.RECEIPTS_READ, Scope.SPONSORS_READ, Scope.RECEIPTS_READ).token
    assert token.scopes == ["sponsors:read", "receipts:read"]


@pytest.fixture
def website(finance) -> User:
    return make_service("Website", Role.FUNDRAISING, answerable=finance)


def attempt(actor, owner, **changes):
    now = timezone.now()
    arguments = {
        "name": "website",
        "scopes": ["sponsors:read"],
        "expires_at": now + timedelta(days=1),
        **changes,
    }
    return create_token(actor=actor, owner=owner, now=now, **arguments)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": "  "}, "name_invalid", "name"),
        ({"name": "x" * 81}, "name_invalid", "name"),
        ({"scopes": []}, "scope_missing", "scopes"),
        ({"scopes": ["everything"]}, "scope_unknown", "scopes"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "lifetime_invalid", "expires_at"),
        ({"expires_at": timezone.now() + timedelta(days=400)}, "lifetime_invalid", "expires_at"),
    ],
)
def test_a_token_that_cannot_be(finance, changes, code, field):
    with pytest.raises(TokenError) as refused:
        attempt(finance, finance, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("maker", ["finance", "administrator"])
def test_nobody_makes_a_token_that_acts_as_another_person(request, fundraiser, maker):
    with pytest.raises(TokenError, match="people make their own") as refused:
        attempt(request.getfixturevalue(maker), fundraiser)
    assert (refused.value.code, refused.value.field) == ("not_your_token", "owner")


def test_administrators_make_tokens_for_service_accounts(finance, administrator, website):
    token = attempt(administrator, website).token
    assert (token.user, token.created_by) == (website, administrator)
    with pytest.raises(TokenError, match="Only an Administrator"):
        attempt(finance, website)


@pytest.mark.parametrize("actor", ["administrator", None])
def test_no_token_for_an_account_that_is_closed(administrator, website, actor):
    website.is_active = False
    with pytest.raises(TokenError, match="Open the account again first") as refused:
        attempt(administrator if actor else None, website)
    assert refused.value.code == "owner_inactive"


def test_revoking_is_for_the_owner_and_administrators_and_keeps_the_first_time(
    finance, fundraiser, administrator
):
    token = make_token(finance).token
    now = timezone.now()
    with pytest.raises(TokenError):
        revoke_token(actor=fundraiser, token=token, now=now)
    assert revoke_token(actor=finance, token=token, now=now).revoked_at == now
    assert revoke_token(actor=administrator, token=token, now=now + timedelta(hours=1)).revoked_at == now


def test_usable_tokens_are_neither_revoked_nor_expired_nor_of_the_inactive(finance):
    token = make_token(finance).token
    now = timezone.now()
    assert ApiToken.objects.usable(now).get() == token
    assert not ApiToken.objects.usable(now + timedelta(days=31)).exists()
    revoke_token(actor=finance, token=token, now=now)
    assert not ApiToken.objects.usable(now).exists()


def test_the_owner_is_told_of_a_token_somebody_else_made(finance, administrator):
    attempt(finance, finance)
    assert not Notice.objects.exists()
    attempt(None, finance)
    notice = Notice.objects.get()
    assert notice.recipient == finance.email
    assert "Somebody with access to the server made the API token" in notice.body_text
    assert "/account/tokens/" in notice.body_text


def test_the_person_answerable_is_told_of_a_token_of_the_service(finance, administrator, website):
    attempt(administrator, website)
    notice = Notice.objects.get()
    assert notice.recipient == finance.email
    assert "Ada Administrator made the API token" in notice.body_text
    assert "the service account Website, for which you answer" in notice.body_text


def test_nobody_is_told_what_they_did_themselves(administrator, website):
    set_answerable(actor=administrator, user=website, answerable=administrator)
    website.refresh_from_db()
    attempt(administrator, website)
    assert not Notice.objects.exists()


def test_the_command_prints_a_working_token(finance, capsys, client):
    scopes = ["--scope", "commitments:read", "tokens:read"]
    call_command("create_api_token", "--user", "FAY@foundation.example", "--name", "ledger", *scopes)
    printed = capsys.readouterr()
    secret = printed.out.strip()
    give_authenticator_app(finance)
    assert "It is shown only now" in printed.err
    assert client.get("/api/v1/funds/", headers={"Authorization": f"Token {secret}"}).status_code == 200
    token = ApiToken.objects.get()
    assert (token.created_by, token.scopes) == (finance, ["commitments:read", "tokens:read"])
    assert str(token) == f"ledger ({secret[:15]}…)"


def test_the_command_serves_a_service_account(website, capsys, client):
    call_command("create_api_token", "--user", website.email, "--name", "web", "--scope", "commitments:read")
    secret = capsys.readouterr().out.strip()
    assert client.get("/api/v1/funds/", headers={"Authorization": f"Token {secret}"}).status_code == 200
    assert Notice.objects.get().recipient == "fay@foundation.example"


@pytest.mark.parametrize(
    ("user", "scope", "days", "words"),
    [
        ("nobody@foundation.example", "sponsors:read", "1", "There is no user"),
        ("fay@foundation.example", "sponsor:read", "1", "Unknown scope sponsor:read"),
        ("fay@foundation.example", "sponsors:read", "0", "at most 366 days"),
        ("fay@foundation.example", "sponsors:read", "999999999999", "at most 366 days"),
    ],
)
def test_the_command_says_what_is_wrong(finance, user, scope, days, words):
    with pytest.raises(CommandError, match=words):
        call_command("create_api_token", "--user", user, "--name", "x", "--scope", scope, "--days", days)
