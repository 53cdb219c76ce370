"""Who may open which page of the admin site and do what there.

Complete by construction: pages and actions are enumerated from the site, and one without a row in
the tables below fails. Every list is asked for at one and at ten rows.
"""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.admin import BursarAdmin
from foundation.audit.object_actions import all_list_actions, all_object_actions
from foundation.exports.pages import ExportingAdmin
from foundation.people.roles import STAFF_ROLES, Role
from foundation.people.tests.factories import make_user
from tests.admin_rows import MAKE
from tests.admin_table import ACTIONS, LIST_ACTIONS, PAGES

pytestmark = pytest.mark.django_db


def registered():
    return {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def address(label, rest=""):
    return f"/admin/{label.replace('.', '/')}/{rest}"


LABELS = sorted(PAGES)
PEOPLE = [*Role, None]


def enter(signed_in, role):
    """Return a client of somebody with the role alone; None is somebody without any."""
    return signed_in(make_user("Visitor", *([role] if role else [])))


def expect(response, allowed, role):
    if role not in STAFF_ROLES:
        assert response.status_code in {302, 403}, response.status_code
        assert (
            response.status_code == 403
            or "/admin/" not in response.url.partition("?")[0]
            or "login" in response.url
        )
    elif allowed:
        assert response.status_code in {200, 302}, response.status_code
        assert "login" not in response.get("Location", "")
    else:
        assert response.status_code == 403, response.status_code


# The tables are complete -----------------------------------------------------------------------


def test_every_page_has_a_row():
    assert reverse("admin:index")
    assert set(PAGES) == set(MAKE) == set(registered())


def test_every_action_has_a_row():
    assert {
        f"{page.opts.label_lower} {action.name}" for page, action in all_object_actions(admin.site)
    } == set(ACTIONS)
    assert {f"{page.opts.label_lower} {action.name}" for page, action in all_list_actions(admin.site)} == set(
        LIST_ACTIONS
    )


# Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("label", LABELS)
def test_pages_open_to_their_roles_and_to_nobody_else(signed_in, label, role):
    rights, row = PAGES[label], MAKE[label](1)
    client = enter(signed_in, role)
    sees = role in rights.see
    listed = client.get(address(label))
    expect(listed, sees, role)
    # Some rows are private to their owner although the list is open: the list itself says which.
    shown = sees and row.pk in [other.pk for other in listed.context["cl"].result_list]
    if shown or not sees:
        expect(client.get(address(label, f"{row.pk}/change/")), sees, role)
        if hasattr(type(row), "pgh_event_model"):
            expect(client.get(address(label, f"{row.pk}/history/")), sees, role)
    expect(client.get(address(label, "add/")), role in rights.add, role)
    if isinstance(registered()[label], ExportingAdmin):
        expect(client.get(address(label, "export/")), sees, role)


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("label", LABELS)
def test_pages_write_for_their_roles_and_for_nobody_else(signed_in, label, role):
    rights, row = PAGES[label], MAKE[label](1)
    client = enter(signed_in, role)
    expect(client.post(address(label, f"{row.pk}/change/"), {}), role in rights.change, role)
    expect(client.post(address(label, "add/"), {}), role in rights.add, role)
    expect(client.post(address(label, f"{row.pk}/delete/"), {"post": "yes"}), allowed=False, role=role)


# Actions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("method", ["get", "post"])
def test_actions_are_open_to_their_roles_and_to_nobody_else(signed_in, action, role, method):
    label, _space, name = action.partition(" ")
    row = MAKE[label](1)
    response = getattr(enter(signed_in, role), method)(address(label, f"{row.pk}/do/{name}/"))
    expect(response, role in ACTIONS[action], role)


@pytest.mark.parametrize("role", sorted(STAFF_ROLES), ids=str)
@pytest.mark.parametrize("action", sorted(LIST_ACTIONS))
def test_list_actions_are_offered_to_their_roles_and_to_nobody_else(signed_in, action, role):
    label, _space, name = action.partition(" ")
    row = MAKE[label](1)
    client = enter(signed_in, role)
    response = client.post(address(label), {"action": name, "index": "0", "_selected_action": [row.pk]})
    if role in LIST_ACTIONS[action]:
        assert response.status_code == 200
        assert 'name="confirmed"' in response.content.decode()
    else:
        assert response.status_code in {302, 403} or 'name="confirmed"' not in response.content.decode()


# What a list costs -----------------------------------------------------------------------------

# There is one organization.
GROWING = [label for label in LABELS if label != "foundation.organization"]


@pytest.mark.parametrize("label", GROWING)
def test_a_list_costs_the_same_at_one_and_at_ten_rows(signed_in, label):
    client = enter(signed_in, Role.ADMINISTRATOR)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address(label))
        return len(queries), response.context["cl"].result_count

    MAKE[label](1)
    cost()
    few, rows = cost()
    for number in range(2, 11):
        MAKE[label](number)
    many, more_rows = cost()
    assert more_rows == rows + 9
    assert many == few


def test_every_empty_list_says_what_belongs_in_it():
    pages = [page for page in admin.site._registry.values() if isinstance(page, BursarAdmin)]
    assert pages
    assert [page for page in pages if not page.empty_list] == []
