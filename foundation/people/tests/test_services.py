"""Inviting, accepting, giving roles, closing accounts: every rule, and every sentence."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from foundation.notices.models import Notice
from foundation.people import services
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.rules import (
    AlreadyAMember,
    AlreadyInvited,
    InputNotAccepted,
    InvitationClosed,
    InvitationState,
    LastAdministrator,
    NoSuchAccessChange,
    NotOneself,
)
from foundation.people.tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def invite(actor, **changes):
    values = {
        "actor": actor,
        "email": "new@foundation.example",
        "name": "Nia New",
        "roles": [Role.FINANCE],
        "now": NOW,
    }
    return services.invite_colleague(**(values | changes))


def accept(invited, **changes):
    values = {
        "actor": None,
        "token": invited.link.rstrip("/").rpartition("/")[2],
        "name": "Nia New",
        "password": PASSWORD,
        "now": NOW,
    }
    return services.accept_invitation(**(values | changes))


def history_of_roles(user):
    return apps.get_model("foundation", "UserRoleEvent").objects.filter(user_id=user.pk).order_by("pgh_id")


def test_invitation_is_mailed_with_a_link_that_is_stored_only_as_a_digest(administrator):
    invitation, link = invite(administrator, email=" New@Foundation.Example ")
    assert invitation.email == "new@foundation.example"
    notice = Notice.objects.get()
    assert notice.is_secret
    assert notice.recipient == "new@foundation.example"
    assert link in notice.body_text
    assert "Ada Administrator invites you" in notice.subject
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in str(list(Invitation.objects.values()))
    assert invitation.expires_at == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"email": "nobody"}, "email", "such as ada@example.org"),
        ({"name": "  "}, "name", "Enter the person's name"),
        ({"roles": []}, "roles", "at least one role"),
    ],
)
def test_bad_input_gets_a_sentence_and_writes_nothing(administrator, changes, field, sentence):
    with pytest.raises(InputNotAccepted, match=sentence) as refused:
        invite(administrator, **changes)
    assert refused.value.field == field
    assert not Invitation.objects.exists()
    assert not Notice.objects.exists()


def test_open_invitation_is_not_sent_twice(administrator):
    invite(administrator)
    with pytest.raises(AlreadyInvited, match="has an open invitation"):
        invite(administrator, email="NEW@foundation.example")
    assert Notice.objects.count() == 1


def test_somebody_with_an_account_is_not_invited(administrator, finance):
    with pytest.raises(AlreadyAMember, match="has an account already"):
        invite(administrator, email=finance.email.upper())


def test_expired_invitation_makes_room_for_a_new_one(administrator):
    first, _link = invite(administrator)
    second, _link = invite(administrator, now=NOW + timedelta(days=7))
    first.refresh_from_db()
    assert first.state(NOW) is InvitationState.REVOKED
    assert second.state(NOW + timedelta(days=8)) is InvitationState.OPEN


def test_accepting_opens_a_verified_account_with_the_invited_roles(administrator):
    invited = invite(administrator, roles=[Role.FINANCE, Role.AUDITOR])
    user = User.objects.get(pk=accept(invited, name="Nia N. New").pk)
    assert user.roles == {Role.FINANCE, Role.AUDITOR}
    assert user.name == "Nia N. New"
    assert user.check_password(PASSWORD)
    address = EmailAddress.objects.get(user=user)
    assert address.verified
    assert address.primary
    invited.invitation.refresh_from_db()
    assert invited.invitation.accepted_by == user
    given = history_of_roles(user).first()
    assert given.pgh_context["action"] == "invitation.accept"
    assert given.pgh_context["actor"] == user.pk


def test_link_works_once(administrator):
    invited = invite(administrator)
    accept(invited)
    with pytest.raises(InvitationClosed, match="was used already"):
        accept(invited)
    assert User.objects.filter(email="new@foundation.example").count() == 1


def test_link_ends_after_seven_days(administrator):
    invited = invite(administrator)
    with pytest.raises(InvitationClosed, match="has run out"):
        accept(invited, now=NOW + timedelta(days=7))
    accept(invited, now=NOW + timedelta(days=7) - timedelta(seconds=1))


def test_revoked_link_opens_nothing(administrator):
    invited = invite(administrator)
    services.revoke_invitation(actor=administrator, invitation=invited.invitation, now=NOW)
    with pytest.raises(InvitationClosed, match="was taken back"):
        accept(invited)
    with pytest.raises(InvitationClosed, match="was taken back"):
        services.revoke_invitation(actor=administrator, invitation=invited.invitation, now=NOW)


def test_unknown_link_says_so():
    with pytest.raises(InvitationClosed, match="is not an invitation"):
        services.accept_invitation(actor=None, token="guess", name="G", password=PASSWORD, now=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "123456789012"}, "password"),
    ],
)
def test_account_needs_a_name_and_a_good_password(administrator, changes, field):
    invited = invite(administrator)
    with pytest.raises(InputNotAccepted) as refused:
        accept(invited, **changes)
    assert refused.value.field == field
    accept(invited)


def test_address_that_got_an_account_meanwhile_is_refused(administrator):
    invited = invite(administrator)
    make_user("Nia Quick", email="new@foundation.example")
    with pytest.raises(AlreadyAMember, match="Sign in"):
        accept(invited)


def test_database_refuses_an_accepted_invitation_without_a_person(administrator):
    invite(administrator)
    with pytest.raises(IntegrityError, match="accepted_invitation_names_user"):
        Invitation.objects.update(accepted_at=NOW)


def test_roles_are_set_exactly_and_kept_as_history(administrator, finance):
    changed = services.set_roles(actor=administrator, user=finance, roles=[Role.AUDITOR])
    assert changed.roles == {Role.AUDITOR}
    events = list(history_of_roles(finance))
    assert [event.pgh_label for event in events] == ["insert", "delete", "insert"]
    assert {event.pgh_context["action"] for event in events[1:]} == {"user.set_roles"}
    assert {event.pgh_context["actor"] for event in events[1:]} == {administrator.pk}


def test_nobody_changes_their_own_access(administrator):
    make_user("Second Administrator", Role.ADMINISTRATOR)
    for change in (
        lambda: services.set_roles(actor=administrator, user=administrator, roles=[Role.ADMINISTRATOR]),
        lambda: services.deactivate_user(actor=administrator, user=administrator),
        lambda: services.reset_second_factor(actor=administrator, user=administrator, now=NOW),
    ):
        with pytest.raises(NotOneself):
            change()


def test_last_administrator_keeps_role_and_account(administrator):
    with pytest.raises(LastAdministrator, match="Make somebody else"):
        services.set_roles(actor=None, user=administrator, roles=[Role.FINANCE])
    with pytest.raises(LastAdministrator):
        services.deactivate_user(actor=None, user=administrator)
    assert services.set_roles(actor=None, user=administrator, roles=[Role.ADMINISTRATOR, Role.FINANCE])


def test_closed_account_does_not_count_as_an_administrator(administrator):
    second = make_user("Second Administrator", Role.ADMINISTRATOR)
    services.deactivate_user(actor=administrator, user=second)
    with pytest.raises(LastAdministrator):
        services.deactivate_user(actor=None, user=administrator)
    # Giving up the role of somebody who cannot use it leaves the others as they are.
    assert services.set_roles(actor=administrator, user=second, roles=[]).roles == frozenset()


def sign_in(user):
    client = Client()
    client.force_login(user)
    client.get("/")
    return client


def test_closing_an_account_ends_its_sessions_and_only_its(administrator, finance):
    client, other = sign_in(finance), sign_in(administrator)
    assert UserSession.objects.filter(user=finance).count() == 1
    services.deactivate_user(actor=administrator, user=finance)
    assert not UserSession.objects.filter(user=finance).exists()
    assert Session.objects.count() == 1
    assert "_auth_user_id" not in client.session
    assert "_auth_user_id" in other.session
    with pytest.raises(NoSuchAccessChange, match="closed already"):
        services.deactivate_user(actor=administrator, user=finance)


def test_account_is_opened_again_with_its_roles(administrator, finance):
    services.deactivate_user(actor=administrator, user=finance)
    services.reactivate_user(actor=administrator, user=finance)
    finance = User.objects.get(pk=finance.pk)
    assert finance.is_active
    assert finance.roles == {Role.FINANCE}
    with pytest.raises(NoSuchAccessChange, match="open already"):
        services.reactivate_user(actor=administrator, user=finance)


def test_resetting_a_lost_second_factor_is_recorded_and_told(administrator, finance):
    Authenticator.objects.create(user=finance, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=finance, type=Authenticator.Type.RECOVERY_CODES, data={})
    sign_in(finance)
    token = finance.api_tokens.create(
        name="Ledger",
        prefix="bursar_ledger",
        digest="d" * 64,
        scopes=["receipts:read"],
        created_by=finance,
        expires_at=NOW + timedelta(days=3650),
    )
    services.reset_second_factor(actor=administrator, user=finance, now=NOW)
    token.refresh_from_db()
    assert token.revoked_at == NOW
    assert not Authenticator.objects.exists()
    assert not UserSession.objects.exists()
    event = apps.get_model("foundation", "UserEvent").objects.filter(pgh_obj=finance).latest("pgh_id")
    assert event.pgh_context["action"] == "user.reset_second_factor"
    assert event.second_factor_reset_at == NOW
    notice = Notice.objects.get()
    assert notice.recipient == finance.email
    assert "Ada Administrator removed the authenticator app" in notice.body_text
    with pytest.raises(NoSuchAccessChange, match="no second factor"):
        services.reset_second_factor(actor=administrator, user=finance, now=NOW)


def test_state_in_sql_is_the_state_by_the_rule(administrator):
    for number, changes in enumerate(
        [
            {},
            {"expires_at": NOW},
            {"revoked_at": NOW},
            {"revoked_at": NOW, "expires_at": NOW - timedelta(days=1)},
            {"accepted_at": NOW, "accepted_by": administrator},
        ]
    ):
        invited = invite(administrator, email=f"i{number}@foundation.example")
        Invitation.objects.filter(pk=invited.invitation.pk).update(**changes)
    for state in InvitationState:
        by_rule = {row for row in Invitation.objects.all() if row.state(NOW) is state}
        assert set(Invitation.objects.in_state(state, NOW)) == by_rule
        assert by_rule


def test_person_keeps_a_name(administrator, finance):
    with pytest.raises(InputNotAccepted, match="Enter the person's name"):
        services.rename_user(actor=administrator, user=finance, name=" ")
    assert services.rename_user(actor=administrator, user=finance, name=" Fay Fi ").name == "Fay Fi"


def test_superuser_of_the_command_line_sees_everything():
    root = User.objects.create_superuser("Root@Foundation.example", PASSWORD, name="Root")
    assert root.email == "root@foundation.example"
    assert root.is_staff
    assert root.sees_private_data
