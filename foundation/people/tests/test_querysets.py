"""Who among us: the same answers in SQL as of each person."""

import pytest
from django.contrib.auth.models import Permission

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("permission", ["foundation.view_user", "foundation.add_fund", "foundation.no_such"])
def test_who_holds_a_permission_is_what_each_person_says(permission):
    for role in Role:
        make_user(f"{role.value} of Ours", role)
    make_user("Two Roles", Role.FINANCE, Role.ADMINISTRATOR)
    make_user("Otto Outsider").user_permissions.add(Permission.objects.get(codename="add_fund"))
    User.objects.create_superuser("root@foundation.example", name="Root")
    found = User.objects.with_permission(permission)
    assert sorted(str(user) for user in found) == sorted(
        str(user) for user in User.objects.all() if user.has_perm(permission)
    )
