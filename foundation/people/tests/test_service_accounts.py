"""Service accounts: opened by administrators, answered for by a person, and no way to sign in."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from foundation.notices.models import Notice
from foundation.people import services
from foundation.people.adapters import AccountAdapter
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.rules import (
    AlreadyAMember,
    AnswersForServices,
    InputNotAccepted,
    LastAdministrator,
    NotForServices,
    service_address,
)
from foundation.people.tests.factories import PASSWORD, make_service, make_user

pytestmark = pytest.mark.django_db
USERS = "/admin/foundation/user/"


@pytest.fixture
def website(administrator) -> User:
    return make_service("Website", Role.FUNDRAISING, answerable=administrator)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Website", "website@service.invalid"),
        ("  Ledger import (nightly)", "ledger-import-nightly@service.invalid"),
        ("Café", "cafe@service.invalid"),
        ("x" * 100, f"{'x' * 60}@service.invalid"),
    ],
)
def test_address_comes_from_the_name_and_takes_no_mail(name, address):
    assert service_address(name) == address


@pytest.mark.parametrize("name", ["", "  ", "…", "日本"])
def test_name_without_letters_is_refused(administrator, name):
    with pytest.raises(InputNotAccepted, match="letters or digits"):
        services.add_service_account(actor=administrator, name=name, answerable=administrator, roles=[])


def test_service_has_roles_and_no_password(website, administrator):
    assert (website.name, website.roles) == ("Website", {Role.FUNDRAISING})
    assert str(website) == "Website (service account)"
    assert not website.has_usable_password()
    assert (website.is_staff, website.may_sign_in, website.needs_second_factor) == (False, False, False)
    assert website.has_perm("sponsors.view_sponsor")
    assert website.mail_address == administrator.email
    assert administrator.mail_address == administrator.email


def test_name_is_taken_once(website, administrator):
    with pytest.raises(AlreadyAMember, match=r"website@service\.invalid already") as refused:
        make_service("website!", answerable=administrator)
    assert refused.value.field == "name"


def test_only_a_person_who_may_sign_in_answers(website, administrator, finance):
    finance.is_active = False
    finance.save()
    for nobody in (website, finance):
        with pytest.raises(InputNotAccepted, match="cannot answer for a service account"):
            make_service("Ledger", answerable=nobody)
        with pytest.raises(InputNotAccepted, match="cannot answer for a service account"):
            services.set_answerable(actor=administrator, user=website, answerable=nobody)


def test_another_person_may_answer(website, administrator, finance):
    changed = services.set_answerable(actor=administrator, user=website, answerable=finance)
    assert changed.answerable == finance
    with pytest.raises(NotForServices):
        services.set_answerable(actor=administrator, user=finance, answerable=administrator)


def test_who_answers_cannot_leave_before_somebody_else_does(website, administrator, finance):
    services.set_answerable(actor=administrator, user=website, answerable=finance)
    with pytest.raises(AnswersForServices, match="answers for these service accounts: Website"):
        services.deactivate_user(actor=administrator, user=finance)
    services.deactivate_user(actor=administrator, user=website)
    services.deactivate_user(actor=administrator, user=finance)
    with pytest.raises(InputNotAccepted, match="Fay Finance cannot answer"):
        services.reactivate_user(actor=administrator, user=website)
    services.set_answerable(actor=administrator, user=website, answerable=administrator)
    assert services.reactivate_user(actor=administrator, user=website).is_active


def test_a_service_is_no_administrator_who_could_let_people_in(administrator, finance):
    make_service("Robot", Role.ADMINISTRATOR, answerable=administrator)
    with pytest.raises(LastAdministrator):
        services.set_roles(actor=None, user=administrator, roles=[])


@pytest.mark.parametrize(
    "values",
    [
        {"password": "argon2$anything that is not marked as unusable"},
        {"answerable": None},
        {"is_superuser": True},
        {"is_service": False},
    ],
    ids=lambda values: next(iter(values)),
)
def test_database_holds_what_a_service_is(website, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=website.pk).update(**values)


# No way in --------------------------------------------------------------------------------------


def test_password_is_refused_even_if_it_were_right(website, monkeypatch):
    monkeypatch.setattr(User, "check_password", lambda *_: True)
    assert authenticate(None, email=website.email, password=PASSWORD) is None
    client = Client()
    client.post("/accounts/login/", {"login": website.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_session_of_a_service_is_nobodys(website):
    client = Client()
    client.force_login(website)
    assert client.get("/account/tokens/")["Location"].startswith("/accounts/login/")


def test_reset_answers_as_always_and_mails_nothing(website, client):
    EmailAddress.objects.create(user=website, email=website.email, verified=True, primary=True)
    known = client.post("/accounts/password/reset/", {"email": website.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@foundation.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert not Notice.objects.exists()


def test_every_other_way_ends_at_the_gate(website, finance):
    """Passkeys and codes end in the same login as a password does."""
    adapter, request = AccountAdapter(), RequestFactory().post("/accounts/login/")
    hook = {
        "email_verification": "mandatory",
        "signal_kwargs": None,
        "email": None,
        "signup": False,
        "redirect_url": None,
    }
    refused = adapter.pre_login(request, website, **hook)
    assert isinstance(refused, HttpResponse)
    assert refused["Location"] == "/accounts/inactive/"
    assert adapter.pre_login(request, finance, **hook) is None


# In the admin site --------------------------------------------------------------------------------


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


def words(response):
    assert response.status_code == 200
    return response.content.decode()


def test_administrator_adds_one(office, administrator):
    assert "Add service account" in words(office.get(f"{USERS}add/"))
    page = office.post(
        f"{USERS}add/",
        {"name": "Ledger import", "answerable": administrator.pk, "roles": [Role.FINANCE]},
        follow=True,
    )
    assert "Ledger import (service account)" in words(page)
    made = User.objects.get(is_service=True)
    assert (made.answerable, made.roles) == (administrator, {Role.FINANCE})
    history = words(office.get(f"{USERS}{made.pk}/history/"))
    assert "Add service (user)" in history
    assert "Person answerable" in history


def test_form_asks_for_who_answers_and_offers_colleagues_only(office, website):
    page = office.post(f"{USERS}add/", {"name": "Ledger", "answerable": "", "roles": []})
    assert "answerable" in page.context["adminform"].form.errors
    offered = page.context["adminform"].form.fields["answerable"].queryset
    assert website not in offered


def test_its_page_says_what_it_is(office, website, finance):
    page = words(office.get(f"{USERS}{website.pk}/change/"))
    assert "Service account, Ada Administrator answers" in page
    assert "Last login" not in page
    office.post(f"{USERS}{website.pk}/do/set-answerable/", {"answerable": finance.pk})
    office.post(f"{USERS}{website.pk}/change/", {"name": "Public website"})
    website = User.objects.get(pk=website.pk)
    assert (website.answerable, website.name) == (finance, "Public website")
    assert "do/set-answerable/" not in words(office.get(f"{USERS}{finance.pk}/change/"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("kind=service", {"Website"}),
        ("kind=person", {"Ada Administrator"}),
        ("kind=odd", {"Website", "Ada Administrator"}),
        ("second_factor=no", {"Ada Administrator"}),
    ],
)
def test_list_tells_services_from_people(office, website, query, shown):
    page = office.get(f"{USERS}?{query}")
    assert {user.name for user in page.context["cl"].result_list} == shown


def test_list_costs_the_same_for_one_and_for_ten(office, website):
    def cost():
        with CaptureQueriesContext(connection) as counted:
            words(office.get(USERS))
        return len(counted)

    cost()
    before = cost()
    for number in range(9):
        make_service(f"Service {number}", Role.FINANCE, answerable=make_user(f"Person{number} P"))
    assert cost() == before
