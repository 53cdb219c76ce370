"""Who may open which page of the admin site and do what there.

Complete by construction: pages and actions are enumerated from the site, and one without a row in
the tables below fails. Every list is asked for at one and at ten rows.
"""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, transaction
from django.template.response import SimpleTemplateResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.admin import BursarAdmin
from foundation.audit.object_actions import all_list_actions, all_object_actions
from foundation.exports.pages import ExportingAdmin
from foundation.people.roles import STAFF_ROLES, Role
from tests.admin_rows import MAKE
from tests.admin_table import ACTIONS, LIST_ACTIONS, PAGES

pytestmark = pytest.mark.django_db


def registered():
    return {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def address(label, rest=""):
    return f"/admin/{label.replace('.', '/')}/{rest}"


LABELS = sorted(PAGES)


def answer(response):
    """Return whether the page was open or closed to the visitor, or what else came of it."""
    target = response.get("Location", "").partition("?")[0]
    if response.status_code == 403 or (response.status_code == 302 and "login" in target):
        return "closed"
    return "open" if response.status_code in {200, 302} else response.status_code


def visit(client, method, path, data=None):
    """Ask for the page and take back what was written, so that the next visitor finds the same."""
    with transaction.atomic():
        response = getattr(client, method)(path, data)
        transaction.set_rollback(True)
    return response


def rights_of(label):
    """Return what each role may do on the pages of a model, and see of what names it, by the tables."""
    cells = {"see": PAGES[label].see, "add": PAGES[label].add, "change": PAGES[label].change}
    # A page tells of such rows too, or leads to them, for those who may see them.
    naming = {named.related_model._meta.label_lower for named in apps.get_model(label)._meta.related_objects}
    cells |= {f"see {other}": PAGES[other].see for other in naming & PAGES.keys()}
    actions = {key: who for key, who in (ACTIONS | LIST_ACTIONS).items() if key.partition(" ")[0] == label}
    return {role: frozenset(key for key, who in (cells | actions).items() if role in who) for role in Role}


@pytest.fixture
def visits(visitors, monkeypatch):
    """Return a function that gives each visitor's response, drawn for one of those who may do the same there.

    Whether a page opens is decided before it is drawn, which takes most of its time and looks at rights again, for
    buttons and read-only fields. The sidebar, which has more to do with the role, is drawn below for each of them.
    """

    def visit_all(label, method, rest="", data=None, *, by=visitors):
        rights, drawn, responses = rights_of(label), set(), {}
        for who, client in by.items():
            may = rights.get(who)
            with monkeypatch.context() as patched:
                if may in drawn:
                    patched.setattr(SimpleTemplateResponse, "rendered_content", "")
                responses[who] = visit(client, method, address(label, rest), data)
            drawn.add(may)
        return responses

    return visit_all


def answers(responses):
    return {who: answer(response) for who, response in responses.items()}


def expected(visitors, allowed):
    """Return what the table says of each visitor; whoever is not staff finds every page closed."""
    return {who: "open" if who in STAFF_ROLES and who in allowed else "closed" for who in visitors}


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


@pytest.mark.parametrize("label", LABELS)
def test_pages_open_to_their_roles_and_write_for_theirs_and_for_nobody_else(visitors, visits, label):
    rights, row, page = PAGES[label], MAKE[label](1), registered()[label]
    lists = visits(label, "get")
    assert answers(lists) == expected(visitors, rights.see)
    if isinstance(page, ExportingAdmin):
        assert answers(visits(label, "get", "export/")) == expected(visitors, rights.see)
    assert answers(visits(label, "get", "add/")) == expected(visitors, rights.add)
    # Some rows are private to their owner although the list is open: the list itself says which.
    shown = {
        who: client
        for who, client in visitors.items()
        if who not in rights.see or row.pk in shown_on(lists[who])
    }
    of_the_row = ["change/", *(["history/"] if hasattr(type(row), "pgh_event_model") else [])]
    for rest in of_the_row:
        found = answers(visits(label, "get", f"{row.pk}/{rest}", by=shown))
        assert found == expected(shown, rights.see), rest
    for rest, sent, allowed in (
        (f"{row.pk}/change/", {}, rights.change),
        ("add/", {}, rights.add),
        (f"{row.pk}/delete/", {"post": "yes"}, ()),
    ):
        assert answers(visits(label, "post", rest, sent)) == expected(visitors, allowed), rest


def shown_on(listed):
    if listed.status_code == 302:  # a list of the only row leads to it at once
        return [int(listed.url.split("/")[-3])]
    return [row.pk for row in listed.context_data["cl"].result_list]


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_the_first_page_and_its_sidebar_are_drawn_for_each_role(visitors, role):
    page = visitors[role].get("/admin/")
    assert page.status_code == 200
    assert 'href="/admin/"' in page.content.decode()


# Actions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", sorted({action.partition(" ")[0] for action in ACTIONS}))
def test_actions_are_open_to_their_roles_and_to_nobody_else(visitors, visits, label):
    row = MAKE[label](1)
    for action, allowed in sorted(ACTIONS.items()):
        of, _space, name = action.partition(" ")
        for method in ("get", "post") if of == label else ():
            found = answers(visits(label, method, f"{row.pk}/do/{name}/"))
            assert found == expected(visitors, allowed), (action, method)


@pytest.mark.parametrize("action", sorted(LIST_ACTIONS))
def test_list_actions_are_offered_to_their_roles_and_to_nobody_else(visitors, action):
    label, _space, name = action.partition(" ")
    chosen = {"action": name, "index": "0", "_selected_action": [MAKE[label](1).pk]}
    answers = {
        who: client.post(address(label), chosen) for who, client in visitors.items() if who in STAFF_ROLES
    }
    assert {who: given.status_code for who, given in answers.items() if who in LIST_ACTIONS[action]} == (
        dict.fromkeys(LIST_ACTIONS[action], 200)
    )
    offered = {who for who, given in answers.items() if 'name="confirmed"' in given.content.decode()}
    assert offered == set(LIST_ACTIONS[action])
    assert {answers[who].status_code for who in answers.keys() - offered} <= {200, 302, 403}


# What a list costs -----------------------------------------------------------------------------

# Of these there is one row.
GROWING = [label for label in LABELS if label not in {"foundation.organization", "sponsors.renewalsettings"}]


@pytest.mark.parametrize("label", GROWING)
def test_a_list_costs_the_same_at_one_and_at_ten_rows(visitors, label):
    client = visitors[Role.ADMINISTRATOR]

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
