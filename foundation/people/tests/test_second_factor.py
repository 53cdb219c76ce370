"""Who sees anything private has a second factor, or sees only the pages to set one up."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from config.environment import Mode
from foundation.people.tests.factories import give_authenticator_app, give_passkey, give_recovery_codes

pytestmark = pytest.mark.django_db


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("address", ["/", "/admin/", "/account/tokens/", "/nowhere/"])
def test_without_one_every_page_leads_to_setting_it_up(finance, address):
    assert browser_of(finance).get(address).url == "/accounts/2fa/"


def test_the_way_there_says_why(finance):
    page = browser_of(finance).get("/", follow=True)
    assert "Set up a second factor first" in page.content.decode()


@pytest.mark.parametrize("address", ["/accounts/2fa/", "/accounts/sessions/", "/accounts/logout/"])
def test_pages_to_set_it_up_or_leave_stay_open(finance, address):
    assert browser_of(finance).get(address).status_code == 200


@pytest.mark.parametrize("give", [give_authenticator_app, give_passkey])
def test_an_app_or_a_passkey_alone_is_enough(finance, give):
    give(finance)
    assert browser_of(finance).get("/").status_code == 200


def test_recovery_codes_alone_are_not(finance):
    give_recovery_codes(finance)
    assert browser_of(finance).get("/").url == "/accounts/2fa/"


def test_taking_the_last_one_away_closes_the_open_session_too(finance):
    give_authenticator_app(finance)
    client = browser_of(finance)
    assert client.get("/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/").url == "/accounts/2fa/"


def test_reviewers_need_one_as_well(reviewer):
    assert browser_of(reviewer).get("/").url == "/accounts/2fa/"


def test_somebody_without_a_role_sees_nothing_private_and_needs_none(outsider):
    assert browser_of(outsider).get("/").status_code == 200


def test_strangers_are_not_asked(client):
    assert client.get("/").status_code == 200


def test_the_api_is_for_tokens_and_never_redirects(finance):
    assert browser_of(finance).get("/api/v1/funds/").status_code == 401


def test_it_may_be_switched_off_and_every_page_says_so(finance, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    page = browser_of(finance).get("/")
    assert page.status_code == 200
    assert "The second factor is off" in page.content.decode()


def test_demonstration_says_what_it_is(finance, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    settings.MODE = Mode.DEMO
    assert "This is a demonstration with made-up data, and the second factor is off" in (
        browser_of(finance).get("/").content.decode()
    )


def test_nothing_is_said_when_all_is_as_it_should_be(client):
    page = client.get("/").content.decode()
    assert "demonstration" not in page
    assert "second factor is off" not in page
