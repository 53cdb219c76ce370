"""What the database refuses, whichever path a write takes. Raw SQL, past every service."""

from datetime import date

import pytest
from django.apps import apps

from sponsors.commitments.models import Receipt
from sponsors.commitments.services import reverse_receipt, terminate
from sponsors.commitments.tests.factories import (
    colleague,
    drafted_commitment,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.raw import denied, run
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
DAY = date(2025, 1, 1)
_ALLOCATE = """
    INSERT INTO sponsors_allocation (receipt_id, installment_id, amount, reverses_id, allocated_by_id,
                                     receipt_amount, booked_on)
    SELECT receipt, installment, amount, reverses, actor, amount, DATE '2026-01-01'
    FROM (VALUES (%s::bigint, %s::bigint, %s::numeric, %s::bigint, %s::bigint))
         AS given (receipt, installment, amount, reverses, actor)
"""
_RECEIVE = """
    INSERT INTO sponsors_receipt (sponsor_id, received_on, amount, currency, method, source, reference,
                                  payer, note, recorded_by_id, reverses_id, is_reversed)
    VALUES (%s, '2024-01-01', %s, %s, 'wire', 'bank', 'raw', '', '', %s, %s, %s)
"""


def events_of(*names):
    return [apps.get_model("sponsors", name).objects.count() for name in names]


def allocate(receipt, installment, amount, reverses=None):
    return (
        _ALLOCATE,
        receipt.pk,
        installment.pk,
        amount,
        reverses and reverses.pk,
        colleague().pk,
    )


def receive(receipt, *, amount, reverses=None, currency="USD", is_reversed=False, sponsor=None):
    return (
        _RECEIVE,
        sponsor or receipt.sponsor_id,
        amount,
        currency,
        receipt.recorded_by_id,
        reverses and reverses.pk,
        is_reversed,
    )


# Commitments --------------------------------------------------------------------------------


def test_commitment_is_never_deleted():
    denied("Cannot delete", "DELETE FROM sponsors_commitment WHERE id = %s", drafted_commitment().pk)


def test_commitment_begins_as_a_draft():
    denied(
        "begins as a draft",
        "INSERT INTO sponsors_commitment (number, sponsor_id, title, currency, starts_on, ends_before, state, "
        "proposed_on, closed_reason, notes) VALUES ('C-1', %s, 'Raw', 'USD', '2024-01-01', '2025-01-01', "
        "'proposed', '2024-01-01', '', '')",
        SponsorFactory().pk,
    )


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (drafted_commitment, "state = 'signed', proposed_on = '2024-01-01', signed_on = '2024-01-01'"),
        (
            drafted_commitment,
            "state = 'ended', closed_on = ends_before, proposed_on = starts_on, signed_on = starts_on",
        ),
        (signed_commitment, "state = 'draft'"),
        (signed_commitment, "state = 'proposed'"),
    ],
)
def test_commitment_moves_by_the_table_only(make, change):
    denied("Invalid transition", f"UPDATE sponsors_commitment SET {change} WHERE id = %s", make().pk)  # noqa: S608  # from the table above


def test_schedule_sums_up_before_it_is_proposed():
    commitment = drafted_commitment()
    run("UPDATE sponsors_installment SET amount = 1 WHERE commitment_id = %s", commitment.pk)

    denied(
        "do not sum to the cash lines",
        "UPDATE sponsors_commitment SET state = 'proposed', proposed_on = '2024-01-01' WHERE id = %s",
        commitment.pk,
    )


@pytest.mark.parametrize("make", [proposed_commitment, signed_commitment])
@pytest.mark.parametrize(
    "change",
    [
        "currency = 'EUR'",
        "number = 'C-0'",
        "starts_on = '2023-01-01'",
        "ends_before = '2030-01-01'",
        "renewal_of_id = id + 1",
    ],
)
def test_terms_are_fixed_after_draft(make, change):
    denied("terms of a", f"UPDATE sponsors_commitment SET {change} WHERE id = %s", make().pk)  # noqa: S608  # from the table above


@pytest.mark.parametrize("change", ["signed_on = '2024-05-05'", "proposed_on = '2023-05-05'"])
def test_dates_of_a_signed_commitment_are_fixed(change):
    denied("dates of a", f"UPDATE sponsors_commitment SET {change} WHERE id = %s", signed_commitment().pk)  # noqa: S608  # from the table above


@pytest.mark.parametrize("change", ["closed_on = '2025-06-01'", "closed_reason = 'Other'"])
def test_closing_is_fixed(change):
    commitment = signed_commitment()
    terminate(actor=colleague(), commitment=commitment, closed_on=DAY, today=DAY, reason="Sold")

    denied("dates of a", f"UPDATE sponsors_commitment SET {change} WHERE id = %s", commitment.pk)  # noqa: S608  # from the table above


