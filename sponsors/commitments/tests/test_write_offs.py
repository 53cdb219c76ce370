"""Write-offs: proposed by one, decided by another, recovered when the money comes after all."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from foundation.books.closing import BooksClosed, close_books
from sponsors.commitments.models import Installment, WriteOff
from sponsors.commitments.rules import CommitmentError, InstallmentState, NotAllowedNow, State
from sponsors.commitments.selectors import commitment_summary, sponsor_balance
from sponsors.commitments.services import (
    Part,
    allocate_receipt,
    approve_write_off,
    propose_write_off,
    recover_write_off,
    refuse_write_off,
    reverse_receipt,
    terminate,
)
from sponsors.commitments.tests.factories import (
    charge_of,
    charged,
    colleague,
    drafted_commitment,
    proposed_write_off,
    received,
    second_colleague,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.raw import denied, run
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)


@pytest.fixture
def installment():
    return signed_commitment().installments.get(position=1)


def approve(write_off, **more):
    return approve_write_off(actor=second_colleague(), write_off=write_off, today=TODAY, **more)


def recover(write_off, amount=None):
    return recover_write_off(
        actor=colleague(), write_off=write_off, amount=amount, reason="It came.", today=TODAY
    )


def state_of(installment):
    row = Installment.objects.with_state(TODAY).get(pk=installment.pk)
    return row.state, row.written_off, row.remainder


def test_proposal_counts_only_once_approved(installment):
    proposal = proposed_write_off(installment, 60_000)
    assert state_of(installment) == (InstallmentState.OVERDUE, 0, 60_000)

    approved = approve(proposal)

    assert (approved.state, approved.booked_on, approved.decided_on) == ("approved", TODAY, TODAY)
    assert approved.decided_by == second_colleague()
    assert str(approved) == f"Write-off of {installment}"
    assert state_of(installment) == (InstallmentState.WRITTEN_OFF, 60_000, 0)
    assert installment not in Installment.objects.open()
    summary = commitment_summary(installment.commitment, TODAY)
    assert (summary.written_off, summary.overdue) == (60_000, 120_000)
    (balance,) = sponsor_balance(installment.commitment.sponsor, TODAY)
    assert balance.due == 240_000


def test_refused_proposal_leaves_the_amount_due(installment):
    refused_one = refuse_write_off(
        actor=second_colleague(), write_off=proposed_write_off(installment, 10), today=TODAY
    )

    assert (refused_one.state, refused_one.booked_on) == ("refused", None)
    assert state_of(installment) == (InstallmentState.OVERDUE, 0, 60_000)
    with refused("This write-off is refused already", field="state", kind=NotAllowedNow):
        approve(refused_one)


def test_later_write_off_leaves_earlier_ones_alone(installment):
    first = written_off(installment, 10_000, on=TODAY)
    before = (first.amount, first.reason, first.booked_on, first.updated_at)

    second = written_off(installment, 20_000, on=TODAY)
    recover(second)

    first.refresh_from_db()
    assert (first.amount, first.reason, first.booked_on, first.updated_at) == before
    assert [row.amount for row in WriteOff.objects.order_by("pk")] == [10_000, 20_000, -20_000]
    assert state_of(installment) == (InstallmentState.OVERDUE, 10_000, 50_000)


@pytest.mark.parametrize("decide", [approve_write_off, refuse_write_off])
def test_nobody_decides_on_their_own_proposal(installment, decide):
    proposal = proposed_write_off(installment, 10)

    with refused("You proposed this write-off yourself", field="state", kind=NotAllowedNow):
        decide(actor=colleague(), write_off=proposal, today=TODAY)


@pytest.mark.parametrize(
    ("amount", "reason", "field", "sentence"),
    [
        ("60000.01", "Gone", "amount", "Only USD 60,000.00 is still to be paid"),
        ("0", "Gone", "amount", "must be more than zero"),
        ("1.001", "Gone", "amount", "at most 2 decimals"),
        ("1", " ", "reason", "The reason is missing"),
    ],
)
def test_proposal_says_what_is_wrong(installment, amount, reason, field, sentence):
    with refused(sentence, field=field, kind=CommitmentError):
        propose_write_off(actor=colleague(), installment=installment, amount=Decimal(amount), reason=reason)
    assert not WriteOff.objects.exists()


def test_one_proposal_waits_at_a_time(installment):
    proposed_write_off(installment, 10)

    with refused("USD 10.00 of", field="installment", kind=NotAllowedNow):
        proposed_write_off(installment, 10)


def test_only_what_is_open_is_written_off():
    paid = signed_commitment(years=1)
    received(paid.sponsor, 60_000)
    terminated = signed_commitment()
    terminate(
        actor=colleague(), commitment=terminated, closed_on=date(2025, 1, 1), today=TODAY, reason="Sold"
    )
    for row in (
        paid.installments.get(),
        terminated.installments.get(position=2),
        drafted_commitment().installments.get(position=1),
    ):
        with refused("Nothing of installment", field="installment", kind=NotAllowedNow):
            proposed_write_off(row, 10)
    proposed_write_off(terminated.installments.get(position=1), 10)


def test_approval_looks_at_what_is_left_by_then(installment):
    proposal = proposed_write_off(installment, 50_000)
    received(installment.commitment.sponsor, 20_000)

    with refused("Only USD 40,000.00 of", field="amount", kind=NotAllowedNow):
        approve(proposal)
    received(installment.commitment.sponsor, 40_000)
    with refused("Nothing of installment", field="installment", kind=NotAllowedNow):
        approve(proposal)


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2026, 2, 15)])
def test_write_off_counts_between_signature_and_today(installment, day):
    with refused("must be between 2024-01-01", field="booked_on", kind=CommitmentError):
        approve(proposed_write_off(installment, 10), booked_on=day)


def test_nothing_is_written_off_before_it_was_to_be_paid(installment):
    """Else the account of a day between would say that more was paid and given up than was due."""
    receipt = received(installment.commitment.sponsor, 60_000, on=date(2024, 2, 1))
    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=date(2024, 6, 1))
    proposal = proposed_write_off(installment, 10_000)

    with refused("between 2024-06-01, when what is to be paid", field="booked_on", kind=CommitmentError):
        approve(proposal, booked_on=date(2024, 3, 1))
    approve(proposal, booked_on=date(2024, 6, 1))

    charge = charge_of(charged(installment.commitment, 500, on=date(2025, 6, 1)))
    with refused("between 2025-06-01", field="booked_on", kind=CommitmentError):
        approve(proposed_write_off(charge, 500), booked_on=date(2025, 2, 1))


def test_write_off_is_not_dated_in_closed_books(installment):
    proposal = proposed_write_off(installment, 10)
    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)

    with refused("A write-off cannot be dated", field="booked_on", kind=BooksClosed):
        approve(proposal, booked_on=date(2025, 12, 31))
    denied(
        "books are closed",
        "UPDATE sponsors_writeoff SET state = 'approved', booked_on = '2025-12-31', decided_on = '2026-01-01', "
        "decided_by_id = %s",
        second_colleague().pk,
    )
    assert approve(proposal, booked_on=date(2026, 1, 1)).booked_on == date(2026, 1, 1)


# Recovery -----------------------------------------------------------------------------------


def test_recovery_names_the_write_off_and_makes_the_amount_due_again(installment):
    write_off = written_off(installment, 60_000)
    part = recover(write_off, Decimal(10_000))

    assert (part.recovers, part.amount, part.state, part.booked_on) == (write_off, -10_000, "approved", TODAY)
    assert str(part) == f"Recovery for {installment}"
    assert state_of(installment) == (InstallmentState.OVERDUE, 50_000, 10_000)
    assert WriteOff.objects.with_left().get(pk=write_off.pk).left == 50_000

    recover(write_off)

    assert state_of(installment) == (InstallmentState.OVERDUE, 0, 60_000)
    with refused("recovered already", field="amount", kind=CommitmentError):
        recover(write_off)


def test_no_more_is_recovered_than_was_written_off(installment):
    write_off = written_off(installment, 10)
    with refused("Only USD 10.00 of this write-off stands", field="amount", kind=CommitmentError):
        recover(write_off, Decimal(11))


def test_only_an_approved_write_off_is_recovered(installment):
    write_off = written_off(installment, 10)
    for row in (recover(write_off), proposed_write_off(installment, 10)):
        with refused("Only an approved write-off", field="write_off", kind=NotAllowedNow):
            recover(row)


def test_written_off_installment_is_recovered_before_it_is_paid(installment):
    write_off = written_off(installment, 60_000)
    receipt = received(installment.commitment.sponsor, 60_000, allocate="none")
    part = [Part(installment, Decimal(60_000))]

    with refused("USD 60,000.00 of it is written off: recover that first.", field="allocations"):
        allocate_receipt(actor=colleague(), receipt=receipt, allocate=part, today=TODAY)
    recover(write_off)
    allocate_receipt(actor=colleague(), receipt=receipt, allocate=part, today=TODAY)

    assert state_of(installment) == (InstallmentState.PAID, 0, 0)


def test_oldest_first_passes_over_what_is_written_off(installment):
    written_off(installment, 60_000)

    receipt = received(installment.commitment.sponsor, 60_000)

    assert receipt.allocations.get().installment.position == 2


# What the database refuses ------------------------------------------------------------------


def test_write_off_is_never_edited_nor_deleted(installment):
    write_off = written_off(installment, 10)

    denied("Cannot delete", "DELETE FROM sponsors_writeoff")
    proposal = proposed_write_off(installment, 10)
    for change in ("amount = 5", "reason = 'x'", "installment_id = 1"):
        denied("Cannot update", f"UPDATE sponsors_writeoff SET {change} WHERE id = %s", proposal.pk)  # noqa: S608  # from the line above
    for change in ("state = 'refused'", "booked_on = '2026-02-02'"):
        denied("decided once", f"UPDATE sponsors_writeoff SET {change} WHERE id = %s", write_off.pk)  # noqa: S608  # from the line above
    assert state_of(write_off.installment)[1] == 10


_INSERT = """
    INSERT INTO sponsors_writeoff (installment_id, amount, reason, state, booked_on, proposed_by_id, recovers_id,
                                   decided_by_id, decided_on)
    VALUES (%s, %s, 'Raw', %s, %s, %s, %s, %s, %s)
