"""The roles of a foundation and the permissions of each.

A role is a Django group. Each app lists what its roles may do in `<app>/roles.py`; every `migrate`
makes the groups and sets exactly these permissions, so that the table in code is the truth.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import models
from django.utils.module_loading import module_has_submodule


class Role(models.TextChoices):
    """Who somebody is in the foundation; the label is the group's name."""

    ADMINISTRATOR = "administrator", "Administrator"
    FUNDRAISING = "fundraising", "Fundraising"
    FINANCE = "finance", "Finance"
    INFRASTRUCTURE = "infrastructure", "Infrastructure"
    GRANTS_OFFICER = "grants_officer", "Grants officer"
    REVIEWER = "reviewer", "Reviewer"
    AUDITOR = "auditor", "Auditor"


# Reviewers work on pages of their own and never see the admin site.
STAFF_ROLES = frozenset(set(Role) - {Role.REVIEWER})


def roles_named(names: Iterable[str]) -> frozenset[Role]:
    """Return the roles among groups of these names."""
    held = set(names)
    return frozenset(role for role in Role if role.label in held)


PermissionTable = Mapping[Role, frozenset[str]]


def role_permissions(app: AppConfig) -> PermissionTable:
    """Return the app's table: role to permission code names. Empty when the app lists none."""
    if not module_has_submodule(app.module, "roles"):
        return {}
    table: PermissionTable = import_module(f"{app.name}.roles").PERMISSIONS
    return table


def grant_role_permissions(sender: AppConfig, using: str = "default", **_: Any) -> None:
    """Make the groups and give each exactly the permissions of the app's table.

    Administrators get every permission of the app and auditors every `view_` one: both are rules,
    so a new model needs no new line here.
    """
    from django.contrib.auth.models import Group, Permission

    table = role_permissions(sender)
    if not table:
        return
    available = {
        permission.codename: permission
        for permission in Permission.objects.using(using).filter(content_type__app_label=sender.label)
    }
    unknown = set().union(*table.values()) - set(available)
    if unknown:
        msg = f"{sender.label}.roles names permissions that do not exist: {', '.join(sorted(unknown))}"
        raise LookupError(msg)
    for role in Role:
        wanted = set(table.get(role, frozenset()))
        if role is Role.ADMINISTRATOR:
            wanted = set(available)
        elif role is Role.AUDITOR:
            wanted = {name for name in available if name.startswith("view_")}
        group, _created = Group.objects.using(using).get_or_create(name=role.label)
        held = group.permissions.filter(content_type__app_label=sender.label)
        group.permissions.remove(*held.exclude(codename__in=wanted))
        group.permissions.add(*(available[name] for name in wanted))
