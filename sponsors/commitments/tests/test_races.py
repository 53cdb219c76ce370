"""Two people at the same moment: real threads, real transactions, totals exact."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from sponsors.commitments.models import Allocation, Commitment, CommitmentLine, Installment, Receipt
from sponsors.commitments.rules import CommitmentError, NotAllowedNow, State
from sponsors.commitments.services import (
    Part,
    allocate_receipt,
    draft_commitment,
    end_all_over,
    propose,
    record_receipt,
    renew_commitment,
    reverse_receipt,
    revise_draft,
    sign,
    take_back_allocations,
)
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    drafted_commitment,
    proposed_commitment,
    received,
    signed_commitment,
    yearly,
)
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(results):
    """Return the results by kind: what went well, and the errors."""
    errors = [result for result in results if isinstance(result, Exception)]
    return [result for result in results if not isinstance(result, Exception)], errors


def record(sponsor, amount, reference, **options):
    return record_receipt(
        actor=colleague(),
        sponsor=sponsor,
        amount=Decimal(amount),
        currency="USD",
        received_on=START,
        method="wire",
        source="bank",
        reference=reference,
        today=START,
        **options,
    ).receipt


def paid_and_unapplied():
    paid = sum(row.paid for row in Installment.objects.with_paid())
    unapplied = sum(row.unapplied for row in Receipt.objects.with_allocated())
    return paid, unapplied


def test_two_receipts_for_one_installment_pay_it_once():
    commitment = signed_commitment(years=1)

    results = at_once(*[lambda n=n: record(commitment.sponsor, 40_000, f"w-{n}") for n in range(4)])

    assert outcomes(results)[1] == []
    assert paid_and_unapplied() == (60_000, 100_000)


def test_two_receipts_by_hand_for_one_installment_pay_it_once():
    commitment = signed_commitment(years=1)
    installment = commitment.installments.get()
    receipts = [received(commitment.sponsor, 40_000, allocate="none") for _ in range(2)]

    done, errors = outcomes(
        at_once(
            *[
                lambda receipt=receipt: allocate_receipt(
                    today=START,
                    actor=colleague(),
                    receipt=receipt,
                    allocate=[Part(installment, Decimal(40_000))],
                )
                for receipt in receipts
            ]
        )
    )

    assert len(done) == 1
    assert [error.code for error in errors] == ["more_than_due"]
    assert paid_and_unapplied() == (40_000, 40_000)


def test_one_receipt_allocated_twice_at_once_pays_once():
    commitment = signed_commitment(years=3)
    receipt = received(commitment.sponsor, 70_000, allocate="none")

    results = at_once(*[lambda: allocate_receipt(today=START, actor=colleague(), receipt=receipt)] * 3)

    assert outcomes(results)[1] == []
    assert paid_and_unapplied() == (70_000, 0)


def test_receipts_crossing_several_installments_do_not_wait_for_each_other():
    commitment = signed_commitment(years=10, yearly_amount=10)
    rows = list(commitment.installments.order_by("position"))
    receipts = [received(commitment.sponsor, 50, allocate="none") for _ in range(2)]
    orders = [rows, rows[::-1]]

    results = at_once(
        *[
            lambda receipt=receipt, order=order: allocate_receipt(
                today=START,
                actor=colleague(),
                receipt=receipt,
                allocate=[Part(row, Decimal(5)) for row in order],
            )
            for receipt, order in zip(receipts, orders, strict=True)
        ]
    )

    assert outcomes(results)[1] == []
    assert paid_and_unapplied() == (100, 0)


def test_one_reference_is_recorded_once():
    sponsors = [SponsorFactory(), SponsorFactory()]
    colleague()

    done, errors = outcomes(at_once(*[lambda sponsor=s: record(sponsor, 10, "w-1") for s in sponsors]))

    assert len(done) == 1
    assert [error.code for error in errors] == ["reference_exists"]


def draft(sponsor, line, *, fail=False):
    with transaction.atomic():
        commitment = draft_commitment(
            actor=colleague(),
            sponsor=sponsor,
            title="Gold",
            starts_on=START,
            ends_before=date(2026, 1, 1),
            lines=[line],
            schedule=yearly(),
            today=START,
        )
        if fail:
            raise ZeroDivisionError
    return commitment


def test_numbers_are_unique_and_gapless_also_when_one_rolls_back():
    sponsors = [SponsorFactory() for _ in range(6)]
    line = cash_line(100)
    colleague()

    done, errors = outcomes(
        at_once(*[lambda n=n, s=s: draft(s, line, fail=n == 2) for n, s in enumerate(sponsors)])
    )

    assert [type(error) for error in errors] == [ZeroDivisionError]
    assert sorted(commitment.number for commitment in done) == [f"C-2024-{n:04}" for n in range(1, 6)]


def test_commitment_is_signed_once():
    commitment = proposed_commitment()

    done, errors = outcomes(
        at_once(
            *[
                lambda day=day: sign(actor=colleague(), commitment=commitment, signed_on=day, today=day)
                for day in (date(2024, 1, 2), date(2024, 1, 3))
            ]
        )
    )

    assert len(done) == 1
    assert [type(error) for error in errors] == [NotAllowedNow]
    assert Commitment.objects.get().signed_on == done[0].signed_on


def test_commitment_is_renewed_once():
    commitment = signed_commitment()

    done, errors = outcomes(
        at_once(*[lambda: renew_commitment(actor=colleague(), commitment=commitment, today=START)] * 2)
    )

    assert len(done) == 1
    assert [error.code for error in errors] == ["already_renewed"]


def test_draft_is_either_changed_or_proposed_first_and_sums_up_either_way():
    commitment = drafted_commitment()
    line = cash_line(50)

    results = at_once(
        lambda: propose(actor=colleague(), commitment=commitment, today=START),
        lambda: revise_draft(actor=colleague(), commitment=commitment, lines=[line], schedule=yearly()),
    )

    assert all(isinstance(error, CommitmentError | NotAllowedNow) for error in outcomes(results)[1])
    assert Commitment.objects.get().state == State.PROPOSED
    lines = sum(row.amount for row in CommitmentLine.objects.all())
    assert lines == sum(row.amount for row in Installment.objects.all())


def test_reversal_and_allocation_leave_nothing_paid_by_a_reversed_receipt():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 70_000, allocate="none")

    results = at_once(
        lambda: reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=START),
        lambda: allocate_receipt(today=START, actor=colleague(), receipt=receipt),
    )

    assert all(error.code == "receipt_reversed" for error in outcomes(results)[1])
    assert paid_and_unapplied() == (0, 0)


def test_receipt_is_reversed_once():
    receipt = received(signed_commitment().sponsor, 70_000)

    done, errors = outcomes(
        at_once(
            *[lambda: reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=START)] * 2
        )
    )

    assert (len(done), [error.code for error in errors]) == (1, ["receipt_reversed"])
    assert sum(Receipt.objects.values_list("amount", flat=True)) == 0


def test_allocation_is_taken_back_once():
    receipt = received(signed_commitment().sponsor, 70_000)
    allocations = list(receipt.allocations.all())

    done, errors = outcomes(
        at_once(*[lambda: take_back_allocations(today=START, actor=colleague(), allocations=allocations)] * 2)
    )

    assert (len(done), [error.code for error in errors]) == (1, ["taken_back_already"])
    assert sum(Allocation.objects.values_list("amount", flat=True)) == 0


def test_two_sweeps_end_each_commitment_once():
    for _ in range(4):
        signed_commitment(years=1)

    results = at_once(*[lambda: end_all_over(actor=None, today=date(2025, 1, 1))] * 2)

    assert outcomes(results)[1] == []
    assert sum(results) == 4
    assert Commitment.objects.filter(state=State.ENDED).count() == 4
