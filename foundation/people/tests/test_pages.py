"""Start page, invitation pages, error pages; and every page outside the admin under the strict policy."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone

from config.urls import urlpatterns as real_urls
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.services import invite_colleague
from foundation.people.tests.factories import PASSWORD, give_authenticator_app, let_sign_in, make_user

pytestmark = pytest.mark.django_db


class PolicyReader(HTMLParser):
    """Collects what a policy without 'unsafe-inline' forbids, and links to the same site."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.links: set[str] = set()
        self.labels: set[str] = set()
        self.inputs: list[str] = []
        self.language = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        executable = given.get("type", "text/javascript") != "application/json"
        if tag == "script" and "src" not in given and executable:
            self.forbidden.append(f"inline script: {attrs}")
        if tag == "style":
            self.forbidden.append("inline style")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.forbidden.append(f"{name}={value}")
            elsewhere = name == "src" and (value or "").startswith(("http", "//"))
            if elsewhere or (value or "").startswith("javascript:"):
                self.forbidden.append(f"{name}={value}")
        if tag == "a" and (given.get("href") or "").startswith("/"):
            self.links.add(given["href"].split("#")[0])
        if tag == "html":
            self.language = given.get("lang", "")
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        visible = tag in {"select", "textarea"} or (
            tag == "input" and given.get("type") not in {"hidden", "checkbox", "radio", "submit"}
        )
        if visible:
            self.inputs.append(given.get("id", "no id"))


def read(response):
    reader = PolicyReader()
    reader.feed(response.content.decode())
    return reader


def check(response):
    reader = read(response)
    assert not reader.forbidden, (response.request["PATH_INFO"], reader.forbidden)
    assert reader.language == "en"
    unlabeled = [name for name in reader.inputs if name not in reader.labels]
    assert not unlabeled, (response.request["PATH_INFO"], unlabeled)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    return reader


def crawl(client, start):
    """Visit every page that links lead to from `start`, outside the admin; return their addresses."""
    waiting, seen = {start}, set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response = client.get(address, follow=True)
        led_to_admin = response.request["PATH_INFO"].startswith("/admin/")
        if response["Content-Type"].startswith("text/html") and not led_to_admin:
            found = check(response).links
            waiting |= {link for link in found if not link.startswith("/admin/")} - seen
    return seen


def test_every_page_of_a_stranger_obeys_the_strict_policy(client):
    assert crawl(client, "/") >= {"/", "/accounts/login/", "/accounts/password/reset/"}


def test_every_page_of_a_member_obeys_the_strict_policy(client, administrator):
    let_sign_in(administrator)
    give_authenticator_app(administrator)
    client.force_login(administrator)
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    assert crawl(client, "/") >= {
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/sessions/",
        "/account/tokens/",
        "/account/tokens/new/",
    }


@pytest.mark.parametrize(
    "address",
    ["/accounts/2fa/totp/activate/", "/accounts/reauthenticate/", "/accounts/logout/"],
)
def test_pages_no_link_leads_to_obey_it_too(client, finance, address):
    let_sign_in(finance)
    client.force_login(finance)
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    check(client.get(address))


def test_second_step_of_sign_in_obeys_it(client, finance):
    let_sign_in(finance)
    give_authenticator_app(finance)
    check(client.post("/accounts/login/", {"login": finance.email, "password": PASSWORD}, follow=True))


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("administrator", {"/admin/", "/account/tokens/", "/accounts/sessions/"}),
        ("auditor", {"/admin/", "/account/tokens/", "/accounts/sessions/"}),
        ("reviewer", {"/account/tokens/", "/accounts/sessions/"}),
        ("outsider", {"/account/tokens/", "/accounts/sessions/"}),
    ],
)
def test_start_page_offers_what_the_person_may_open(request, signed_in, fixture, expected):
    person = request.getfixturevalue(fixture)
    page = signed_in(person).get("/")
    links = read(page).links
    assert expected <= links
    assert ("/admin/" in links) == ("/admin/" in expected)
    assert person.name in page.content.decode()


# Of other slices and of config, which test them.
OTHERS = {"/favicon.ico", "/healthz", "/readyz"}
# Address: what a stranger gets, what a person of any role gets.
ACCOUNT_PAGES = {
    "/": (200, 200),
    "/accounts/2fa/": (302, 200),
    "/accounts/2fa/totp/activate/": (302, 302),
    "/accounts/2fa/webauthn/": (302, 200),
    "/accounts/2fa/webauthn/add/": (302, 302),
    "/accounts/2fa/recovery-codes/": (302, 404),
    "/accounts/2fa/recovery-codes/generate/": (302, 302),
    "/accounts/email/": (302, 200),
    "/accounts/inactive/": (200, 200),
    "/accounts/login/": (200, 302),
    "/accounts/logout/": (302, 200),
    "/accounts/password/change/": (302, 200),
    "/accounts/password/reset/": (200, 200),
    "/accounts/reauthenticate/": (302, 200),
    "/accounts/sessions/": (302, 200),
    "/accounts/signup/": (200, 302),
    "/accounts/2fa/authenticate/": (302, 302),
    "/accounts/2fa/reauthenticate/": (302, 302),
    "/accounts/2fa/recovery-codes/download/": (302, 404),
    "/accounts/2fa/totp/deactivate/": (302, 404),
    "/accounts/2fa/webauthn/login/": (302, 302),
    "/accounts/2fa/webauthn/reauthenticate/": (302, 302),
    "/accounts/confirm-email/": (302, 302),
    "/accounts/login/code/confirm/": (302, 302),
    "/accounts/password/reset/done/": (200, 200),
    "/accounts/password/reset/key/done/": (200, 200),
    "/accounts/password/set/": (302, 302),
    "/account/invitation/": (410, 410),
    "/account/tokens/": (302, 200),
    "/account/tokens/new/": (302, 302),
    "/account/calendars/": (302, 200),
    "/account/calendars/new/": (302, 302),
}
# Who may not have one is refused.
_NEEDS = dict.fromkeys(("/account/calendars/", "/account/calendars/new/"), "sponsors.view_calendarfeed")


