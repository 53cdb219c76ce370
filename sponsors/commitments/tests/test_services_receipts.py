"""Money received: what is refused, what it pays, and who is thanked."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from foundation.notices.models import Notice
from sponsors.commitments.models import Allocation, Receipt
from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.services import Part, allocate_receipt, record_receipt, reverse_receipt
from sponsors.commitments.tests.balances import paid, unapplied
from sponsors.commitments.tests.factories import (
    START,
    colleague,
    drafted_commitment,
    proposed_commitment,
    signed_commitment,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.models import Contact
from sponsors.directory.rules import SponsorIsMerged
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 1)


def record(sponsor, **changes):
    given: dict[str, Any] = {
        "actor": colleague(),
        "sponsor": sponsor,
        "amount": Decimal(100),
        "currency": "USD",
        "received_on": TODAY,
        "method": "wire",
        "source": "bank",
        "reference": "w-1",
        "today": TODAY,
    }
    return record_receipt(**given | changes)


# Recording ----------------------------------------------------------------------------------


def test_receipt_pays_the_oldest_installments_first_and_keeps_the_rest_as_credit(finance):
    commitment = signed_commitment(years=2)

    recorded = record(commitment.sponsor, amount=Decimal("130000.50"), actor=finance)

    assert paid(commitment) == [60_000, 60_000]
    assert unapplied(recorded.receipt) == Decimal("10000.50")
    assert [row.amount for row in recorded.allocations] == [60_000, 60_000]
    assert recorded.receipt.recorded_by == finance
    assert recorded.acknowledged_to is None


def test_oldest_first_goes_across_commitments_of_the_sponsor_and_currency_only():
    sponsor = SponsorFactory()
    late = signed_commitment(sponsor, starts_on=date(2025, 1, 1), years=1)
    early = signed_commitment(sponsor, years=1)
    euros = signed_commitment(sponsor, currency="EUR", years=1)
    other = signed_commitment(years=1)
    proposed = proposed_commitment(sponsor, years=1)

    record(sponsor, amount=Decimal(70_000))

    assert [paid(one) for one in (early, late, euros, other, proposed)] == [[60_000], [10_000], [0], [0], [0]]


def test_receipt_may_be_kept_as_credit():
    commitment = signed_commitment()

    recorded = record(commitment.sponsor, allocate="none")

    assert (recorded.allocations, unapplied(recorded.receipt)) == ([], 100)


def test_receipt_may_be_restricted_to_a_commitment():
    sponsor = SponsorFactory()
    signed_commitment(sponsor, years=1)
    chosen = signed_commitment(sponsor, starts_on=date(2025, 1, 1), years=1)

    record(sponsor, amount=Decimal(70_000), commitment=chosen)

    assert paid(chosen) == [60_000]
    assert Allocation.objects.count() == 1


def test_receipt_may_be_allocated_by_hand():
    commitment = signed_commitment(years=3)
    _first, second, third = commitment.installments.order_by("position")

    record(
        commitment.sponsor,
        amount=Decimal(100),
        allocate=[Part(third, Decimal(60)), Part(second, Decimal(40))],
    )

    assert paid(commitment) == [0, 40, 60]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"amount": Decimal(0)}, "amount", "must be more than zero"),
        ({"amount": Decimal(-5)}, "amount", "must be more than zero"),
        ({"amount": Decimal("NaN")}, "amount", "must be more than zero"),
        ({"amount": Decimal("1e14")}, "amount", "must be less than 100,000,000,000,000"),
        ({"amount": Decimal("10.001")}, "amount", "Amounts in USD have at most 2 decimals; 10.001 has more"),
        ({"amount": Decimal("0.5"), "currency": "JPY"}, "amount", "Amounts in JPY have no decimals"),
        ({"currency": "XXX"}, "currency", "not an ISO 4217 code"),
        ({"received_on": date(2025, 3, 2)}, "received_on", "is after today, 2025-03-01"),
        ({"received_on": date(1989, 12, 31)}, "received_on", "is before 1990"),
        ({"method": "barter"}, "method", "Choose one of wire, ach, card, check, other"),
        ({"source": "  "}, "source", "The source is missing"),
        ({"source": "our bank"}, "source", "letters, digits and hyphens"),
        ({"source": "b" * 41}, "source", "at most 40 fit"),
        ({"reference": ""}, "reference", "The reference is missing"),
        ({"reference": "r" * 101}, "reference", "at most 100 fit"),
        ({"payer": "p" * 201}, "payer", "at most 200 fit"),
        ({"note": "n" * 301}, "note", "at most 300 fit"),
    ],
)
def test_receipt_is_refused_with_a_sentence_and_nothing_is_written(changes, field, sentence):
    commitment = signed_commitment()

    with refused(sentence, field=field):
        record(commitment.sponsor, **changes)

    assert Receipt.objects.count() == 0


def test_receipt_of_a_merged_sponsor_is_refused():
    kept = SponsorFactory(name="Kept")
    absorbed = SponsorFactory(merged_into=kept)

    with refused("was merged into Kept. Use that", field="sponsor", kind=SponsorIsMerged):
        record(absorbed)


def test_reference_is_unique_in_its_source_and_the_earlier_receipt_is_named():
    sponsor = SponsorFactory(name="Fastly")
    record(sponsor, reference=" w-1 ", source="Bank")

    with refused(
        "bank w-1 is recorded already: USD 100.00 from Fastly on 2025-03-01",
        field="reference",
        kind=NotAllowedNow,
    ):
        record(SponsorFactory())
    record(sponsor, source="stripe")

    assert Receipt.objects.count() == 2


def test_reference_of_a_reversed_receipt_can_be_recorded_again():
    sponsor = SponsorFactory()
    wrong = record(sponsor, amount=Decimal(1000)).receipt
    reverse_receipt(actor=colleague(), receipt=wrong, reason="A zero too many", today=TODAY)

    assert record(sponsor).receipt.amount == 100


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda sponsor: signed_commitment(), "is of another sponsor"),
        (proposed_commitment, "is not signed, so nothing is due"),
        (drafted_commitment, "is not signed, so nothing is due"),
    ],
)
def test_money_pays_only_signed_commitments_of_its_sponsor(make, sentence):
    sponsor = SponsorFactory()
    commitment = make(sponsor)
    receipt = record(sponsor).receipt

    with refused(sentence, field="commitment"):
        record(sponsor, reference="w-2", commitment=commitment)
    with refused(sentence, field="commitment"):
        allocate_receipt(today=START, actor=colleague(), receipt=receipt, commitment=commitment)
    with refused(sentence, field="allocations"):
        allocate_receipt(
            today=START,
            actor=colleague(),
            receipt=receipt,
            allocate=[Part(commitment.installments.get(position=1), Decimal(1))],
        )

    assert (Receipt.objects.count(), Allocation.objects.count()) == (1, 0)


# Acknowledging ------------------------------------------------------------------------------


def test_acknowledgment_goes_to_the_billing_contact_in_the_same_transaction():
    commitment = signed_commitment(years=1, title="Platinum 2024")
    sponsor = commitment.sponsor
    ContactFactory(sponsor=sponsor, email="first@sponsor.example")
    ContactFactory(sponsor=sponsor, name="Bill", email="bill@sponsor.example", roles=[Contact.Role.BILLING])

    recorded = record(sponsor, amount=Decimal(70_000), acknowledge=True)

    notice = Notice.objects.get()
    assert recorded.acknowledged_to == notice.recipient == "bill@sponsor.example"
    assert notice.subject == "We received USD 70,000.00: thank you"
    assert (notice.subject_type, notice.subject_pk) == ("sponsors.receipt", recorded.receipt.pk)
    for body in (notice.body_text, notice.body_html):
        assert "Hello Bill," in body
        assert f"USD 60,000.00 for Platinum 2024 ({commitment.number}), due on January 1, 2024" in body
        assert "USD 10,000.00 is kept as credit" in body
        assert "Reference: w-1" in body


def test_acknowledgment_of_money_used_up_speaks_of_no_credit():
    commitment = signed_commitment()
    ContactFactory(sponsor=commitment.sponsor)

    record(commitment.sponsor, acknowledge=True)

    assert "credit" not in Notice.objects.get().body_text


@pytest.mark.parametrize(
    "contact",
    [
        {"email": ""},
        {"left_on": date(2025, 2, 28)},
        {"roles": [Contact.Role.TECHNICAL]},
    ],
)
def test_receipt_is_recorded_even_if_nobody_can_be_thanked(contact):
    sponsor = SponsorFactory()
    ContactFactory(sponsor=sponsor, **contact)

    assert record(sponsor, acknowledge=True).acknowledged_to is None
    assert Notice.objects.count() == 0


def test_nothing_is_mailed_when_the_receipt_is_refused():
    commitment = signed_commitment()
    ContactFactory(sponsor=commitment.sponsor)

    with refused("No installment was chosen", field="allocations"):
        record(commitment.sponsor, acknowledge=True, allocate=[])

    assert (Receipt.objects.count(), Notice.objects.count()) == (0, 0)
