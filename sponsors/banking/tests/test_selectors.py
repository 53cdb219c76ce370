from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sponsors.banking.models import BankLine
from sponsors.banking.selectors import alike_of, matches_of, next_waiting, preselected
from sponsors.banking.services import confirm_match, set_aside
from sponsors.banking.tests.factories import bank_account, bank_line, imported, row, statement_of
from sponsors.commitments.tests.factories import charge_of, charged, received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db


def of(line):
    return matches_of([line])[line.pk]


def test_a_quoted_number_and_the_amount_lead_to_the_commitment():
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    (match,) = of(bank_line(60_000, Reference=f"Support {commitment.number}"))
    assert (match.sponsor.name, match.commitment, match.key) == (
        "Acme",
        commitment,
        f"commitment-{commitment.pk}",
    )
    assert match.title == f"Acme: {commitment.number}"
    assert match.reasons == (
        f"the reference names {commitment.number}",
        f"same amount as {commitment.number}/1",
    )


def test_a_named_invoice_leads_to_what_it_asks_for(finance):
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    invoice = charged(commitment, 500, on=date(2024, 1, 15))
    line = bank_line(500, Reference=f"{invoice.number}, thanks")

    (match,) = of(line)

    assert (match.key, match.title) == (
        f"invoice-{invoice.pk}",
        f"Acme: {invoice.number}, of {commitment.number}",
    )
    assert match.reasons == (f"the reference names {invoice.number}", f"what is left of {invoice.number}")
    confirm_match(
        actor=finance,
        line=line,
        sponsor=match.sponsor,
        commitment=match.commitment,
        invoice=match.invoice,
        today=date(2024, 6, 1),
    )
    assert charge_of(invoice).paid == 500
    assert not of(bank_line(500, Reference=invoice.number))


def test_a_name_leads_to_the_sponsor_legal_form_aside():
    sponsor = SponsorFactory(name="Acme Cloud", legal_name="")
    other = SponsorFactory(name="Else", legal_name="ACME Cloud Ltd")
    found = of(bank_line(5, Payer="Acme Cloud, Inc."))
    assert [(match.sponsor, match.key, match.title) for match in found] == [
        (sponsor, f"sponsor-{sponsor.pk}", "Acme Cloud"),
        (other, f"sponsor-{other.pk}", "Else"),
    ]


def test_who_paid_before_is_known_again(finance):
    sponsor = SponsorFactory(name="Acme")
    confirm_match(actor=finance, line=bank_line(Payer="Holding 7"), sponsor=sponsor, today=date(2024, 6, 1))
    (match,) = of(bank_line(7, Payer="Holding 7"))
    assert (match.sponsor, match.reasons) == (sponsor, ("the payer paid for this sponsor before",))


def test_a_receipt_recorded_by_hand_is_offered_once():
    receipt = received(SponsorFactory(name="Acme"), 100, on=date(2024, 2, 3), reference="R-1")
    (match,) = of(bank_line())
    assert (match.receipt, match.key) == (receipt, f"receipt-{receipt.pk}")
    assert match.title == "Acme: the receipt bank R-1 of USD 100.00"


def test_enter_confirms_neither_when_money_may_be_recorded_already_and_may_be_new():
    commitment = signed_commitment(SponsorFactory(name="Acme"), years=2)
    receipt = received(commitment.sponsor, 60_000, on=date(2024, 1, 30), reference="R-1")
    found = of(bank_line(60_000, Payer="Acme Inc.", Reference=commitment.number))
    assert [match.key for match in found] == [f"receipt-{receipt.pk}", f"commitment-{commitment.pk}"]
    assert preselected(found) is None
    assert [preselected([match]) for match in found] == found
    assert preselected([]) is None


def test_the_same_money_of_another_file_is_shown_beside_the_proposals(finance):
    commitment = signed_commitment(SponsorFactory(name="Acme"), years=2)
    first = bank_line(60_000, Id="")
    done = imported(row(60_000, Reference=commitment.number), row(60_000))
    second, twin = statement_of(done).lines.order_by("pk")
    bank_line(60_000, account=bank_account("other"))
    bank_line(60_000, Date="2024-02-02")
    assert alike_of([first, second]) == {first.pk: [second, twin], second.pk: [first]}
    assert preselected(of(second)) is not None
    assert preselected(of(second), alike_of([second])[second.pk]) is None
    set_aside(actor=finance, line=first, reason="Twice")
    first.refresh_from_db()
    assert alike_of([first, second]) == {}


def test_only_open_lines_of_money_in_are_proposed_for(finance):
    aside = set_aside(actor=finance, line=bank_line(), reason="Interest")
    assert matches_of([aside, bank_line(-100)]) == {}
    assert of(bank_line(Payer="Nobody")) == []


def test_a_page_of_lines_costs_the_same_as_one():
    for number in range(4):
        sponsor = SponsorFactory(name=f"Sponsor {number}")
        signed_commitment(sponsor, yearly_amount=1000 + number)
        received(sponsor, Decimal(1000 + number), allocate="none", on=date(2024, 2, 1))
    imported(
        *[row(1000 + n % 4, Payer=f"Sponsor {n % 4}", Reference=f"C-2024-000{n % 4 + 1}") for n in range(20)]
    )
    lines = list(BankLine.objects.all())
    costs = []
    for some in (lines[:1], lines):
        with CaptureQueriesContext(connection) as queries:
            found = matches_of(some)
            alike_of(some)
        costs.append(len(queries))
        assert all(found.values())
    assert costs[0] == costs[1]


def test_the_next_line_is_the_next_day_then_the_first_that_waits(finance):
    first, second, third = (bank_line(Date=f"2024-02-0{day}") for day in (1, 2, 3))
    bank_line(account=bank_account("other"), Date="2024-02-02")
    assert [next_waiting(line) for line in (first, second, third)] == [second, third, first]
    for line in (first, second):
        set_aside(actor=finance, line=line, reason="Interest")
    assert next_waiting(third) is None


def test_what_fits_by_its_amount_alone_is_left_to_a_person():
    signed_commitment(SponsorFactory(name="Acme"))
    found = of(bank_line(60_000, Payer="Somebody"))
    assert [match.reasons for match in found] == [("same amount as C-2024-0001/1",)]
    assert preselected(found) is None


def test_of_two_that_are_equally_likely_none_is_preselected():
    first = signed_commitment(SponsorFactory(name="Acme"))
    second = signed_commitment(first.sponsor)
    found = of(bank_line(60_000, Payer="Acme"))
    assert {match.commitment for match in found} == {first, second}
    assert preselected(found) is None
    assert preselected(of(bank_line(60_000, Payer="Acme", Reference=second.number))) is not None
