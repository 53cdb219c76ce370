"""What people look for on the pages of the admin site: where they are, where they came from, which unit."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.admin import BursarAdmin
from foundation.money.models import ExchangeRate
from sponsors.commitments.tests.factories import invoiced, received, signed_commitment, written_off

pytestmark = pytest.mark.django_db

INSTALLMENTS = reverse("admin:sponsors_installment_changelist")


def crumbs(client, address):
    """Return the addresses in the head of the page."""
    content = client.get(address).content.decode()
    head = content[content.index("<h1") : content.index("</h1>")]
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', head)]


def active(client, address):
    groups = client.get(address).context["sidebar_navigation"]
    return [item["title"] for group in groups for item in group["items"] if item.get("active")]


def test_every_list_that_can_be_searched_says_what_is_looked_through():
    silent = [
        label.label
        for label, page in ((model._meta, page) for model, page in admin.site._registry.items())
        if isinstance(page, BursarAdmin) and page.search_fields and not page.search_help_text
    ]
    assert not silent


def test_one_entry_of_the_sidebar_is_where_one_is(signed_in, finance):
    client = signed_in(finance)
    assert active(client, "/admin/") == ["Today"]
    assert active(client, INSTALLMENTS) == ["Installments"]
    assert active(client, f"{INSTALLMENTS}aged-debt/") == ["Aged debt"]
    assert active(client, reverse("admin:sponsors_receipt_by_year")) == ["Money by year"]
    assert active(client, reverse("admin:sponsors_receipt_add")) == ["Receipts"]


def test_the_head_of_a_page_leads_back_to_the_list_as_it_was_left(signed_in, finance):
    client = signed_in(finance)
    row = signed_commitment().installments.all()[0]
    page = reverse("admin:sponsors_installment_change", args=[row.pk])
    assert crumbs(client, page)[0] == f"{INSTALLMENTS}?due=open"
    kept = f"{page}?_changelist_filters=due%3Doverdue%26q%3Dx"
    assert crumbs(client, kept)[0] == f"{INSTALLMENTS}?due=overdue&q=x"
    assert f'href="{INSTALLMENTS}?due=overdue&amp;q=x"' in client.get(kept).content.decode()
    # Nothing but a query can be smuggled in.
    assert (
        crumbs(client, f"{page}?_changelist_filters=%22%3E%3Cb%3E")[0]
        == f"{INSTALLMENTS}?&quot;&gt;&lt;b&gt;"
    )


def test_a_list_without_filters_of_its_own_is_led_to_plainly(signed_in, finance):
    page = reverse("admin:sponsors_commitment_change", args=[signed_commitment().pk])
    assert crumbs(signed_in(finance), page)[0] == reverse("admin:sponsors_commitment_changelist")


def test_an_amount_that_is_asked_for_says_its_currency(signed_in, finance):
    client = signed_in(finance)
    commitment = signed_commitment(years=2, yearly_amount=1000, currency="EUR")
    first, second = commitment.installments.order_by("position")
    asked = {
        reverse("admin:sponsors_invoice_do", args=[invoiced(first).pk, "credit"]),
        reverse("admin:sponsors_installment_do", args=[first.pk, "write-off"]),
        reverse("admin:sponsors_writeoff_do", args=[written_off(second, 10).pk, "recover"]),
    }
    for address in asked:
        assert client.get(address).context["form"].fields["amount"].label == "Amount in EUR", address


def test_what_cannot_be_done_has_no_button(signed_in, finance):
    commitment = signed_commitment(years=1, yearly_amount=1000)
    receipt = received(commitment.sponsor, 1500)
    page = reverse("admin:sponsors_receipt_do", args=[receipt.pk, "allocate"])
    content = signed_in(finance).get(page).content.decode()
    assert "The money stays as credit until one is." in content
    assert "Cancel" in content
    assert not re.search(r'<button type="submit"[^>]*>Allocate by hand', content)


def test_the_list_of_rates_does_not_read_all_of_them(signed_in, finance):
    ExchangeRate.objects.create(day="2026-02-10", currency="USD", rate="1.1")
    client = signed_in(finance)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(reverse("admin:foundation_exchangerate_changelist"))
    assert not [query["sql"] for query in asked if "DISTINCT" in query["sql"] or "MIN(" in query["sql"]]
