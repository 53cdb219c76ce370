"""Signing in, resetting a password, and what a stranger can learn or try: nothing, and little."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from config import settings as base
from foundation.notices.models import Notice
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import (
    PASSWORD,
    code_of,
    give_authenticator_app,
    give_recovery_codes,
    let_sign_in,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def member(finance) -> User:
    return let_sign_in(finance)


def sign_in(client, email, password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def words(response):
    """Return what a person reads, without what differs on every page: tokens and what was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    return re.sub(r'value="[^"]*@[^"]*"', "", page)


def test_address_is_taken_in_any_case(client, member):
    response = sign_in(client, member.email.upper())
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(member.pk)


def test_unknown_and_known_address_get_the_same_answer(client, member):
    known = sign_in(client, member.email, "wrong")
    unknown = sign_in(Client(), "nobody@foundation.example", "wrong")
    assert known.status_code == unknown.status_code
    assert "The email address or the password is not right." in words(known)
    assert words(known) == words(unknown)


def test_password_reset_answers_the_same_and_mails_only_the_known_address(client, member):
    known = client.post("/accounts/password/reset/", {"email": member.email.upper()})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@foundation.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert words(client.get(known["Location"])) == words(Client().get(unknown["Location"]))
    notice = Notice.objects.get()
    assert notice.recipient == member.email


def test_closed_account_gets_no_reset_link(client, member):
    User.objects.update(is_active=False)
    client.post("/accounts/password/reset/", {"email": member.email})
    assert not Notice.objects.exists()


def test_eleventh_wrong_password_is_refused_with_a_sentence(client, member):
    for _ in range(10):
        assert "is not right" in words(sign_in(client, member.email, "wrong"))
    assert "Too many wrong passwords. Wait five minutes" in words(sign_in(client, member.email, "wrong"))
    # The right password is refused too, else guessing could go on.
    assert "Too many wrong passwords" in words(sign_in(Client(), member.email))
    assert "_auth_user_id" not in client.session


def test_flood_of_addresses_does_not_push_out_the_counter(client, member):
    for _ in range(10):
        sign_in(client, member.email, "wrong")
    for number in range(400):
        cache.set(f"flood:{number}", [1.0], 300)
    assert "Too many wrong passwords" in words(sign_in(client, member.email, "wrong"))


def test_too_many_requests_from_one_network_get_a_page(client, member):
    for _ in range(30):
        client.post("/accounts/login/", {"login": "", "password": ""})
    response = client.post("/accounts/login/", {"login": "", "password": ""})
    assert response.status_code == 429
    assert "Wait five minutes" in response.content.decode()


def test_nobody_signs_up_without_invitation(client):
    response = client.get("/accounts/signup/")
    assert "by invitation" in words(response)
    client.post(
        "/accounts/signup/",
        {"email": "in@foundation.example", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.exists()


def test_reset_link_works_once_and_its_mail_is_secret(client, member):
    client.post("/accounts/password/reset/", {"email": member.email})
    notice = Notice.objects.get()
    assert notice.is_secret
    assert notice.kind == "password_reset_key"
    (link,) = re.findall(r"http://testserver(/\S+)", notice.body_text)
    page = client.get(link, follow=True)
    form_address = page.redirect_chain[-1][0]
    new = "another password for tests"
    answer = client.post(form_address, {"password1": new, "password2": new})
    assert answer.url == "/accounts/password/reset/key/done/"
    assert User.objects.get(pk=member.pk).check_password(new)
    assert "already been used" in words(Client().get(link, follow=True))
    told = Notice.objects.exclude(pk=notice.pk).get()
    assert told.kind == "password_reset"
    assert not told.is_secret
    assert "127.0.0.1" in told.body_text


@pytest.mark.parametrize(("role", "address"), [(Role.FUNDRAISING, "/admin/"), (Role.REVIEWER, "/")])
def test_sign_in_leads_to_where_the_work_is(client, role, address):
    person = let_sign_in(make_user("Somebody", role))
    assert sign_in(client, person.email).url == address
    asked_for = Client().post(
        "/accounts/login/?next=/accounts/sessions/", {"login": person.email, "password": PASSWORD}
    )
    assert asked_for["Location"] == "/accounts/sessions/"


def test_second_factor_is_asked_after_the_password(client, member):
    secret = give_authenticator_app(member)
    assert sign_in(client, member.email).url == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "Incorrect code" in words(wrong)
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).url == "/admin/"
    assert client.get("/").context["user"] == member


def test_recovery_code_stands_in_once(client, member):
    give_authenticator_app(member)
    code = give_recovery_codes(member)[0]
    sign_in(client, member.email)
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).url == "/admin/"
    again = Client()
    sign_in(again, member.email)
    assert "Incorrect code" in words(again.post("/accounts/2fa/authenticate/", {"code": code}))


def test_setting_up_an_app_asks_for_the_password_and_tells_by_mail(
    client, member, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("foundation.notices.tasks.wake_sender", lambda: None)
    sign_in(client, member.email)
    assert client.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/totp/activate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    assert "data:image/svg+xml" in words(page)
    secret = page.context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    kinds = set(Authenticator.objects.filter(user=member).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    assert Notice.objects.get().kind == "totp_activated"


def test_other_sessions_are_seen_and_ended(client, member):
    other = Client(headers={"user-agent": "Another browser"})
    sign_in(other, member.email)
    sign_in(client, member.email)
    client.get("/accounts/sessions/")
    assert "Another browser" in words(client.get("/accounts/sessions/"))
    client.post("/accounts/sessions/")
    assert UserSession.objects.filter(user=member).count() == 1
    assert "_auth_user_id" not in other.session
    assert "_auth_user_id" in client.session


def test_changing_the_password_ends_other_sessions_and_is_told(client, member):
    other = Client()
    sign_in(other, member.email)
    sign_in(client, member.email)
    new = "another password for tests"
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert other.get("/accounts/sessions/").status_code == 302
    assert client.get("/accounts/sessions/").status_code == 200
    assert Notice.objects.get().kind == "password_changed"


def test_address_changes_once_proven_by_code_also_with_a_second_factor(client, member):
    secret = give_authenticator_app(member)
    sign_in(client, member.email)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "Fay.New@foundation.example"})
    notice = Notice.objects.get(kind="email_confirmation")
    assert notice.is_secret
    assert notice.recipient == "fay.new@foundation.example"
    assert User.objects.get(pk=member.pk).email == "fay@foundation.example"
    (code,) = re.findall(r"^    (\S+)$", notice.body_text, re.MULTILINE)
    client.post("/accounts/confirm-email/", {"code": code})
    assert User.objects.get(pk=member.pk).email == "fay.new@foundation.example"
    assert "fay.new@foundation.example" in Notice.objects.get(kind="email_changed").body_text


def test_signing_out_needs_a_click_not_a_link(client, member):
    sign_in(client, member.email)
    assert "Are you sure" in words(client.get("/accounts/logout/"))
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_passwords_are_kept_with_argon2():
    assert base.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_admin_signs_in_on_the_same_page(client):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/")
