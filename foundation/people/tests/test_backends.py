"""What a person may do, from one statement, is what Django makes of the same tables."""

from copy import copy

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission

from foundation.people.backends import ColleagueBackend, with_rights
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_service, make_user

pytestmark = pytest.mark.django_db


def somebody(*roles, own="", **changes):
    user = make_user("Two Roles", *roles)
    if own:
        user.user_permissions.add(Permission.objects.get(codename=own))
    User.objects.filter(pk=user.pk).update(**changes or {"is_active": True})
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    "user",
    [
        somebody,
        lambda: somebody(Role.AUDITOR),
        lambda: somebody(Role.FINANCE, Role.FUNDRAISING, own="add_holiday"),
        lambda: somebody(own="add_fund"),
        lambda: somebody(Role.FINANCE, own="add_fund", is_active=False),
        lambda: somebody(is_superuser=True),
        AnonymousUser,
    ],
    ids=["nobody", "one role", "two roles", "no role", "left", "superuser", "stranger"],
)
def test_permissions_are_those_that_django_finds(user):
    ours = user()
    theirs = copy(ours)
    found = ColleagueBackend().get_all_permissions(ours)
    assert found == ModelBackend().get_all_permissions(theirs)
    assert found == ColleagueBackend().get_all_permissions(ours)


def test_no_permission_is_for_one_row_alone():
    assert ColleagueBackend().get_all_permissions(somebody(Role.AUDITOR), object()) == set()


def test_they_are_asked_for_once(django_assert_num_queries):
    user = somebody(Role.AUDITOR)
    with django_assert_num_queries(1):
        assert user.has_perm("foundation.view_fund")
        assert not user.has_perm("foundation.add_fund")


@pytest.mark.parametrize(
    "user",
    [
        somebody,
        lambda: somebody(Role.REVIEWER),
        lambda: somebody(Role.FINANCE, Role.FUNDRAISING, own="add_holiday"),
        lambda: somebody(Role.AUDITOR, is_superuser=True),
    ],
    ids=["nobody", "one role", "two roles", "superuser"],
)
def test_a_session_knows_its_person_with_roles_and_permissions(user, django_assert_num_queries):
    known = user()
    make_user("Somebody Else", Role.ADMINISTRATOR)
    permissions, roles = known.get_all_permissions(), known.roles
    with django_assert_num_queries(1):
        found = ColleagueBackend().get_user(known.pk)
        assert found
        assert found == known
        assert found.roles == roles
        assert found.has_perm("foundation.add_fund") == known.has_perm("foundation.add_fund")
    assert found.get_all_permissions() == permissions
    for field in User._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(known, field.attname)


def test_a_session_of_somebody_who_left_or_never_was_is_nobodys(administrator):
    left = somebody(Role.FINANCE, is_active=False)
    service = make_service("Website", Role.FINANCE, answerable=administrator)
    assert [ColleagueBackend().get_user(key) for key in (left.pk, service.pk, 0)] == [None, None, None]


def service():
    return make_service("Website", Role.FINANCE, answerable=make_user("Ada", Role.ADMINISTRATOR))


def in_a_group_that_is_no_role():
    user = somebody(Role.AUDITOR)
    group = Group.objects.create(name="Volunteers")
    group.permissions.add(Permission.objects.get(codename="add_fund"))
    user.groups.add(group)
    return user


@pytest.mark.parametrize(
    ("user", "adds_funds"),
    [
        (service, True),
        (in_a_group_that_is_no_role, True),
        (lambda: somebody(Role.FINANCE, is_active=False), False),
        (lambda: somebody(Role.AUDITOR), False),
    ],
    ids=["service", "other group", "left", "may not"],
)
def test_somebody_with_rights_may_what_django_says(user, adds_funds):
    known = user()
    found = with_rights(known.pk)
    assert found is not None
    assert found.roles == User.objects.get(pk=known.pk).roles
    assert found.get_all_permissions() == ModelBackend().get_all_permissions(User.objects.get(pk=known.pk))
    assert found.has_perm("foundation.add_fund") is adds_funds
