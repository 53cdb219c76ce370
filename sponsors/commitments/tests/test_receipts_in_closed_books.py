"""Money facts dated in closed books are refused by every path; corrections name the closed day."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from foundation.books.closing import BooksClosed, close_books
from sponsors.commitments.models import Allocation, Receipt
from sponsors.commitments.rules import CommitmentError, NotAllowedNow
from sponsors.commitments.services import (
    allocate_receipt,
    record_receipt,
    reverse_receipt,
    sign,
    take_back_allocations,
    terminate,
)
from sponsors.commitments.tests.factories import colleague, proposed_commitment, received, signed_commitment
from sponsors.directory.tests.races import at_once

TODAY = date(2026, 2, 14)
END_OF_2025 = date(2025, 12, 31)


def close(through=END_OF_2025):
    return close_books(actor=colleague(), through=through, today=TODAY)


def record(commitment, on, **more):
    return record_receipt(
        actor=colleague(),
        sponsor=commitment.sponsor,
        amount=Decimal(5000),
        currency="USD",
        received_on=on,
        method="wire",
        source="bank",
        reference=more.pop("reference", "R-1"),
        today=TODAY,
        **more,
    )


def raw(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.django_db
def test_receipt_in_closed_books_is_refused_and_says_what_to_do():
    commitment = signed_commitment()
    close()
    with pytest.raises(BooksClosed) as refused:
        record(commitment, END_OF_2025)
    assert "closed up to and including 2025-12-31. Date it 2026-01-01 or later" in refused.value.message
    assert refused.value.field == "received_on"
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_correction_in_open_books_names_the_closed_day():
    commitment = signed_commitment()
    close()
    receipt = record(commitment, date(2026, 1, 5), corrects_on=END_OF_2025).receipt
    assert receipt.corrects_on == END_OF_2025
    assert [row.booked_on for row in Allocation.objects.all()] == [date(2026, 1, 5)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("corrects_on", "sentence"),
    [
        (date(2026, 1, 1), "closed up to and including 2025-12-31"),
        (date(1989, 12, 31), "is not a closed day"),
    ],
)
def test_only_a_closed_day_is_corrected(corrects_on, sentence):
    commitment = signed_commitment()
    close()
    with pytest.raises(CommitmentError, match=sentence) as refused:
        record(commitment, date(2026, 1, 5), corrects_on=corrects_on)
    assert refused.value.field == "corrects_on"


@pytest.mark.django_db
def test_nothing_is_corrected_before_books_are_closed():
    with pytest.raises(CommitmentError, match="the books are not closed"):
        record(signed_commitment(), date(2026, 1, 5), corrects_on=END_OF_2025)


@pytest.mark.django_db
def test_old_receipt_is_taken_back_and_reversed_in_the_open_time():
    commitment = signed_commitment()
    receipt = record(commitment, date(2025, 6, 1)).receipt
    close()
    (paid,) = receipt.allocations.all()
    (back,) = take_back_allocations(actor=colleague(), allocations=[paid], today=TODAY)
    assert back.booked_on == TODAY
    (again,) = allocate_receipt(actor=colleague(), receipt=receipt, today=TODAY)
    assert again.booked_on == TODAY
    assert (
        reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced.", today=TODAY).received_on
        == TODAY
    )


@pytest.mark.django_db
def test_signature_and_termination_in_closed_books_are_refused():
    proposed, signed = proposed_commitment(), signed_commitment()
    close()
    with pytest.raises(
        BooksClosed,
        match=r"A signature cannot be dated 2025-12-31.*or ask an administrator to open the books",
    ):
        sign(actor=colleague(), commitment=proposed, signed_on=END_OF_2025, today=TODAY)
    with pytest.raises(BooksClosed, match="A termination cannot be dated 2025-12-31"):
        terminate(
            actor=colleague(), commitment=signed, closed_on=END_OF_2025, reason="They left.", today=TODAY
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sponsors_receipt SET updated_at = now(), sponsor_id = sponsor_id, note = 'x'",
        "DELETE FROM sponsors_allocation",
        """INSERT INTO sponsors_receipt (sponsor_id, received_on, amount, currency, method, source, reference, payer,
           note, recorded_by_id, is_reversed) SELECT sponsor_id, '2025-12-31', 1, 'USD', 'wire', 'bank', 'R-2', '', '',
           recorded_by_id, false FROM sponsors_receipt""",
        """INSERT INTO sponsors_allocation (receipt_id, installment_id, amount, receipt_amount, booked_on,
           allocated_by_id) SELECT receipt_id, installment_id, 1, 1, '2025-12-31', allocated_by_id
           FROM sponsors_allocation""",
        "UPDATE sponsors_commitment SET state = 'signed', signed_on = '2025-12-31' WHERE state = 'proposed'",
    ],
)
def test_database_refuses_whatever_is_dated_in_closed_books(sql):
    record(signed_commitment(), date(2025, 6, 1))
    proposed_commitment()
    close()
    with pytest.raises(DatabaseError, match=r"closed before 2026-01-01|Cannot"):
        raw(sql)


@pytest.mark.django_db
def test_database_lets_a_later_reversal_mark_a_closed_receipt():
    receipt = record(signed_commitment(), date(2025, 6, 1)).receipt
    close()
    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced.", today=TODAY)
    receipt.refresh_from_db()
    assert receipt.is_reversed
    with pytest.raises(NotAllowedNow):
        reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced.", today=TODAY)


@pytest.mark.django_db(transaction=True)
def test_closing_while_receipts_are_written_leaves_none_behind_its_back():
    commitment = signed_commitment(years=5)
    closer = colleague()

    def write(number):
        return lambda: record(commitment, END_OF_2025, reference=f"R-{number}", allocate="none")

    def shut():
        return close_books(actor=closer, through=END_OF_2025, today=TODAY)

    results = at_once(write(1), shut, write(2), write(3))

    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(result, BooksClosed) for result in refused), refused
    assert Receipt.objects.count() == 3 - len(refused)
    # What was written came before the closing; from now on nothing does.
    with pytest.raises(BooksClosed):
        write(9)()


@pytest.mark.django_db
def test_received_counts_on_the_day_it_is_booked():
    commitment = signed_commitment(years=2)
    receipt = received(commitment.sponsor, 100, on=date(2025, 3, 1), allocate="none")
    allocate_receipt(actor=colleague(), receipt=receipt, today=date(2025, 5, 1))
    assert Allocation.objects.get().booked_on == date(2025, 5, 1)
