"""What follows a commitment, and amendments that move its end: the two never promise the same days unsaid."""

from datetime import date, timedelta

import pytest

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import AmendmentState, NotAllowedNow, RenewalTerms, State
from sponsors.commitments.services import (
    apply_waiting_amendments,
    approve_amendment,
    end,
    renew_automatically,
    renew_commitment,
    terminate,
    withdraw,
    withdraw_amendment,
)
from sponsors.commitments.tests.amending import amended, approver, proposed_amendment
from sponsors.commitments.tests.factories import colleague, drafted_commitment, signed_commitment
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db
AGREED = RenewalTerms(notice_days=30, automatically=True, months=12)
# Of a commitment of 2024.
RENEWED_ON = date(2024, 12, 2)
LONGER = date(2025, 7, 1)


@pytest.fixture
def commitment():
    return signed_commitment(years=1, renewal=AGREED)


def renewed(commitment):
    assert renew_automatically(actor=None, today=RENEWED_ON) == (1, 0)
    return Commitment.objects.get(renewal_of=commitment)


def longer(commitment, ends_before=LONGER, today=RENEWED_ON):
    return proposed_amendment(commitment, today=today, ends_before=ends_before)


def ended_before(commitment):
    return Commitment.objects.get(pk=commitment.pk).ends_before


def test_no_amendment_moves_the_end_into_the_renewal(commitment):
    renewal = renewed(commitment)
    sentence = (
        f"{renewal.number} follows {commitment.number} from 2025-01-01, so both would hold at once. "
        f"Choose 2024-12-31 as the last day, or amend {renewal.number} instead."
    )
    with refused(sentence, field="ends_on", code="renewal_overlaps", kind=NotAllowedNow):
        longer(commitment)
    assert not commitment.amendments.exists()
    amended(renewal, today=RENEWED_ON, ends_before=date(2026, 7, 1))
    assert ended_before(renewal) == date(2026, 7, 1)


def test_one_that_was_proposed_before_is_not_approved_after(commitment):
    amendment = longer(commitment, today=date(2024, 11, 1))
    renewed(commitment)
    with refused("so both would hold at once", field="ends_on", kind=NotAllowedNow):
        approve_amendment(actor=approver(), amendment=amendment, today=RENEWED_ON)
    assert ended_before(commitment) == date(2025, 1, 1)


def test_the_end_moves_earlier_all_the_same(commitment):
    plain = signed_commitment()
    drafted_commitment(plain.sponsor, starts_on=date(2029, 1, 1), renewal_of=plain)
    amended(plain, effective_on=date(2026, 2, 14), ends_before=date(2028, 7, 1))
    assert ended_before(plain) == date(2028, 7, 1)


def test_a_draft_that_follows_is_withdrawn_first(commitment):
    draft = renew_commitment(actor=colleague(), commitment=commitment, today=RENEWED_ON)
    with refused(f"or withdraw {draft.number} first", field="ends_on"):
        longer(commitment)
    withdraw(actor=colleague(), commitment=draft, reason="They extend.", today=RENEWED_ON)
    amended(commitment, today=RENEWED_ON, ends_before=LONGER)
    assert ended_before(commitment) == LONGER


def test_the_end_moves_up_to_what_follows_later(commitment):
    drafted_commitment(commitment.sponsor, starts_on=LONGER, renewal_of=commitment)
    with refused("Choose 2025-06-30 as the last day", field="ends_on"):
        longer(commitment, LONGER + timedelta(days=1))
    amended(commitment, today=RENEWED_ON, ends_before=LONGER)
    assert ended_before(commitment) == LONGER


def test_an_overlap_that_was_agreed_is_not_made_longer(commitment):
    early = signed_commitment(commitment.sponsor, starts_on=date(2024, 10, 1), renewal_of=commitment)
    with refused(f"Choose 2024-12-31 as the last day, or amend {early.number}", field="ends_on"):
        longer(commitment)


@pytest.mark.parametrize(("closed_on", "free"), [(RENEWED_ON, True), (date(2025, 3, 1), False)])
def test_a_renewal_that_was_terminated_leaves_its_days_free_from_then_on(commitment, closed_on, free):
    renewal = renewed(commitment)
    terminate(
        actor=colleague(), commitment=renewal, closed_on=closed_on, reason="They extend.", today=closed_on
    )
    if free:
        assert longer(commitment)
    else:
        with refused("so both would hold at once", field="ends_on"):
            longer(commitment)


def test_what_shall_end_later_on_its_day_waits_with_its_renewal(commitment):
    amendment = proposed_amendment(
        commitment, today=date(2024, 11, 1), effective_on=date(2024, 12, 15), ends_before=LONGER
    )
    assert list(Commitment.objects.to_renew(RENEWED_ON)) == [commitment]
    approve_amendment(actor=approver(), amendment=amendment, today=date(2024, 11, 2))
    assert renew_automatically(actor=None, today=RENEWED_ON) == (0, 0)
    assert apply_waiting_amendments(actor=None, today=date(2024, 12, 15)) == (1, 0)
    assert ended_before(commitment) == LONGER
    assert renew_automatically(actor=None, today=date(2024, 12, 15)) == (0, 0)
    assert renew_automatically(actor=None, today=date(2025, 6, 2)) == (1, 0)
    assert Commitment.objects.get(renewal_of=commitment).starts_on == LONGER


def test_an_agreed_change_of_anything_else_holds_no_renewal_up(commitment):
    amendment = proposed_amendment(
        commitment,
        today=date(2024, 11, 1),
        effective_on=date(2024, 12, 15),
        renewal=RenewalTerms(notice_days=10, automatically=True, months=12),
    )
    approve_amendment(actor=approver(), amendment=amendment, today=date(2024, 11, 2))
    assert renewed(commitment)


def test_a_renewal_comes_after_all_once_the_amendment_is_withdrawn(commitment):
    amendment = proposed_amendment(
        commitment, today=date(2024, 11, 1), effective_on=date(2024, 12, 15), ends_before=LONGER
    )
    approve_amendment(actor=approver(), amendment=amendment, today=date(2024, 11, 2))
    end(actor=None, commitment=commitment, today=date(2025, 1, 1))
    assert apply_waiting_amendments(actor=None, today=date(2025, 1, 1)) == (0, 1)
    withdraw_amendment(actor=colleague(), amendment=amendment, reason="Too late.")
    amendment.refresh_from_db()
    assert amendment.state == AmendmentState.WITHDRAWN
    assert renewed(commitment).state == State.SIGNED
