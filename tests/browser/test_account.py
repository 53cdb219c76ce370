"""Invitation, sign-in with an app and with a passkey, tokens: in a real browser, under the strict policy."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.services import invite_colleague
from foundation.people.tests.factories import PASSWORD, code_of, let_sign_in


@pytest.fixture(autouse=True)
def strict(settings, monkeypatch, live_server):
    """The rule as in production, fresh counters, and no worker to wake."""
    settings.REQUIRE_SECOND_FACTOR = True
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("foundation.notices.tasks.wake_sender", lambda: None)
    cache.clear()


@pytest.fixture
def passkeys(page: Page):
    """An authenticator inside the browser, as a phone or laptop has one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def enter(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_invited_colleague_opens_an_account_and_sets_up_an_app(page, look, administrator):
    link = invite_colleague(
        actor=administrator,
        email="nia@foundation.example",
        name="Nia New",
        roles=[Role.FINANCE],
        now=timezone.now(),
    ).link
    page.goto(link)
    expect(page.get_by_role("heading", name="Welcome to")).to_be_visible()
    look(page, "account-invitation")
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    look(page, "account-sign-in")
    nia = User.objects.get(email="nia@foundation.example")
    enter(page, nia)
    # Nothing else opens before the second factor is set up.
    expect(page.get_by_text("Set up a second factor first")).to_be_visible()
    look(page, "account-second-factor")
    page.get_by_role("link", name="Activate").click()
    look(page, "account-confirm")
    confirm(page)
    look(page, "account-app")
    secret = page.get_by_label("Authenticator secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_label("Unused codes")).to_be_visible()
    look(page, "account-recovery-codes")
    page.goto("/")
    expect(page.get_by_role("heading", name="Hello, Nia New")).to_be_visible()
    look(page, "account-home")


def test_passkey_is_added_and_alone_signs_in(page, look, passkeys, finance):
    let_sign_in(finance)
    enter(page, finance)
    page.goto("/accounts/2fa/webauthn/add/")
    confirm(page)
    look(page, "account-passkey-add")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    assert Authenticator.objects.filter(user=finance, type=Authenticator.Type.WEBAUTHN).exists()
    page.goto("/accounts/2fa/webauthn/")
    look(page, "account-passkeys")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


def test_passkey_is_the_second_step_after_a_password(page, look, passkeys, finance):
    let_sign_in(finance)
    enter(page, finance)
    page.goto("/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.get_by_role("button", name="Sign out").click()
    enter(page, finance)
    look(page, "account-second-step")
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


def test_token_is_made_shown_once_and_revoked(page, look, settings, finance):
    settings.REQUIRE_SECOND_FACTOR = False
    let_sign_in(finance)
    enter(page, finance)
    page.goto("/account/tokens/")
    look(page, "account-tokens-none")
    page.get_by_role("link", name="New token").click()
    confirm(page)
    page.get_by_label("What will use it").fill("Website")
    page.get_by_label("See sponsors and their descriptions").check()
    look(page, "account-token-new")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#token")).to_contain_text("bursar_")
    look(page, "account-token-made")
    page.get_by_role("link", name="I have copied it").click()
    look(page, "account-tokens")
    page.get_by_role("button", name="Revoke Website").click()
    expect(page.get_by_text("no longer works")).to_be_visible()


def test_colors_follow_the_system_until_the_person_chooses(page, look):
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.get_by_role("button", name="Light colors").click()
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"
    look(page, "account-start")


def test_sessions_and_other_account_pages(page, look, settings, finance):
    settings.REQUIRE_SECOND_FACTOR = False
    let_sign_in(finance)
    enter(page, finance)
    for name in ("sessions", "email", "password/change"):
        page.goto(f"/accounts/{name}/")
        look(page, f"account-{name.replace('/', '-')}")
    page.goto("/nowhere/")
    look(page, "error-404")


def test_skip_link_is_first_and_leads_to_the_content(page):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
