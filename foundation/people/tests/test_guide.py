"""The guide's table of roles is what the code grants, line by line."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from foundation.people.roles import Role, role_permissions

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "people-and-roles.md"

pytestmark = pytest.mark.django_db


def table() -> str:
    """Return the Markdown table: one line a permission, one column a role."""
    labels = [app.label for app in apps.get_app_configs() if role_permissions(app)]
    granted = {
        role: set(Group.objects.get(name=role.label).permissions.values_list("pk", flat=True))
        for role in Role
    }
    lines = [
        "| may | " + " | ".join(role.label for role in Role) + " |",
        "| --- |" + " :-: |" * len(Role),
    ]
    permissions = Permission.objects.filter(content_type__app_label__in=labels)
    for permission in permissions.order_by("content_type__app_label", "content_type__model", "codename"):
        marks = " | ".join("●" if permission.pk in granted[role] else " " for role in Role)
        lines.append(f"| {permission.name.removeprefix('Can ')} | {marks} |")
    return "\n".join(lines)


def test_guide_shows_exactly_what_each_role_may_do():
    assert table() in GUIDE.read_text(), f"Put this table into {GUIDE.name}:\n{table()}"
