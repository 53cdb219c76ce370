"""Roles hold exactly the permissions of the tables in code."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from foundation.people.roles import Role, grant_role_permissions
from foundation.people.tests.factories import make_user


@pytest.mark.django_db
def test_auditor_sees_everything_and_changes_nothing(auditor):
    permissions = auditor.get_all_permissions()
    assert "sponsors.view_receipt" in permissions
    assert all(name.split(".")[1].startswith("view_") for name in permissions)


@pytest.mark.django_db
def test_fundraising_signs_but_does_not_record_money(fundraiser):
    assert fundraiser.has_perm("sponsors.sign_commitment")
    assert not fundraiser.has_perm("sponsors.add_receipt")


@pytest.mark.django_db
def test_a_permission_given_by_hand_is_taken_back_by_the_next_migrate(finance):
    group = Group.objects.get(name=Role.FUNDRAISING.label)
    group.permissions.add(Group.objects.get(name=Role.FINANCE.label).permissions.get(codename="add_receipt"))
    grant_role_permissions(sender=apps.get_app_config("sponsors"))
    assert not make_user("New Fundraiser", Role.FUNDRAISING).has_perm("sponsors.add_receipt")


@pytest.mark.django_db
def test_the_admin_site_opens_for_staff_only(reviewer, outsider, fundraiser):
    assert fundraiser.is_staff
    assert not reviewer.is_staff
    assert reviewer.sees_private_data
    assert not outsider.is_staff
    assert not outsider.sees_private_data


@pytest.mark.django_db
def test_permission_that_does_not_exist_stops_the_migrate(monkeypatch):
    monkeypatch.setattr("foundation.roles.PERMISSIONS", {Role.FINANCE: frozenset({"print_money"})})
    with pytest.raises(LookupError, match="print_money"):
        grant_role_permissions(sender=apps.get_app_config("foundation"))
