"""What settled an installment, on its page: what paid it, what asks for it, what was given up."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sponsors.commitments.selectors import settling
from sponsors.commitments.services import take_back_allocations
from sponsors.commitments.tests.factories import (
    START,
    charge_of,
    charged,
    colleague,
    credited,
    invoiced,
    proposed_write_off,
    received,
    signed_commitment,
    written_off,
)

pytestmark = pytest.mark.django_db
TODAY = date(2024, 6, 1)


@pytest.fixture
def installment():
    return signed_commitment(years=2, yearly_amount=1000).installments.order_by("position")[0]


def everything(installment):
    return settling(installment, TODAY, receipts=True, invoices=True, write_offs=True)


def test_all_that_settled_it_is_told_and_what_was_taken_back_is_not(installment):
    first = invoiced(installment)
    credited(first)
    again = invoiced(installment)
    sponsor = installment.commitment.sponsor
    kept = received(sponsor, 300)
    wrong = received(sponsor, 200)
    take_back_allocations(actor=colleague(), allocations=list(wrong.allocations.all()), today=START)
    given_up = written_off(installment, 50)
    waiting = proposed_write_off(installment, 20)
    told = everything(installment)
    assert [(row.receipt, row.amount) for row in told.allocations] == [(kept, 300)]
    assert [(invoice.number, invoice.state) for _line, invoice in told.lines] == [
        (first.number, "credited"),
        (again.number, "overdue"),
    ]
    assert told.write_offs == (given_up, waiting)


def test_what_is_not_asked_for_is_not_read(installment):
    with CaptureQueriesContext(connection) as queries:
        told = settling(installment, TODAY, receipts=False, invoices=False, write_offs=False)
    assert (told.allocations, told.lines, told.write_offs, len(queries)) == (None, None, None, 0)


def test_it_costs_the_same_whatever_became_of_it(installment):
    sponsor = installment.commitment.sponsor
    for amount in (10, 20, 30):
        received(sponsor, amount)
        credited(invoiced(installment))
        written_off(installment, amount)
    with CaptureQueriesContext(connection) as queries:
        for allocation in everything(installment).allocations:
            assert allocation.receipt.sponsor_id == sponsor.pk
    assert len(queries) == 4


def test_the_page_leads_to_each_as_far_as_one_may_see_it(signed_in, finance, infrastructure, installment):
    receipt = received(installment.commitment.sponsor, 300, reference="R-300")
    invoice = invoiced(installment)
    written_off(installment, 50)
    page = reverse("admin:sponsors_installment_change", args=[installment.pk])
    shown = signed_in(finance).get(page).content.decode()
    assert reverse("admin:sponsors_receipt_change", args=[receipt.pk]) in shown
    assert reverse("admin:sponsors_invoice_change", args=[invoice.pk]) in shown
    assert "They closed." in shown
    hidden = signed_in(infrastructure).get(page).content.decode()
    for words in ("R-300", invoice.number, "They closed.", "What paid it", "Invoices that ask for it"):
        assert words not in hidden


def test_only_a_charge_says_what_only_charges_have(signed_in, finance, installment):
    charge = charge_of(charged(installment.commitment, 750))
    client = signed_in(finance)

    def shown(row):
        page = client.get(reverse("admin:sponsors_installment_change", args=[row.pk]))
        fieldsets = page.context["adminform"]
        return {cell.field["name"] for fieldset in fieldsets for line in fieldset for cell in line}

    assert shown(charge) - shown(installment) == {"description", "fund", "charged_on", "released_on"}
