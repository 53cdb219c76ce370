"""What a person may do, from one statement, is what Django makes of the same tables."""

from copy import copy

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission

from foundation.people.backends import ColleagueBackend
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

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
