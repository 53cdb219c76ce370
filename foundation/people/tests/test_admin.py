"""The pages of colleagues and invitations: who sees them, what they offer, what they refuse."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.notices.models import Notice
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.services import deactivate_user, invite_colleague, revoke_invitation, set_roles
from foundation.people.tests.factories import give_authenticator_app, give_recovery_codes, make_user

pytestmark = pytest.mark.django_db
USERS = "/admin/foundation/user/"
INVITATIONS = "/admin/foundation/invitation/"


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def do(client, obj, name, data=None):
    page = USERS if isinstance(obj, User) else INVITATIONS
    return client.post(f"{page}{obj.pk}/do/{name}/", data or {}, follow=True)


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


def invite(actor, email="new@foundation.example"):
    return invite_colleague(
        actor=actor, email=email, name="Nia New", roles=[Role.FINANCE], now=timezone.now()
    ).invitation


def test_colleagues_are_listed_with_roles_and_second_factor(office, finance):
    give_authenticator_app(finance)
    page = text(office.get(USERS))
    assert "Fay Finance" in page
    assert "Administrator" in page


@pytest.mark.parametrize(("value", "seen"), [("yes", True), ("no", False), ("maybe", True)])
def test_list_is_filtered_by_second_factor(office, finance, value, seen):
    give_authenticator_app(finance)
    assert ("Fay Finance" in text(office.get(f"{USERS}?second_factor={value}"))) is seen


def test_recovery_codes_alone_count_as_missing(office, finance):
    give_recovery_codes(finance)
    assert "Fay Finance" in text(office.get(f"{USERS}?second_factor=no"))


def test_administrator_gives_roles(office, finance):
    page = do(office, finance, "set-roles", {"roles": [Role.AUDITOR, Role.FUNDRAISING]})
    assert "Fay Finance works here as: Fundraising, Auditor." in text(page)
    assert User.objects.get(pk=finance.pk).roles == {Role.AUDITOR, Role.FUNDRAISING}
    assert "Fay Finance works here as: nobody." in text(do(office, finance, "set-roles", {"roles": []}))


def test_form_starts_with_the_roles_held(office, finance):
    page = office.get(f"{USERS}{finance.pk}/do/set-roles/")
    assert page.context["form"].initial == {"roles": ["finance"]}


def test_refusal_is_shown_on_the_form(office, administrator):
    page = do(office, administrator, "set-roles", {"roles": [Role.FINANCE]})
    assert "Somebody else must change your roles." in text(page)


def test_account_is_closed_and_opened_again(office, finance):
    assert "The account of Fay Finance is closed." in text(do(office, finance, "deactivate"))
    page = text(office.get(f"{USERS}{finance.pk}/change/"))
    assert "do/reactivate/" in page
    assert "do/deactivate/" not in page
    assert "is open again." in text(do(office, finance, "reactivate"))


def test_lost_second_factor_is_reset(office, finance):
    assert "do/reset-second-factor/" not in text(office.get(f"{USERS}{finance.pk}/change/"))
    give_authenticator_app(finance)
    assert "sets up a new second factor" in text(do(office, finance, "reset-second-factor"))
    assert Notice.objects.get().recipient == finance.email


def test_name_is_corrected_and_nothing_else_can_be(office, finance):
    office.post(
        f"{USERS}{finance.pk}/change/", {"name": "Fay Fi", "email": "x@x.example", "is_superuser": "on"}
    )
    changed = User.objects.get(pk=finance.pk)
    assert (changed.name, changed.email, changed.is_superuser) == ("Fay Fi", finance.email, False)
    blank = office.post(f"{USERS}{finance.pk}/change/", {"name": "  "})
    assert "This field is required" in text(blank)


def test_history_tells_who_gave_and_took_which_role(office, administrator, finance):
    set_roles(actor=administrator, user=finance, roles=[Role.AUDITOR])
    deactivate_user(actor=administrator, user=finance)
    page = text(office.get(f"{USERS}{finance.pk}/history/"))
    assert "Set roles (user)" in page
    assert "Deactivate (user)" in page
    assert "Ada Administrator" in page
    assert "Auditor" in page
    assert "Finance" in page
    assert "Role</span> added" in page
    assert "Role</span> removed" in page


@pytest.mark.parametrize("fixture", ["fundraiser", "finance", "auditor"])
def test_others_see_colleagues_and_change_nothing(request, signed_in, administrator, fixture):
    client = signed_in(request.getfixturevalue(fixture))
    assert "Ada Administrator" in text(client.get(USERS))
    assert "/do/" not in text(client.get(f"{USERS}{administrator.pk}/change/"))
    assert client.post(f"{USERS}{administrator.pk}/do/set-roles/").status_code == 403
    assert client.post(f"{USERS}{administrator.pk}/change/", {"name": "X"}).status_code == 403
    assert client.get(f"{INVITATIONS}add/").status_code == 403


@pytest.mark.parametrize("fixture", ["infrastructure", "grants_officer"])
def test_roles_without_the_permission_see_no_list(request, signed_in, fixture):
    client = signed_in(request.getfixturevalue(fixture))
    assert client.get(USERS).status_code == 403
    assert client.get(INVITATIONS).status_code == 403


def test_users_are_never_deleted(office, finance):
    assert office.post(f"{USERS}{finance.pk}/delete/").status_code == 403


def test_colleague_is_invited(office, administrator):
    page = office.post(
        f"{INVITATIONS}add/",
        {"email": "New@foundation.example", "name": "Nia", "roles": [Role.FINANCE, Role.AUDITOR]},
        follow=True,
    )
    assert "The invitation to Nia is on its way to new@foundation.example." in text(page)
    invitation = Invitation.objects.get()
    assert invitation.invited_by == administrator
    assert set(invitation.roles) == {Role.FINANCE, Role.AUDITOR}
    assert Notice.objects.get().is_secret


def test_refused_invitation_says_why_at_the_field_and_sends_nothing(office, finance):
    page = office.post(f"{INVITATIONS}add/", {"email": finance.email, "name": "F", "roles": [Role.FINANCE]})
    assert "has an account already" in text(page)
    assert "email" in page.context["adminform"].form.errors
    assert not Notice.objects.exists()


def test_second_open_invitation_is_refused(office, administrator):
    invite(administrator)
    page = office.post(
        f"{INVITATIONS}add/", {"email": "new@foundation.example", "name": "N", "roles": [Role.FINANCE]}
    )
    assert "has an open invitation" in text(page)
    assert Invitation.objects.count() == 1


def test_invitation_is_revoked_once(office, administrator):
    invitation = invite(administrator)
    assert "no longer works" in text(do(office, invitation, "revoke"))
    page = text(office.get(f"{INVITATIONS}{invitation.pk}/change/"))
    assert "Revoked" in page
    assert "do/revoke/" not in page


def test_invitations_are_filtered_by_state(office, administrator):
    invite(administrator, "open@foundation.example")
    revoke_invitation(
        actor=administrator, invitation=invite(administrator, "back@foundation.example"), now=timezone.now()
    )
    late = invite(administrator, "late@foundation.example")
    Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    used = invite(administrator, "used@foundation.example")
    Invitation.objects.filter(pk=used.pk).update(
        accepted_at=timezone.now(), accepted_by=make_user("Used U", email="used@foundation.example")
    )
    for state, email in {"open": "open", "revoked": "back", "expired": "late", "accepted": "used"}.items():
        shown = office.get(f"{INVITATIONS}?state={state}").context["cl"].queryset
        assert [str(invitation) for invitation in shown] == [f"{email}@foundation.example"]
    assert office.get(INVITATIONS).context["cl"].queryset.count() == 4
    assert office.get(f"{INVITATIONS}?state=odd").context["cl"].queryset.count() == 4


def test_auditor_sees_invitations_and_sends_none(signed_in, auditor, administrator):
    invite(administrator)
    client = signed_in(auditor)
    assert "new@foundation.example" in text(client.get(INVITATIONS))
    assert client.get(f"{INVITATIONS}add/").status_code == 403


def test_lists_cost_the_same_for_one_and_for_ten(office, administrator):
    def cost(page):
        text(office.get(page))
        with CaptureQueriesContext(connection) as counted:
            text(office.get(page))
        return len(counted)

    invite(administrator, "first@foundation.example")
    before = {page: cost(page) for page in (USERS, INVITATIONS)}
    for number in range(9):
        make_user(f"Person{number} P", Role.FINANCE, Role.AUDITOR)
        invite(administrator, f"i{number}@foundation.example")
    assert {page: cost(page) for page in (USERS, INVITATIONS)} == before
