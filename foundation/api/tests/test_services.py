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


def test_nobody_makes_tokens_for_others_but_administrators(finance, fundraiser, administrator):
    with pytest.raises(TokenError) as refused:
        attempt(finance, fundraiser)
    assert refused.value.code == "not_your_token"
    token = attempt(administrator, fundraiser).token
    assert (token.user, token.created_by) == (fundraiser, administrator)


def test_no_token_for_somebody_who_may_not_sign_in(administrator, finance):
    finance.is_active = False
    with pytest.raises(TokenError) as refused:
        attempt(administrator, finance)
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
    attempt(administrator, finance)
    notice = Notice.objects.get()
    assert notice.recipient == finance.email
    assert "Ada Administrator made the API token" in notice.body_text
    assert "/account/tokens/" in notice.body_text


def test_the_command_prints_a_working_token(finance, capsys, client):
    scopes = ["--scope", "commitments:read", "tokens:read"]
    call_command("create_api_token", "--user", "FAY@foundation.example", "--name", "ledger", *scopes)
    printed = capsys.readouterr()
    secret = printed.out.strip()
    assert "It is shown only now" in printed.err
    assert client.get("/api/v1/funds/", headers={"Authorization": f"Token {secret}"}).status_code == 200
    token = ApiToken.objects.get()
    assert (token.created_by, token.scopes) == (finance, ["commitments:read", "tokens:read"])
    assert str(token) == f"ledger ({secret[:15]}…)"


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