def addresses(patterns, before=""):
    """Return every address of the site that has no part to fill in, outside the admin and the API."""
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, address)
        elif not re.search(r"[<(^]", address) and not address.startswith(("admin/", "api/")):
            yield f"/{address}"


def test_every_page_has_a_row_in_the_table():
    assert set(addresses(real_urls)) - OTHERS == set(ACCOUNT_PAGES)


@pytest.mark.parametrize("role", [None, *Role])
def test_account_pages_by_role(signed_in, role):
    member = let_sign_in(make_user("Some Body", *([role] if role else [])))
    visitor = signed_in(member)
    answers = {page: visitor.get(page).status_code for page in ACCOUNT_PAGES}
    refused = {page: 403 for page, permission in _NEEDS.items() if not member.has_perm(permission)}
    assert answers == {page: expected for page, (_, expected) in ACCOUNT_PAGES.items()} | refused


def test_account_pages_for_strangers():
    answers = {page: Client().get(page).status_code for page in ACCOUNT_PAGES}
    assert answers == {page: expected for page, (expected, _) in ACCOUNT_PAGES.items()}


def invite(administrator, **changes):
    values = {
        "actor": administrator,
        "email": "new@foundation.example",
        "name": "Nia New",
        "roles": [Role.FINANCE],
        "now": timezone.now(),
    }
    return invite_colleague(**(values | changes))


def follow_link(client, invited):
    return client.get(invited.link.removeprefix(settings.BASE_URL), follow=True)


def test_invited_colleague_opens_the_account_and_signs_in(client, administrator):
    page = follow_link(client, invite(administrator))
    assert page.redirect_chain == [("/account/invitation/", 302)]
    check(page)
    assert "Ada Administrator invites you as: Finance" in page.content.decode()
    answer = client.post(
        "/account/invitation/", {"name": "Nia", "password": PASSWORD, "password_again": PASSWORD}
    )
    assert answer.url == "/accounts/login/"
    assert "invitation_token" not in client.session
    client.post("/accounts/login/", {"login": "new@foundation.example", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(User.objects.get(name="Nia").pk)


def test_first_administrator_is_invited_by_nobody_in_particular(client):
    page = follow_link(client, invite(None, roles=[Role.ADMINISTRATOR]))
    assert "You are invited as: Administrator" in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password_again": "something else"}, "The two passwords differ"),
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_bad_input_is_shown_at_its_field_and_writes_nothing(client, administrator, changes, sentence):
    follow_link(client, invite(administrator))
    answer = client.post(
        "/account/invitation/",
        {"name": "Nia", "password": PASSWORD, "password_again": PASSWORD} | changes,
    )
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    check(answer)
    assert not User.objects.filter(email="new@foundation.example").exists()


def test_closed_invitation_says_why(client, administrator):
    invited = invite(administrator)
    Invitation.objects.update(revoked_at=timezone.now())
    page = follow_link(client, invited)
    assert page.status_code == 410
    assert "was taken back" in page.content.decode()
    check(page)


def test_link_itself_takes_no_post(client):
    assert client.post("/account/invitation/guess/").status_code == 405


@pytest.mark.parametrize("address", ["/nowhere/", "/account/tokens/1/nothing/"])
def test_wrong_address_gets_a_helpful_page(client, address):
    page = client.get(address)
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
    check(page)


def break_down(_request):
    raise ZeroDivisionError


def forbid(_request):
    raise PermissionDenied


def confuse(_request):
    raise SuspiciousOperation


urlpatterns = [
    *real_urls,
    path("break/", break_down),
    path("forbid/", forbid),
    path("confuse/", confuse),
]
handler500 = "foundation.people.views.server_error"


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/break/", 500, "It is our fault"),
        ("/forbid/", 403, "ask an administrator"),
        ("/confuse/", 400, "made no sense"),
    ],
)
@override_settings(ROOT_URLCONF="foundation.people.tests.test_pages")
def test_error_pages_help(address, status, sentence):
    page = Client(raise_request_exception=False).get(address, headers={"x-request-id": "number-for-the-logs"})
    assert page.status_code == status
    assert sentence in page.content.decode()
    if status == 500:
        assert "number-for-the-logs" in page.content.decode()
        assert "ZeroDivisionError" not in page.content.decode()
    assert not read(page).forbidden


def test_stale_form_gets_a_helpful_page():
    page = Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    assert page.status_code == 403
    assert "The form is out of date" in page.content.decode()


def test_the_reader_sees_what_the_policy_forbids():
    reader = PolicyReader()
    reader.feed(
        '<style></style><script>1</script><p style="x" onclick="y"></p><img src="https://elsewhere.example/">'
    )
    assert len(reader.forbidden) == 5