@pytest.mark.parametrize("table", ["sponsors_commitment", "sponsors_receipt"])
def test_only_a_merge_moves_commitments_and_receipts(table):
    commitment = signed_commitment()
    received(commitment.sponsor, 10)
    other = SponsorFactory()
    move = f"UPDATE {table} SET sponsor_id = %s WHERE sponsor_id = %s"  # noqa: S608  # a table's name

    denied("only a merge of sponsors moves", move, other.pk, commitment.sponsor_id, deferred=True)

    run("UPDATE sponsors_sponsor SET merged_into_id = %s WHERE id = %s", other.pk, commitment.sponsor_id)
    run(move, other.pk, commitment.sponsor_id, deferred=True)


def test_draft_may_move_to_another_sponsor():
    run(
        "UPDATE sponsors_commitment SET sponsor_id = %s WHERE id = %s",
        SponsorFactory().pk,
        drafted_commitment().pk,
        deferred=True,
    )


@pytest.mark.parametrize("table", ["sponsors_commitmentline", "sponsors_installment", "sponsors_term"])
def test_lines_terms_and_installments_are_frozen_after_draft(table):
    commitment = proposed_commitment()
    draft = drafted_commitment()

    for sql in (
        f"UPDATE {table} SET position = 99 WHERE commitment_id = %s",  # noqa: S608  # a table's name
        f"DELETE FROM {table} WHERE commitment_id = %s",  # noqa: S608  # a table's name
    ):
        denied("the schedule of a proposed commitment is fixed", sql, commitment.pk)
    denied(
        "is fixed",
        f"UPDATE {table} SET commitment_id = %s, position = 99 WHERE commitment_id = %s",  # noqa: S608  # a table's name
        commitment.pk,
        draft.pk,
    )


def test_nothing_is_added_to_a_signed_commitment():
    denied(
        "the schedule of a signed commitment is fixed",
        "INSERT INTO sponsors_term (commitment_id, position, starts_on, ends_before) "
        "VALUES (%s, 9, '2030-01-01', '2031-01-01')",
        signed_commitment().pk,
    )


def test_installment_falls_in_a_term_of_its_own_commitment():
    commitment, other = drafted_commitment(), drafted_commitment()

    denied(
        "a term of its own commitment",
        "UPDATE sponsors_installment SET term_id = %s WHERE commitment_id = %s",
        other.terms.get(position=1).pk,
        commitment.pk,
    )


# Receipts -----------------------------------------------------------------------------------


def test_receipt_is_never_deleted():
    denied("Cannot delete", "DELETE FROM sponsors_receipt WHERE id = %s", received(SponsorFactory(), 1).pk)


@pytest.mark.parametrize("change", ["amount = 5", "currency = 'EUR'", "reference = 'x'", "note = 'x'"])
def test_receipt_is_never_edited(change):
    receipt = received(SponsorFactory(), 1)

    denied("Cannot update", f"UPDATE sponsors_receipt SET {change} WHERE id = %s", receipt.pk)  # noqa: S608  # from the table above


def test_receipt_is_marked_as_reversed_only_by_its_reversal():
    receipt = received(SponsorFactory(), 1)
    mark = "UPDATE sponsors_receipt SET is_reversed = NOT is_reversed WHERE id = %s"

    denied("reversed by another row", mark, receipt.pk)
    denied("reversed by another row", *receive(receipt, amount=1, is_reversed=True))
    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=date(2024, 1, 1))
    denied("reversed by another row", mark, receipt.pk)


@pytest.mark.parametrize("change", [{"amount": -2}, {"amount": -1, "currency": "EUR"}])
def test_reversal_mirrors_its_receipt(change):
    receipt = received(SponsorFactory(), 1)

    denied("opposite sign", *receive(receipt, reverses=receipt, **change))


def test_reversal_is_of_the_same_sponsor():
    receipt = received(SponsorFactory(), 1)

    denied("opposite sign", *receive(receipt, reverses=receipt, amount=-1, sponsor=SponsorFactory().pk))


def test_reversal_is_not_reversed():
    receipt = received(SponsorFactory(), 1)
    reversal = reverse_receipt(actor=colleague(), receipt=receipt, reason="No", today=date(2024, 1, 1))

    denied("opposite sign", *receive(receipt, reverses=reversal, amount=1))


def test_receipt_that_pays_is_not_reversed():
    receipt = received(signed_commitment().sponsor, 1)

    denied("still pays installments", *receive(receipt, reverses=receipt, amount=-1))


def test_receipt_is_reversed_once():
    receipt = received(SponsorFactory(), 1)
    run(*receive(receipt, reverses=receipt, amount=-1))

    assert Receipt.objects.get(pk=receipt.pk).is_reversed
    denied("reverses_id", *receive(receipt, reverses=receipt, amount=-1))


