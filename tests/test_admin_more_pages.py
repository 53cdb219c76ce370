"""Who may open the pages of the admin site beside lists, forms and histories; complete by construction."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.agreements.tests.factories import a_pdf
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.factories import cash_line, signed_commitment
from sponsors.inkind.services.valuations import add_evidence
from sponsors.inkind.tests import factories as gifts
from tests.admin_rows import MAKE
from tests.admin_table import MORE_PAGES
from tests.test_admin_access import registered

pytestmark = pytest.mark.django_db

USUAL = {"", "changelist", "add", "history", "delete", "change", "do", "export"}
# What stands in an address beside the row's own key.
MORE: dict[str, dict[str, Any]] = {
    "foundation.importrun template": {"name": "sponsors"},
    "sponsors.commitmentdocument pdf": {"number": 1, "which": "file"},
    "sponsors.ratecard tiers": {"number": 1},
    "sponsors.valuation evidence": {"number": 1},
}
# 405: the page takes a form only; whoever may come in is told so.
OPEN = {200, 405}


def a_signed_amendment():
    return proposed_amendment(
        signed_commitment(), signed_copy=a_pdf(), lines=[cash_line(299_999), cash_line(1)]
    )


def a_supported_valuation():
    valuation = MAKE["sponsors.valuation"](1)
    add_evidence(
        actor=make_user("Eve", Role.FINANCE), valuation=valuation, content=a_pdf(), file_name="a.pdf"
    )
    return valuation


RECORDS = {
    "sponsors.amendment document": a_signed_amendment,
    "sponsors.valuation evidence": a_supported_valuation,
}


def pages():
    """Return the pattern of each further page, by the label of its model and its name."""
    found = {}
    for label, page in registered().items():
        prefix = label.replace(".", "_") + "_"
        for pattern in page.get_urls():
            name = (pattern.name or "").removeprefix(prefix)
            if name not in USUAL:
                found[f"{label} {name}"] = (f"admin:{pattern.name}", pattern.pattern.converters)
    return found


def test_every_further_page_has_a_row():
    assert admin.site
    assert set(pages()) == set(MORE_PAGES), "add a row to MORE_PAGES in tests/admin_table.py"


@pytest.mark.parametrize("key", sorted(MORE_PAGES))
def test_further_pages_open_to_their_roles_and_to_nobody_else(visitors, key):
    label = key.partition(" ")[0]
    name, arguments = pages()[key]
    values: dict[str, Any] = dict(MORE.get(key, {}))
    for argument in arguments.keys() - values.keys():
        if argument == "line_id":
            values[argument] = gifts.gift_line().pk
        elif argument == "sponsor_id":
            values[argument] = gifts.gift_line().commitment.sponsor_id
        else:
            record = RECORDS[key]() if key in RECORDS else MAKE[label](1)
            values[argument] = record.pk
            if key == "sponsors.valuation evidence":
                values["number"] = record.evidence.get().pk
    path = reverse(name, kwargs=values)
    found = set()
    for role in Role:
        with transaction.atomic():
            answer = visitors[role].get(path)
            answer.getvalue()  # read to its end, a file is closed
            transaction.set_rollback(True)
        assert answer.status_code in OPEN | {302, 403, 404}, (role, answer.status_code)
        # A page that is made from a form leads back to the form.
        back_to_form = "/do/" in answer.get("Location", "")
        if answer.status_code in OPEN or back_to_form:
            found.add(role)
    assert found == MORE_PAGES[key], path
