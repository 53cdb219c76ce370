"""What the database refuses about amendments and schedules. Raw SQL, past every service."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from foundation.books.closing import close_books
from sponsors.commitments.models import Amendment, Installment
from sponsors.commitments.rules import Period, forgo
from sponsors.commitments.services import approve_amendment
from sponsors.commitments.tests.amending import (
    TODAY,
    amended,
    approver,
    cash_of,
    due,
    proposed_amendment,
    schedule,
)
from sponsors.commitments.tests.factories import colleague, invoiced, received, signed_commitment
from sponsors.commitments.tests.raw import denied, run

pytestmark = pytest.mark.django_db
FIVE_YEARS = [due(year, 60_000) for year in range(2024, 2029)]
DOUBLED = [*FIVE_YEARS[:3], due(2027, 120_000), due(2028, 120_000)]
LATER = date(2026, 7, 1)
_ADD = """
    INSERT INTO sponsors_installment (commitment_id, term_id, position, due_on, amount, added_by_id)
    SELECT commitment_id, term_id, 90, due_on, amount, %s FROM sponsors_installment WHERE id = %s
"""
_REMOVE = "UPDATE sponsors_installment SET removed_by_id = %s WHERE id = %s"


@pytest.fixture
def commitment():
    return signed_commitment()


@pytest.fixture
def approved(commitment):
    """An amendment that takes effect later."""
    return amended(commitment, effective_on=LATER, **cash_of(DOUBLED))


def last(commitment):
    return commitment.installments.order_by("-due_on").first()


def test_a_schedule_changes_by_an_approved_amendment_of_its_own(commitment):
    words = "by an approved amendment of its own commitment"
    row = last(commitment)
    proposed = proposed_amendment(commitment, **cash_of(DOUBLED))
    other = amended(signed_commitment(), effective_on=LATER, **cash_of(DOUBLED))
    for amendment in (proposed, other):
        denied(words, _ADD, amendment.pk, row.pk)
        denied(words, _REMOVE, amendment.pk, row.pk)
    denied("the schedule of a signed commitment is fixed", _ADD, None, row.pk)


def test_rows_are_removed_only_together_with_their_amendment_taking_effect(commitment, approved):
    row = last(commitment)
    denied("when its amendment takes effect", _REMOVE, approved.pk, row.pk, deferred=True)
    denied("when its amendment takes effect", _ADD, approved.pk, row.pk, deferred=True)


def test_nothing_else_changes_with_the_removal_and_nothing_comes_back(commitment):
    amendment = amended(commitment, **cash_of(DOUBLED))
    gone = Installment.versions.filter(removed_by=amendment).first()
    assert gone is not None
    fixed = "the schedule of a signed commitment is fixed"
    denied(fixed, "UPDATE sponsors_installment SET removed_by_id = NULL WHERE id = %s", gone.pk)
    denied(fixed, "DELETE FROM sponsors_installment WHERE id = %s", gone.pk)
    denied(fixed, "UPDATE sponsors_installment SET amount = 1 WHERE id = %s", gone.pk)
    row = last(commitment)
    denied(
        fixed,
        "UPDATE sponsors_installment SET removed_by_id = %s, amount = 1 WHERE id = %s",
        amendment.pk,
        row.pk,
    )


def test_what_was_paid_is_not_removed(commitment, approved):
    received(commitment.sponsor, 10_000)
    paid = commitment.installments.get(paid__gt=0)
    denied("removed_installment_has_no_money", _REMOVE, approved.pk, paid.pk)


def test_an_amendment_is_fixed_and_kept(commitment):
    amendment = proposed_amendment(commitment, **cash_of(DOUBLED))
    for change in ("effective_on = '2027-01-01'", "reason = 'Other'", "number = 7"):
        denied("Cannot update", f"UPDATE sponsors_amendment SET {change}")  # noqa: S608  # the three above
    denied("Cannot delete", "DELETE FROM sponsors_amendment WHERE id = %s", amendment.pk)
    denied(
        "Invalid transition",
        "UPDATE sponsors_amendment SET state = 'applied', turn = 1, applied_on = effective_on",
    )


def test_nobody_approves_their_own(commitment):
    proposed_amendment(commitment, **cash_of(DOUBLED))
    denied(
        "amendment_is_approved_by_another",
        "UPDATE sponsors_amendment SET state = 'approved', approved_by_id = proposed_by_id, approved_on = %s",
        TODAY,
    )


def test_one_takes_effect_only_on_its_commitment_and_not_early(commitment, approved):
    denied(
        "takes effect on its signed commitment",
        "UPDATE sponsors_amendment SET state = 'applied', turn = 1, applied_on = effective_on",
    )
    denied(
        "amended by an approved amendment of its own",
        "UPDATE sponsors_commitment SET amended_by_id = %s WHERE id = %s",
        approved.pk,
        signed_commitment().pk,
    )


def test_schedule_and_lines_must_sum_up_when_it_takes_effect(commitment, approved):
    @transaction.atomic  # all three are undone together
    def remove_a_year():
        run("UPDATE sponsors_commitment SET amended_by_id = %s WHERE id = %s", approved.pk, commitment.pk)
        run(_REMOVE, approved.pk, last(commitment).pk)
        run("UPDATE sponsors_amendment SET state = 'applied', turn = 1, applied_on = effective_on")

    with pytest.raises(DatabaseError, match="do not sum to the cash lines"):
        remove_a_year()


def test_the_end_moves_only_with_an_amendment(commitment):
    denied(
        "are fixed", "UPDATE sponsors_commitment SET ends_before = '2030-01-01' WHERE id = %s", commitment.pk
    )


def test_an_amendment_begins_as_a_proposal(commitment):
    amendment = proposed_amendment(commitment, **cash_of(DOUBLED))
    denied(
        "begins as a proposal",
        """
        INSERT INTO sponsors_amendment (commitment_id, number, effective_on, reason, state, change, proposed_by_id,
            proposed_on, approved_by_id, approved_on, withdrawn_reason, problem)
        SELECT commitment_id, 9, effective_on, reason, 'approved', change, proposed_by_id, proposed_on, %s, %s, '', ''
        FROM sponsors_amendment WHERE id = %s
        """,
        approver().pk,
        TODAY,
        amendment.pk,
    )


def test_pauses_of_a_commitment_do_not_overlap(commitment):
    rest = Period(date(2027, 1, 1), date(2028, 1, 1))
    amended(commitment, pauses=[rest], **cash_of(forgo(FIVE_YEARS, rest)))
    then = amended(commitment, effective_on=LATER, **cash_of([*forgo(FIVE_YEARS, rest)[:-1], due(2028, 1)]))
    denied(
        "pauses of a commitment do not overlap",
        """
        INSERT INTO sponsors_pause (commitment_id, starts_on, ends_before, added_by_id)
        VALUES (%s, '2027-12-31', '2028-02-01', %s)
        """,
        commitment.pk,
        then.pk,
        deferred=True,
    )


def test_one_approved_before_the_books_are_closed_is_not_applied_in_them(commitment):
    proposal = proposed_amendment(commitment, effective_on=date(2025, 12, 31), **cash_of(DOUBLED))
    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)
    run(
        "UPDATE sponsors_amendment SET state = 'approved', approved_by_id = %s, approved_on = %s",
        approver().pk,
        TODAY,
    )
    run("UPDATE sponsors_commitment SET amended_by_id = %s WHERE id = %s", proposal.pk, commitment.pk)
    denied(
        "the books are closed before 2026-01-01",
        "UPDATE sponsors_amendment SET state = 'applied', turn = 1, applied_on = %s WHERE id = %s",
        TODAY,
        proposal.pk,
    )


def test_history_names_who_approved(commitment):
    amendment = proposed_amendment(commitment, **cash_of(DOUBLED))
    approve_amendment(actor=approver(), amendment=amendment, today=TODAY)
    assert Amendment.objects.get().approved_by == approver()
    assert schedule(commitment)[-1].amount == Decimal(120_000)


def test_what_is_invoiced_is_not_removed(commitment, approved):
    # The service refuses what the amendment replaces, so another row is invoiced.
    row = commitment.installments.order_by("due_on").first()
    row.commitment = commitment
    invoiced(row)
    denied("an installment on an invoice cannot change", _REMOVE, approved.pk, row.pk)
