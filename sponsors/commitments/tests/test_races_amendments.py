"""Two people amending one commitment at the same moment: real threads, real transactions."""

from datetime import date

import pytest

from foundation.books.closing import BooksClosed, close_books
from foundation.errors import RuleViolation
from sponsors.commitments.models import Amendment, Installment
from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.services import apply_waiting_amendments, approve_amendment
from sponsors.commitments.tests.amending import (
    TODAY,
    amended,
    approver,
    cash_of,
    due,
    proposed_amendment,
    schedule,
)
from sponsors.commitments.tests.factories import received, signed_commitment
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
FIVE_YEARS = [due(year, 60_000) for year in range(2024, 2029)]
DOUBLED = [*FIVE_YEARS[:3], due(2027, 120_000), due(2028, 120_000)]
HALVED = [*FIVE_YEARS[:3], due(2027, 30_000), due(2028, 30_000)]


def test_two_amendments_proposed_at_once_get_different_numbers():
    commitment = signed_commitment()
    results = at_once(
        *[lambda parts=parts: proposed_amendment(commitment, **cash_of(parts)) for parts in (DOUBLED, HALVED)]
    )
    assert sorted(result.number for result in results) == [1, 2]


def test_of_two_approved_at_once_one_takes_effect_and_the_other_is_told():
    commitment = signed_commitment()
    both = [proposed_amendment(commitment, **cash_of(parts)) for parts in (DOUBLED, HALVED)]
    judge = approver()

    results = at_once(
        *[lambda one=one: approve_amendment(actor=judge, amendment=one, today=TODAY) for one in both]
    )

    refusals = [result for result in results if isinstance(result, NotAllowedNow)]
    assert [refusal.code for refusal in refusals] == ["changed_meanwhile"]
    assert schedule(commitment) in (DOUBLED, HALVED)
    assert commitment.installments.count() == 5


def test_one_amendment_approved_twice_at_once_takes_effect_once():
    commitment = signed_commitment()
    amendment = proposed_amendment(commitment, **cash_of(DOUBLED))
    judge = approver()
    results = at_once(*[lambda: approve_amendment(actor=judge, amendment=amendment, today=TODAY)] * 2)
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 1
    assert Installment.versions.filter(commitment=commitment).count() == 7


def test_two_workers_apply_a_waiting_amendment_once():
    commitment = signed_commitment()
    amended(commitment, effective_on=date(2026, 7, 1), **cash_of(DOUBLED))
    results = at_once(*[lambda: apply_waiting_amendments(actor=None, today=date(2026, 7, 1))] * 2)
    assert sorted(results) == [(0, 0), (1, 0)]
    assert schedule(commitment) == DOUBLED


def test_a_payment_and_an_amendment_of_the_same_installment_never_both_have_it():
    commitment = signed_commitment()
    amendment = proposed_amendment(commitment, **cash_of([due(2024, 10_000), *FIVE_YEARS[1:]]))
    judge = approver()

    results = at_once(
        lambda: approve_amendment(actor=judge, amendment=amendment, today=TODAY),
        lambda: received(commitment.sponsor, 60_000, on=TODAY),
    )

    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, RuleViolation)]
    assert not Installment.versions.filter(paid__gt=0, removed_by__isnull=False).exists()
    assert sum(row.paid for row in commitment.installments.all()) == 60_000


def test_closing_the_books_while_an_amendment_is_approved_lets_one_of_them_win():
    commitment = signed_commitment()
    amendment = proposed_amendment(commitment, effective_on=date(2025, 12, 31), **cash_of(DOUBLED))
    judge = approver()

    results = at_once(
        lambda: approve_amendment(actor=judge, amendment=amendment, today=TODAY),
        lambda: close_books(actor=judge, through=date(2025, 12, 31), today=TODAY),
    )

    applied = Amendment.objects.get().state == "applied"
    assert applied or any(isinstance(result, BooksClosed) for result in results)
    assert schedule(commitment) == (DOUBLED if applied else FIVE_YEARS)
