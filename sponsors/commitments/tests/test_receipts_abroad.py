"""Money in another currency than what it pays: the rate, its day, and the realized difference."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from foundation.money.conversion import NoRate
from foundation.money.services import import_reference_rates
from sponsors.commitments.models import Allocation, Receipt
from sponsors.commitments.rules import CommitmentError
from sponsors.commitments.services import Part, allocate_receipt, record_receipt, take_back_allocations
from sponsors.commitments.tests.factories import colleague, signed_commitment

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
PAID_ON = date(2026, 2, 10)


@pytest.fixture
def commitment():
    import_reference_rates(
        actor=None, file_name="r.csv", content=b"Date,USD,JPY\n2026-02-10,1.10,165\n", today=TODAY
    )
    return signed_commitment(years=5, yearly_amount=30_000)


def record(promised, amount, currency="EUR", **more):
    return record_receipt(
        actor=colleague(),
        sponsor=promised.sponsor,
        amount=Decimal(amount),
        currency=currency,
        received_on=more.pop("on", PAID_ON),
        method="wire",
        source="bank",
        reference=f"R-{Receipt.objects.count() + 1}",
        today=TODAY,
        **more,
    )


def test_euro_pays_dollars_at_the_rate_of_the_day_it_came(commitment):
    done = record(commitment, 10_000, commitment=commitment)
    (paid,) = done.allocations
    assert (paid.amount, paid.receipt_amount, paid.difference) == (11_000, 10_000, 0)
    assert (paid.rate, paid.rate_on, paid.booked_on) == (Decimal("1.1"), PAID_ON, PAID_ON)
    assert done.receipt.allocated == 10_000
    assert commitment.installments.order_by("position")[0].paid == 11_000


def test_what_is_left_stays_credit_in_its_own_currency(commitment):
    done = record(commitment, 150_000, commitment=commitment)
    assert sum(row.amount for row in done.allocations) == 150_000
    assert done.receipt.allocated == Decimal("136363.65")
    # Each installment of 30,000 takes 27,272.73, worth 30,000.003: no cent of difference.
    assert {row.difference for row in done.allocations} == {0}


def test_without_a_commitment_only_the_same_currency_is_paid(commitment):
    done = record(commitment, 10_000)
    assert done.allocations == []
    assert done.receipt.allocated == 0


def test_difference_is_realized_when_the_agreed_amount_settles_the_installment(commitment):
    receipt = record(commitment, 27_777, allocate="none").receipt
    first = commitment.installments.order_by("position")[0]
    part = Part(first, Decimal(30_000), Decimal(27_777))
    (paid,) = allocate_receipt(actor=colleague(), receipt=receipt, today=TODAY, allocate=[part])
    # 27,777 euro were worth 30,554.70 dollars when they came.
    assert paid.difference == Decimal("554.70")
    (back,) = take_back_allocations(actor=colleague(), allocations=[paid], today=TODAY)
    assert (back.amount, back.receipt_amount, back.difference) == (-30_000, -27_777, Decimal("-554.70"))
    receipt.refresh_from_db()
    assert receipt.allocated == 0


def test_by_hand_without_a_word_the_rate_says_what_is_used(commitment):
    receipt = record(commitment, 27_777, allocate="none").receipt
    first = commitment.installments.order_by("position")[0]
    (paid,) = allocate_receipt(
        actor=colleague(), receipt=receipt, today=TODAY, allocate=[Part(first, Decimal(1100))]
    )
    assert (paid.receipt_amount, paid.difference) == (1000, 0)


@pytest.mark.parametrize(
    ("amount", "used", "sentence"),
    [
        ("30000", "20000", "a difference of more than a fifth"),
        ("30000", "27777.001", "EUR"),
        ("30000", "-5", "used of the receipt"),
        ("30000.01", None, "Only USD 30,000.00"),
    ],
)
def test_slip_is_refused(commitment, amount, used, sentence):
    receipt = record(commitment, 50_000, allocate="none").receipt
    first = commitment.installments.order_by("position")[0]
    part = Part(first, Decimal(amount), Decimal(used) if used else None)
    with pytest.raises(CommitmentError) as refused:
        allocate_receipt(actor=colleague(), receipt=receipt, today=TODAY, allocate=[part])
    assert sentence in refused.value.message
    assert not Allocation.objects.exists()


def test_more_than_the_receipt_has_is_counted_in_its_currency(commitment):
    receipt = record(commitment, 1000, allocate="none").receipt
    first = commitment.installments.order_by("position")[0]
    with pytest.raises(CommitmentError, match=r"sum to EUR 1,818\.18, but only EUR 1,000\.00"):
        allocate_receipt(
            actor=colleague(), receipt=receipt, today=TODAY, allocate=[Part(first, Decimal(2000))]
        )


def test_in_one_currency_what_is_used_is_what_is_paid(commitment):
    receipt = record(commitment, 1000, "USD", allocate="none").receipt
    first = commitment.installments.order_by("position")[0]
    part = Part(first, Decimal(500), Decimal(400))
    with pytest.raises(CommitmentError, match="are in one currency"):
        allocate_receipt(actor=colleague(), receipt=receipt, today=TODAY, allocate=[part])
    (paid,) = allocate_receipt(
        actor=colleague(), receipt=receipt, today=TODAY, allocate=[Part(first, Decimal(500), Decimal(500))]
    )
    assert (paid.rate, paid.receipt_amount) == (None, 500)


def test_without_a_rate_nothing_is_written(commitment):
    with pytest.raises(NoRate, match="from CHF to USD for 2026-02-10"):
        record(commitment, 1000, "CHF", commitment=commitment)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": None, "rate_on": None},
        {"rate": Decimal("1.2")},
        {"difference": Decimal(5)},
        {"booked_on": date(2026, 2, 9)},
        {"rate_on": None},
        {"receipt_amount": Decimal(-1000)},
    ],
)
def test_database_holds_amount_rate_and_difference_together(commitment, wrong):
    receipt = record(commitment, 10_000, allocate="none").receipt
    row = {
        "receipt": receipt,
        "installment": commitment.installments.order_by("position")[0],
        "amount": Decimal(1100),
        "receipt_amount": Decimal(1000),
        "rate": Decimal("1.1"),
        "rate_on": PAID_ON,
        "difference": Decimal(0),
        "booked_on": TODAY,
        "allocated_by": colleague(),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(**row | wrong)
    Allocation.objects.create(**row)
