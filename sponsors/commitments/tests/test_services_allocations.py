"""What receipts pay, by hand and later, and how it is undone."""

from datetime import date
from decimal import Decimal

import pytest

from sponsors.commitments.models import Receipt
from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.services import (
    Part,
    allocate_receipt,
    reverse_receipt,
    take_back_allocations,
    terminate,
)
from sponsors.commitments.tests.balances import paid, unapplied
from sponsors.commitments.tests.factories import START, colleague, received, signed_commitment
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 1)


# Allocating ---------------------------------------------------------------------------------


def test_rest_of_a_receipt_can_pay_what_was_signed_later():
    sponsor = SponsorFactory()
    receipt = received(sponsor, 70_000)
    commitment = signed_commitment(sponsor, years=2)

    written = allocate_receipt(today=START, actor=colleague(), receipt=receipt)

    assert [row.amount for row in written] == [60_000, 10_000]
    assert paid(commitment) == [60_000, 10_000]
    assert allocate_receipt(today=START, actor=colleague(), receipt=receipt) == []


def test_more_than_the_installment_needs_is_refused():
    commitment = signed_commitment()
    received(commitment.sponsor, 59_000)
    receipt = received(commitment.sponsor, 5_000, allocate="none")
    first = commitment.installments.get(position=1)

    with refused(
        f"Only USD 1,000.00 of installment {first} is still to be paid, not USD 1,000.01.",
        field="allocations",
    ):
        allocate_receipt(
            today=START, actor=colleague(), receipt=receipt, allocate=[Part(first, Decimal("1000.01"))]
        )

    assert unapplied(receipt) == 5_000


def test_more_than_the_receipt_has_left_is_refused():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    first, second, *_ = commitment.installments.all()
    allocate_receipt(today=START, actor=colleague(), receipt=receipt, allocate=[Part(first, Decimal(30))])

    with refused("sum to USD 71.00, but only USD 70.00 of the receipt is left", field="allocations"):
        allocate_receipt(
            today=START,
            actor=colleague(),
            receipt=receipt,
            allocate=[Part(first, Decimal(1)), Part(second, Decimal(70))],
        )

    assert paid(commitment)[:2] == [30, 0]


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [(Decimal(0), "must be more than zero"), (Decimal("0.001"), "at most 2 decimals")],
)
def test_allocated_amount_is_positive_and_exact(amount, sentence):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")

    with refused(sentence, field="allocations"):
        allocate_receipt(
            today=START,
            actor=colleague(),
            receipt=receipt,
            allocate=[Part(commitment.installments.get(position=1), amount)],
        )


def test_installment_is_given_once():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    first = commitment.installments.get(position=1)

    with refused(f"The installment {first} was given twice", field="allocations"):
        allocate_receipt(
            today=START, actor=colleague(), receipt=receipt, allocate=[Part(first, Decimal(1))] * 2
        )


def test_installment_released_by_termination_takes_no_money():
    commitment = signed_commitment(years=3)
    receipt = received(commitment.sponsor, 150_000, allocate="none")
    terminate(
        actor=colleague(),
        commitment=commitment,
        closed_on=date(2025, 1, 1),
        today=date(2025, 1, 1),
        reason="Sold",
    )
    _first, second, _third = commitment.installments.all()

    with refused(f"The installment {second} is no longer due", field="allocations"):
        allocate_receipt(today=START, actor=colleague(), receipt=receipt, allocate=[Part(second, Decimal(1))])
    allocate_receipt(today=START, actor=colleague(), receipt=receipt)

    assert paid(commitment) == [60_000, 0, 0]


# Taking back and reversing ------------------------------------------------------------------


def test_taken_back_allocation_leaves_both_sides_open_again():
    commitment = signed_commitment(years=2)
    receipt = received(commitment.sponsor, 70_000)
    first, second = receipt.allocations.all()

    (row,) = take_back_allocations(today=START, actor=colleague(), allocations=[second])

    assert (row.amount, row.reverses) == (-10_000, second)
    assert paid(commitment) == [60_000, 0]
    assert unapplied(receipt) == 10_000
    assert list(receipt.allocations.standing()) == [first]


def test_allocation_is_taken_back_once():
    receipt = received(signed_commitment().sponsor, 100)
    allocations = list(receipt.allocations.all())
    take_back_allocations(today=START, actor=colleague(), allocations=allocations)

    with refused("The allocation of USD 100.00 was taken back already", field="allocations"):
        take_back_allocations(today=START, actor=colleague(), allocations=allocations)


def test_row_that_takes_back_is_not_taken_back_itself():
    receipt = received(signed_commitment().sponsor, 100)
    (row,) = take_back_allocations(
        today=START, actor=colleague(), allocations=list(receipt.allocations.all())
    )

    with refused("was taken back already", field="allocations"):
        take_back_allocations(today=START, actor=colleague(), allocations=[row])


@pytest.mark.parametrize("how_many", [0, 2])
def test_allocations_of_one_receipt_are_taken_back_together(how_many):
    receipts = [received(signed_commitment().sponsor, 100) for _ in range(how_many)]

    with refused("allocations of one receipt", field="allocations"):
        take_back_allocations(
            today=START, actor=colleague(), allocations=[receipt.allocations.get() for receipt in receipts]
        )


def test_reversed_receipt_pays_nothing_and_its_row_stays():
    commitment = signed_commitment(years=2)
    receipt = received(commitment.sponsor, 130_000)

    reversal = reverse_receipt(actor=colleague(), receipt=receipt, reason=" Check bounced ", today=TODAY)

    receipt.refresh_from_db()
    assert receipt.is_reversed
    assert (reversal.reverses, reversal.amount, reversal.note) == (receipt, -130_000, "Check bounced")
    assert reversal.received_on == TODAY
    assert paid(commitment) == [0, 0]
    assert (unapplied(receipt), unapplied(reversal)) == (0, 0)
    assert not Receipt.objects.standing().exists()


def test_receipt_of_which_an_allocation_was_taken_back_can_be_reversed():
    receipt = received(signed_commitment().sponsor, 70_000)
    take_back_allocations(today=START, actor=colleague(), allocations=list(receipt.allocations.all())[:1])

    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=TODAY)

    assert Receipt.objects.with_allocated().get(pk=receipt.pk).allocated == 0


def test_reversal_needs_a_reason():
    receipt = received(signed_commitment().sponsor, 100)

    with refused("The reason is missing", field="reason"):
        reverse_receipt(actor=colleague(), receipt=receipt, reason=" ", today=TODAY)

    assert unapplied(receipt) == 0


def test_reversed_receipt_can_neither_be_reversed_nor_allocated_again():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    reversal = reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=TODAY)

    with refused("was reversed and pays nothing any more", field="receipt", kind=NotAllowedNow):
        reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=TODAY)
    with refused("was reversed and pays nothing any more", field="receipt", kind=NotAllowedNow):
        allocate_receipt(today=START, actor=colleague(), receipt=receipt)
    with refused("pays nothing itself", field="receipt", kind=NotAllowedNow):
        allocate_receipt(today=START, actor=colleague(), receipt=reversal)
