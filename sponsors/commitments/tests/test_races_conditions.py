"""Conditions and renewals at the same moment: real threads, real transactions."""

from datetime import date

import pytest

from foundation.errors import RuleViolation
from sponsors.commitments.models import Commitment, Condition, ConditionProgress
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.services import (
    approve_amendment,
    give_notice,
    renew_automatically,
    renew_commitment,
    reverse_progress,
)
from sponsors.commitments.tests.amending import approver, proposed_amendment
from sponsors.commitments.tests.conditions import TODAY, match, only_condition, progressed
from sponsors.commitments.tests.factories import colleague, signed_commitment
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AGREED = RenewalTerms(notice_days=30, automatically=True, months=12)


def test_two_entries_that_together_exceed_the_target_do_not_both_count():
    commitment = signed_commitment(years=1, yearly_amount=100_000, conditions=[match()])
    condition = only_condition(commitment)
    colleague()
    results = at_once(
        *[lambda number=n: progressed(condition, 60_000, reference=f"report-{number}") for n in (1, 2)]
    )
    [refusal] = [result for result in results if isinstance(result, RuleViolation)]
    assert refusal.code == "above_target"
    assert Condition.objects.get().reached == 60_000


def test_one_entry_reversed_twice_at_once_is_reversed_once():
    commitment = signed_commitment(years=1, yearly_amount=100_000, conditions=[match()])
    progress = progressed(only_condition(commitment), 60_000)
    actor = colleague()
    results = at_once(
        *[lambda: reverse_progress(actor=actor, progress=progress, reason="Wrong.", today=TODAY)] * 2
    )
    assert sum(isinstance(result, ConditionProgress) for result in results) == 1
    assert Condition.objects.get().reached == 0


def test_two_workers_renew_a_commitment_once():
    commitment = signed_commitment(years=1, renewal=AGREED)
    results = at_once(*[lambda: renew_automatically(actor=None, today=date(2024, 12, 2))] * 2)
    assert sorted(results) == [(0, 0), (1, 0)]
    assert Commitment.objects.filter(renewal_of=commitment).count() == 1


def test_notice_and_renewal_at_once_leave_one_of_them():
    commitment = signed_commitment(years=1, renewal=AGREED)
    actor = colleague()
    notice, renewed = at_once(
        lambda: give_notice(
            actor=actor,
            commitment=commitment,
            given_on=date(2024, 12, 1),
            given_by="sponsor",
            reason="Sold.",
            today=date(2024, 12, 2),
        ),
        lambda: renew_automatically(actor=None, today=date(2024, 12, 2)),
    )
    was_renewed = Commitment.objects.filter(renewal_of=commitment).exists()
    assert isinstance(notice, RuleViolation) == was_renewed
    assert renewed == (int(was_renewed), 0)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_later_end_and_a_renewal_at_once_never_promise_the_same_days(by_hand):
    commitment = signed_commitment(years=1, renewal=AGREED)
    today = date(2024, 12, 2)
    amendment = proposed_amendment(commitment, today=today, ends_before=date(2025, 7, 1))
    judge, actor = approver(), colleague()

    def renew():
        if by_hand:
            return renew_commitment(actor=actor, commitment=commitment, today=today)
        return renew_automatically(actor=None, today=today)

    approved, _renewed = at_once(
        lambda: approve_amendment(actor=judge, amendment=amendment, today=today), renew
    )

    commitment.refresh_from_db()
    followers = Commitment.objects.filter(renewal_of=commitment)
    assert all(row.starts_on >= commitment.ends_before for row in followers)
    was_refused = isinstance(approved, RuleViolation)
    assert commitment.ends_before == (date(2025, 1, 1) if was_refused else date(2025, 7, 1))
    assert followers.exists() == (was_refused or by_hand)