"""


def insert(installment, amount, *, state="approved", day=TODAY, recovers=None, decided_by=None):
    actor = colleague().pk
    return (
        _INSERT,
        installment.pk,
        amount,
        state,
        day,
        actor,
        recovers and recovers.pk,
        decided_by,
        TODAY if decided_by else None,
    )


def test_database_wants_a_second_person(installment):
    denied("begins as a proposal", *insert(installment, 10, decided_by=second_colleague().pk))
    proposed_write_off(installment, 10)
    for decider in (colleague().pk, None):
        denied(
            "write_off_is_decided_by_somebody_else",
            "UPDATE sponsors_writeoff SET state = 'approved', booked_on = %s, decided_on = %s, decided_by_id = %s",
            TODAY,
            TODAY,
            decider,
        )


def test_database_recovers_no_more_than_was_written_off(installment):
    write_off = written_off(installment, 10, on=TODAY)
    other = installment.commitment.installments.get(position=2)
    recovery = recover(write_off, Decimal(4))

    for wrong in (
        insert(installment, -7, recovers=write_off),
        insert(installment, -1, recovers=recovery),
        insert(other, -1, recovers=write_off),
        insert(installment, -1, recovers=write_off, day=date(2026, 2, 13)),
    ):
        denied("no more is recovered", *wrong)
    denied("only_recoveries_are_negative", *insert(installment, 1, recovers=write_off))
    run(*insert(installment, -6, recovers=write_off))
    assert state_of(installment)[1] == 0


def test_database_holds_paid_and_written_off_to_what_is_due(installment):
    proposal = proposed_write_off(installment, 60_000)
    received(installment.commitment.sponsor, 1)
    denied(
        "installment_is_not_overpaid",
        "UPDATE sponsors_writeoff SET state = 'approved', booked_on = %s, decided_on = %s, decided_by_id = %s "
        "WHERE id = %s",
        TODAY,
        TODAY,
        second_colleague().pk,
        proposal.pk,
    )


# Two at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_write_off_and_payment_at_once_never_exceed_what_is_due():
    commitment = signed_commitment(years=1)
    installment = commitment.installments.get()
    proposal = proposed_write_off(installment, 60_000)
    second_colleague()

    at_once(lambda: approve(proposal), lambda: received(commitment.sponsor, 60_000))

    installment.refresh_from_db()
    assert installment.paid + installment.written_off == 60_000


@pytest.mark.django_db(transaction=True)
def test_one_write_off_is_recovered_once():
    installment = signed_commitment(years=1).installments.get()
    write_off = written_off(installment, 60_000)

    results = at_once(*[lambda: recover(write_off)] * 3)

    assert sum(isinstance(result, CommitmentError) for result in results) == 2
    assert state_of(installment)[1] == 0


def test_write_off_survives_in_every_state_of_the_commitment(installment):
    written_off(installment, 60_000)
    terminate(
        actor=colleague(),
        commitment=installment.commitment,
        closed_on=date(2024, 1, 1),
        today=TODAY,
        reason="Sold",
    )
    with transaction.atomic():
        assert state_of(installment)[0] == InstallmentState.WRITTEN_OFF
    assert installment.commitment.state == State.SIGNED
