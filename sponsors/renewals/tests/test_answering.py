"""What people answer to a reminder, and what follows from it."""

import pytest

from foundation.people.models import User
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.renewals.models import ReminderStep, RenewalCase, Telling
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.rules.states import CaseEnd, CaseState, StepState
from sponsors.renewals.services.answering import acknowledge, record_outcome, snooze
from sponsors.renewals.services.cases import move_case
from sponsors.renewals.tests.reminding import (
    DAY,
    backup,
    before,
    ending_commitment,
    give_backup,
    owner,
    sweep,
)

pytestmark = pytest.mark.django_db
TODAY = before(89)


def open_step(**more) -> ReminderStep:
    """Return the step that opened ninety days before the end, the day before today."""
    ending_commitment(signed_on=before(95), **more)
    sweep(before(90))
    return ReminderStep.objects.get()


def answered(step: ReminderStep, outcome: str, **more) -> ReminderStep:
    return record_outcome(actor=owner(), step=step, outcome=outcome, today=TODAY, **more)


def test_an_acknowledged_step_says_by_whom():
    step = acknowledge(actor=backup(), step=open_step())
    assert (step.state, step.settled_by) == (StepState.ACKNOWLEDGED, backup())


def test_what_is_acknowledged_twice_says_so():
    step = acknowledge(actor=owner(), step=open_step())
    with pytest.raises(NotAllowedNow) as refusal:
        acknowledge(actor=backup(), step=step)
    assert "“acknowledged” cannot be acknowledged" in refusal.value.message
    step.refresh_from_db()
    assert step.settled_by == owner()


def test_a_snoozed_step_wakes_on_its_day_and_is_told_again():
    step = snooze(actor=owner(), step=open_step(), until=before(80), reason="They are away.", today=TODAY)
    assert (step.state, step.snoozed_until, step.reason) == (StepState.SNOOZED, before(80), "They are away.")
    sweep(before(81))
    assert Telling.objects.count() == 1
    sweep(before(80))
    step.refresh_from_db()
    assert (step.state, Telling.objects.count()) == (StepState.OPEN, 2)


def test_a_snoozed_step_may_be_acknowledged():
    step = snooze(actor=owner(), step=open_step(), until=before(80), reason="They are away.", today=TODAY)
    step = acknowledge(actor=owner(), step=step)
    assert (step.state, step.snoozed_until) == (StepState.ACKNOWLEDGED, None)


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (TODAY, "snooze_not_ahead"),
        (before(60), "snooze_after_window"),
    ],
)
def test_a_step_sleeps_until_a_day_ahead_and_before_the_next(until, code):
    step = open_step()
    with pytest.raises(RenewalError) as refusal:
        snooze(actor=owner(), step=step, until=until, reason="They are away.", today=TODAY)
    assert (refusal.value.code, refusal.value.field) == (code, "until")
    assert snooze(
        actor=owner(), step=step, until=before(61), reason="Away.", today=TODAY
    ).snoozed_until == before(61)


def test_no_step_sleeps_longer_than_ninety_days():
    ending_commitment(years=3)
    sweep(before(365))
    step = ReminderStep.objects.get()
    with pytest.raises(RenewalError) as refusal:
        snooze(actor=owner(), step=step, until=before(365) + 91 * DAY, reason="Later.", today=before(365))
    assert refusal.value.code == "snooze_too_long"


def test_a_snooze_needs_a_reason():
    with pytest.raises(RenewalError) as refusal:
        snooze(actor=owner(), step=open_step(), until=before(80), reason=" ", today=TODAY)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize(
    ("outcome", "column"), [("negotiating", CaseState.NEGOTIATING), ("renewing", CaseState.AGREED)]
)
def test_what_they_said_moves_the_card_and_later_steps_come(outcome, column):
    step = answered(open_step(), outcome, note="Ann will write next week.")
    case = RenewalCase.objects.get()
    assert (step.state, case.state, case.closed_on) == (StepState.ACKNOWLEDGED, column, None)
    assert case.moves.get().note == "Ann will write next week."
    assert sweep(before(60)).opened == 1


def test_an_outcome_may_follow_when_the_step_was_acknowledged():
    step = acknowledge(actor=owner(), step=open_step())
    assert answered(step, "negotiating").state == StepState.ACKNOWLEDGED


def test_the_same_outcome_twice_moves_nothing_more():
    step = open_step()
    answered(step, "negotiating")
    answered(step, "negotiating")
    assert RenewalCase.objects.get().moves.count() == 1


def test_a_recorded_decline_closes_everything():
    step = answered(open_step(), "declined", note="Their budget is closed.")
    case = RenewalCase.objects.get()
    assert (step.state, step.reason, step.settled_by) == (
        StepState.CLOSED,
        "Their budget is closed.",
        owner(),
    )
    assert (case.state, case.closed_as, case.closed_on) == (CaseState.DECLINED, CaseEnd.DECLINED, TODAY)
    assert sweep(before(60)).opened == 0


def test_a_decline_that_the_board_knows_of_already_needs_no_other_reason():
    step = open_step()
    case = RenewalCase.objects.get()
    move_case(actor=owner(), case=case, state=CaseState.DECLINED, note="Their budget is closed.", today=TODAY)
    step = answered(step, "declined")
    assert (step.state, step.reason) == (StepState.CLOSED, "The renewal was declined.")


def test_a_decline_says_why():
    step = open_step()
    with pytest.raises(RenewalError) as refusal:
        answered(step, "declined")
    assert refusal.value.field == "note"
    step.refresh_from_db()
    assert (step.state, RenewalCase.objects.get().state) == (StepState.OPEN, CaseState.DUE)


def test_a_renewal_is_borne_out_by_a_signed_commitment():
    step = open_step()
    with pytest.raises(RenewalError) as refusal:
        answered(step, "renewed")
    assert refusal.value.code == "not_renewed"
    commitment = step.commitment
    following = signed_commitment(
        commitment.sponsor,
        starts_on=commitment.ends_before,
        years=1,
        signed_on=TODAY,
        renewal_of=commitment,
    )
    step = answered(step, "renewed")
    assert (step.state, step.reason) == (StepState.CLOSED, f"Renewed by {following.number}.")
    assert RenewalCase.objects.get().closed_as == CaseEnd.RENEWED


def test_nothing_is_answered_once_the_ladder_is_closed():
    step = answered(open_step(), "declined", note="Their budget is closed.")
    with pytest.raises(NotAllowedNow):
        answered(step, "negotiating")


def test_an_outcome_nobody_knows_is_named():
    with pytest.raises(RenewalError) as refusal:
        answered(open_step(), "maybe")
    assert refusal.value.code == "unknown_outcome"


def test_no_answer_by_whom_it_may_concern_stops_the_others():
    """Whoever acknowledges: the step goes no further."""
    step = open_step()
    give_backup(step.commitment, backup())
    acknowledge(actor=backup(), step=step)
    for day in range(89, 61, -1):
        sweep(before(day))
    assert User.objects.filter(pk__in=Telling.objects.values("person")).get() == owner()
