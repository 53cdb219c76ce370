"""An approved amendment that waits for its day: what else may be agreed, and asked for, until then."""

from datetime import date

import pytest

from sponsors.commitments.models import Amendment, Invoice
from sponsors.commitments.rules import CommitmentError, NotAllowedNow, Period, RenewalTerms
from sponsors.commitments.services import InvoiceRequest, approve_amendment, issue_invoice
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
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db

LATER = date(2026, 7, 1)
REST = Period(date(2026, 8, 1), date(2026, 11, 1))
FOUR_YEARS = [due(year, 60_000) for year in range(2024, 2028)]
DOUBLED_2028 = [*FOUR_YEARS, due(2028, 120_000)]


@pytest.mark.parametrize("effective_on", [TODAY, date(2026, 7, 15)], ids=["before it", "after it"])
def test_pauses_that_overlap_one_that_waits_are_refused(effective_on):
    commitment = signed_commitment()
    waiting = amended(commitment, effective_on=LATER, pauses=[REST])
    sentence = (
        "The pause from 2026-10-31 to 2026-12-31 overlaps the one from 2026-08-01 to 2026-10-31 of amendment 1, "
        "which is approved and takes effect on 2026-07-01. Choose other days, or withdraw that amendment first."
    )
    with refused(sentence, field="pauses", code="pauses_overlap", kind=CommitmentError):
        proposed_amendment(
            commitment, effective_on=effective_on, pauses=[Period(date(2026, 10, 31), date(2027, 1, 1))]
        )
    assert Amendment.objects.get() == waiting


def test_of_two_proposals_with_overlapping_pauses_one_is_approved():
    commitment = signed_commitment()
    one, other = (proposed_amendment(commitment, effective_on=LATER, pauses=[REST]) for _ in range(2))
    approve_amendment(actor=approver(), amendment=one, today=TODAY)
    with refused("of amendment 1, which is approved", field="pauses", code="pauses_overlap"):
        approve_amendment(actor=approver(), amendment=other, today=TODAY)


def test_pauses_that_only_touch_wait_side_by_side():
    commitment = signed_commitment()
    amended(commitment, effective_on=LATER, pauses=[REST])
    beside = amended(commitment, effective_on=LATER, pauses=[Period(REST.ends_before, date(2026, 12, 1))])
    assert beside.state == "approved"


def test_nothing_may_fall_due_in_a_pause_that_waits():
    commitment = signed_commitment()
    amended(commitment, effective_on=LATER, pauses=[REST])
    moved = [*FOUR_YEARS, due(2026, 60_000, month=8, day=31)]
    with refused("would fall due on 2026-08-31", field="installments", code="due_in_pause"):
        proposed_amendment(commitment, **cash_of(moved))


def test_no_pause_may_cover_what_one_that_waits_lets_fall_due():
    commitment = signed_commitment()
    amended(commitment, effective_on=LATER, **cash_of([*FOUR_YEARS, due(2026, 60_000, month=8)]))
    with refused("With amendment 1, which is approved", field="pauses", code="due_in_pause"):
        proposed_amendment(commitment, pauses=[REST])


def test_what_one_that_waits_changes_is_not_changed_by_another():
    commitment = signed_commitment()
    amended(commitment, effective_on=LATER, **cash_of(DOUBLED_2028))
    sentence = (
        "The lines that this changes are changed by amendment 1, which is approved and takes effect on 2026-07-01, "
        "too. Leave those as they are, or withdraw amendment 1 and propose both changes as one."
    )
    with refused(sentence, field="lines", code="changed_by_waiting", kind=NotAllowedNow):
        proposed_amendment(commitment, **cash_of([*FOUR_YEARS[:3], due(2028, 60_000)]))


def test_the_end_is_not_agreed_twice():
    commitment = signed_commitment()
    amended(commitment, effective_on=LATER, renewal=RenewalTerms(notice_days=30))
    with refused("The renewal that this changes", field="renewal", code="changed_by_waiting"):
        proposed_amendment(commitment, renewal=RenewalTerms(notice_days=60))


def test_no_invoice_asks_for_what_an_approved_amendment_takes_away():
    commitment = signed_commitment()
    amended(commitment, effective_on=LATER, **cash_of(DOUBLED_2028))
    last, first = (commitment.installments.get(due_on__year=year) for year in (2028, 2024))
    sentence = (
        f"Installment {last} is replaced by amendment 1, which is approved and takes effect on 2026-07-01. Choose "
        "another one, or withdraw the amendment first."
    )
    with refused(sentence, field="installments", code="goes_by_amendment", kind=NotAllowedNow):
        issue_invoice(
            actor=colleague(),
            request=InvoiceRequest(commitment=commitment, installments=[first, last]),
            today=TODAY,
        )
    assert not Invoice.objects.exists()
    assert invoiced(first, on=TODAY).number


def test_one_that_cannot_take_effect_as_things_stand_is_to_be_repaired():
    commitment, fine = signed_commitment(), signed_commitment()
    amendment = amended(commitment, effective_on=LATER, **cash_of(DOUBLED_2028))
    amended(fine, effective_on=LATER, **cash_of(DOUBLED_2028))
    assert not Amendment.objects.undecided(TODAY).exists()
    received(commitment.sponsor, 300_000, on=TODAY)
    assert list(Amendment.objects.undecided(TODAY)) == [amendment]
    assert schedule(commitment)[-1] == due(2028, 60_000)


def test_the_page_that_amends_names_those_that_wait(signed_in):
    commitment = signed_commitment()
    waiting = amended(commitment, effective_on=LATER, reason="Traffic doubles", **cash_of(DOUBLED_2028))
    page = signed_in(colleague()).get(f"/admin/sponsors/commitment/{commitment.pk}/do/amend/")
    assert "Amendment 1</a>, from 2026-07-01: Traffic doubles" in page.text
    assert f"/admin/sponsors/amendment/{waiting.pk}/change/" in page.text