# Allocations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql", ["UPDATE sponsors_allocation SET amount = 5", "DELETE FROM sponsors_allocation"]
)
def test_allocation_is_never_edited_nor_deleted(sql):
    received(signed_commitment().sponsor, 1)

    denied("Cannot update or delete" if "DELETE" not in sql else "Cannot", sql)


def test_allocation_is_at_most_what_was_received():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    first, second, *_ = commitment.installments.all()
    run(*allocate(receipt, first, 60))

    denied("receipt_is_not_overallocated", *allocate(receipt, second, "40.01"))
    run(*allocate(receipt, second, 40))


def test_installment_is_paid_at_most_what_is_due():
    commitment = signed_commitment()
    received(commitment.sponsor, 59_000)
    receipt = received(commitment.sponsor, 2_000, allocate="none")

    denied("installment_is_not_overpaid", *allocate(receipt, commitment.installments.first(), "1000.01"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _sponsor: signed_commitment(), "its own sponsor"),
        (
            lambda sponsor: signed_commitment(sponsor, currency="EUR"),
            "in another currency is allocated by a rate",
        ),
        (proposed_commitment, "only a signed commitment can be paid"),
    ],
)
def test_money_pays_only_signed_commitments_of_its_sponsor_and_currency(make, words):
    sponsor = SponsorFactory()
    receipt = received(sponsor, 100)

    denied(words, *allocate(receipt, make(sponsor).installments.first(), 1))


def test_installment_no_longer_due_takes_no_money():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    terminate(actor=colleague(), commitment=commitment, closed_on=DAY, today=DAY, reason="Sold")

    denied("no longer due", *allocate(receipt, commitment.installments.get(position=2), 1))
    run(*allocate(receipt, commitment.installments.get(position=1), 1))


def test_reversed_receipt_pays_nothing():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    reversal = reverse_receipt(actor=colleague(), receipt=receipt, reason="No", today=date(2024, 1, 1))

    for row in (receipt, reversal):
        denied("a reversed receipt pays nothing", *allocate(row, commitment.installments.first(), 1))


@pytest.mark.parametrize("amount", ["-99", "-101"])
def test_allocation_is_taken_back_whole(amount):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100)
    original = receipt.allocations.get()

    denied("taken back whole", *allocate(receipt, original.installment, amount, reverses=original))


def test_allocation_is_taken_back_on_its_own_rows():
    commitment = signed_commitment()
    original = received(commitment.sponsor, 100).allocations.get()
    other = received(commitment.sponsor, 100)
    second = commitment.installments.get(position=2)

    denied("taken back whole", *allocate(other, original.installment, -100, reverses=original))
    denied("taken back whole", *allocate(original.receipt, second, -100, reverses=original))
    run(*allocate(original.receipt, original.installment, -100, reverses=original))
    denied("reverses_id", *allocate(original.receipt, original.installment, -100, reverses=original))


# Sums beside the facts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "rows"),
    [
        ("sponsors_installment", "paid", "allocations"),
        ("sponsors_installment", "written_off", "write offs"),
        ("sponsors_receipt", "allocated", "allocations"),
    ],
)
def test_sum_is_changed_only_by_its_rows(table, column, rows):
    commitment = signed_commitment()
    received(commitment.sponsor, 100)
    written_off(commitment.installments.get(position=2), 100)
    drafted_commitment()

    denied(f"only {rows} change {column}", f"UPDATE {table} SET {column} = {column} + 1")  # noqa: S608  # from the table above
    denied(f"only {rows} change {column}", f"UPDATE {table} SET {column} = 0 WHERE {column} > 0")  # noqa: S608  # from the table above


def test_sum_begins_at_zero():
    draft = drafted_commitment()
    term = draft.terms.get(position=1)
    receipt = received(draft.sponsor, 100)

    denied(
        "only allocations change paid",
        "INSERT INTO sponsors_installment (commitment_id, term_id, position, due_on, amount, paid) "
        "VALUES (%s, %s, 99, '2024-01-01', 10, 1)",
        draft.pk,
        term.pk,
    )
    for amount, allocated, reverses in ((100, 1, None), (-100, -100, receipt)):
        denied(
            "only allocations change allocated",
            _RECEIVE.replace("is_reversed)", "is_reversed, allocated)").replace("%s)", "%s, %s)"),
            *receive(receipt, amount=amount, reverses=reverses)[1:],
            allocated,
        )


def test_allocation_counts_and_gives_both_rows_a_new_version_but_no_history():
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 100, allocate="none")
    installment = commitment.installments.get(position=1)
    versions = (receipt.updated_at, installment.updated_at)
    events = events_of("InstallmentEvent", "ReceiptEvent")

    run(*allocate(receipt, installment, 60))
    receipt.refresh_from_db()
    installment.refresh_from_db()

    assert (receipt.allocated, installment.paid) == (60, 60)
    assert (receipt.updated_at > versions[0], installment.updated_at > versions[1]) == (True, True)
    assert events_of("InstallmentEvent", "ReceiptEvent") == events
