"""What is still to be paid of an invoice when some of it was credited, and how much one may ask for."""

from decimal import Decimal

import pytest

from sponsors.commitments.models import Invoice
from sponsors.commitments.services import FreeLine, InvoiceRequest, issue_invoice
from sponsors.commitments.tests.factories import (
    START,
    colleague,
    credited,
    general_fund,
    invoiced,
    received,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def commitment():
    return signed_commitment(years=2)


def test_what_is_credited_and_written_off_of_one_amount_is_given_up_once(commitment):
    first = commitment.installments.select_related("commitment").get(position=1)
    invoice = invoiced(first)
    credited(invoice, 10_000)
    written_off(first, 10_000)

    assert Invoice.objects.with_settled().get().outstanding == 50_000
    received(commitment.sponsor, 40_000)
    assert Invoice.objects.to_be_paid().get().outstanding == 10_000
    received(commitment.sponsor, 10_000)
    assert not Invoice.objects.to_be_paid().exists()


def test_sum_of_an_invoice_has_a_limit(commitment):
    lines = [
        FreeLine(description="Booth", amount=Decimal(99_999_999_999_999), fund=general_fund())
        for _ in range(2)
    ]
    request = InvoiceRequest(commitment=commitment, free_lines=lines, due_on=START)
    with refused("The sum of the invoice must be less than", field="free_lines"):
        issue_invoice(actor=colleague(), request=request, today=START)
