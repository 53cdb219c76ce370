"""The nightly sweep: each step once, who is told, and what ends it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sponsors.agreements.tests.factories import a_pdf
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import RenewalTerms, add_months
from sponsors.commitments.services import give_notice, keep_signed_copy, terminate, withdraw_notice
from sponsors.commitments.tests.amending import amended
from sponsors.commitments.tests.factories import colleague, signed_commitment
from sponsors.renewals.models import ReminderRung, ReminderStep, RenewalCase, Telling
from sponsors.renewals.rules.ladder import Rung, Told
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import CaseEnd, CaseState, StepState
from sponsors.renewals.services.reminder_policies import set_override
from sponsors.renewals.services.sweeping import follow_up, sweep_reminders
from sponsors.renewals.tests.reminding import (
    DAY,
    END,
    after,
    assessed,
    before,
    ending_commitment,
    known_since,
    owner,
    policy,
    steps,
    sweep,
    sweep_each_day,
    told,
)

pytestmark = pytest.mark.django_db


def only_step() -> ReminderStep:
    return ReminderStep.objects.get()


def test_the_first_step_opens_on_its_day_and_tells_the_owner():
    commitment = ending_commitment()
    assert (sweep(before(181)).opened, sweep(before(180)).opened) == (0, 1)
    assert steps(commitment) == [("end-180", StepState.OPEN)]
    assert told(commitment) == [("Olga", Told.OWNER, before(180))]


def test_a_step_that_opens_opens_the_case():
    commitment = ending_commitment()
    sweep(before(180))
    case = commitment.renewal_case
    assert (case.state, case.opened_on, case.closed_on) == (CaseState.DUE, before(180), None)


def test_a_second_sweep_of_the_day_does_nothing():
    ending_commitment()
    sweep(before(180))
    again = sweep(before(180))
    assert (again.opened, again.missed, again.told, Telling.objects.count()) == (0, 0, 0, 1)


def test_what_went_by_unseen_is_written_as_missed_and_only_the_open_one_is_told():
    commitment = ending_commitment()
    swept = sweep(before(10))
    assert (swept.opened, swept.missed, swept.told) == (1, 5, 1)
    assert steps(commitment)[-2:] == [("end-30", StepState.MISSED), ("end-14", StepState.OPEN)]


def test_what_was_over_before_bursar_knew_of_it_nobody_missed():
    commitment = ending_commitment()
    known_since(commitment, before(70))
    sweep(before(10))
    assert steps(commitment) == [
        ("end-90", StepState.MISSED),
        ("end-60", StepState.MISSED),
        ("end-30", StepState.MISSED),
        ("end-14", StepState.OPEN),
    ]


def test_a_gap_of_ten_days_makes_one_message():
    commitment = ending_commitment()
    sweep(before(31))
    Telling.objects.all().delete()
    assert sweep(before(21)).told == 1
    assert steps(commitment)[-1] == ("end-30", StepState.OPEN)


def test_a_step_is_replaced_when_the_next_opens():
    commitment = ending_commitment()
    sweep_each_day(before(181), before(149))
    assert steps(commitment) == [("end-180", StepState.REPLACED), ("end-150", StepState.OPEN)]


def test_a_snoozed_step_is_replaced_too():
    commitment = ending_commitment()
    sweep(before(180))
    ReminderStep.objects.update(state=StepState.SNOOZED, snoozed_until=before(100), reason="They are away.")
    sweep(before(150))
    assert steps(commitment) == [("end-180", StepState.REPLACED), ("end-150", StepState.OPEN)]


def test_steps_before_the_signature_are_left_out():
    commitment = ending_commitment(signed_on=before(100))
    sweep(before(95))
    assert steps(commitment) == []
    sweep(before(90))
    assert steps(commitment) == [("end-90", StepState.OPEN)]


def test_long_commitments_are_looked_at_a_year_before():
    commitment = ending_commitment(years=3)
    sweep(before(365))
    assert steps(commitment) == [("end-365", StepState.OPEN)]


def test_so_are_those_of_the_top_exposure():
    commitment = ending_commitment()
    assessed(commitment, cash_a_year=Decimal(100_000), replacement_a_year=Decimal(50_000))
    sweep(before(365))
    assert ("end-365", StepState.OPEN) in steps(commitment)


@pytest.mark.parametrize("risk", [{"band": Band.HIGH}, {"cash_a_year": Decimal(100_000)}])
def test_high_risk_or_exposure_has_more_steps_and_half_of_the_time(risk):
    commitment = ending_commitment()
    assessed(commitment, **risk)
    sweep(before(270))
    assert steps(commitment) == [("end-270", StepState.OPEN)]
    assert only_step().response_days == 5


def test_risk_that_rises_later_makes_no_step_of_the_past():
    commitment = ending_commitment()
    sweep(before(150))
    assessed(commitment, band=Band.CRITICAL)
    sweep(before(110))
    assert [code for code, _state in steps(commitment)] == ["end-180", "end-150", "end-120"]


def test_the_day_for_notice_has_steps_of_its_own():
    commitment = ending_commitment(renewal=RenewalTerms(notice_days=90))
    sweep(before(120))
    assert dict(steps(commitment))["notice-30"] == StepState.OPEN
    assert dict(steps(commitment))["end-150"] == StepState.OPEN


def test_the_last_step_of_a_notice_is_closed_when_its_window_is_over():
    commitment = ending_commitment(renewal=RenewalTerms(notice_days=90))
    sweep(before(90))
    assert dict(steps(commitment))["notice+0"] == StepState.OPEN
    sweep(before(60))
    assert dict(steps(commitment))["notice+0"] == StepState.CLOSED


def test_a_changed_end_closes_the_old_ladder_and_begins_another():
    commitment = ending_commitment()
    sweep(before(180))
    later = add_months(commitment.ends_before, 12)
    amended(commitment, today=before(179), ends_before=later)
    sweep(before(179))
    old = only_step()
    assert (old.state, old.reason) == (
        StepState.CLOSED,
        "A new ladder began: the last day is now 2027-04-30.",
    )
    sweep(date(2027, 4, 30) - 180 * DAY)
    new = ReminderStep.objects.filter(ends_before=later, state=StepState.OPEN).get()
    assert (new.code, new.due_on) == ("end-180", date(2027, 4, 30) - 180 * DAY)
    assert RenewalCase.objects.get().closed_on is None


def renewed(commitment: Commitment, **more) -> Commitment:
    return signed_commitment(
        commitment.sponsor,
        starts_on=commitment.ends_before,
        years=1,
        signed_on=before(170),
        renewal_of=commitment,
        **more,
    )


def test_a_signed_renewal_closes_ladder_and_case_within_minutes():
    commitment = ending_commitment()
    sweep(before(180))
    following = renewed(commitment)
    assert follow_up(actor=None, today=before(170)) == 1
    step = only_step()
    assert (step.state, step.reason) == (StepState.CLOSED, f"Renewed by {following.number}.")
    case = RenewalCase.objects.get()
    assert (case.closed_as, case.closed_on) == (CaseEnd.RENEWED, before(170))
    assert sweep(before(150)).opened == 0


def test_nothing_is_closed_while_nothing_happened():
    ending_commitment()
    sweep(before(180))
    assert follow_up(actor=None, today=before(170)) == 0
    assert only_step().state == StepState.OPEN


def test_a_decline_closes_ladder_and_case():
    ending_commitment()
    sweep(before(180))
    RenewalCase.objects.update(state=CaseState.DECLINED)
    assert follow_up(actor=None, today=before(170)) == 1
    assert (only_step().state, RenewalCase.objects.get().closed_as) == (StepState.CLOSED, CaseEnd.DECLINED)
    assert sweep(before(150)).opened == 0


def test_who_declined_and_renewed_after_all_is_renewed():
    commitment = ending_commitment()
    sweep(before(180))
    RenewalCase.objects.update(state=CaseState.DECLINED)
    follow_up(actor=None, today=before(175))
    renewed(commitment)
    follow_up(actor=None, today=before(170))
    case = RenewalCase.objects.get()
    assert (case.state, case.closed_as) == (CaseState.AGREED, CaseEnd.RENEWED)


def test_a_notice_stops_the_ladder_until_it_is_withdrawn():
    commitment = ending_commitment()
    sweep(before(180))
    give_notice(
        actor=colleague(),
        commitment=commitment,
        given_on=before(170),
        given_by="sponsor",
        reason="Their budget is closed.",
        today=before(170),
    )
    assert follow_up(actor=None, today=before(170)) == 1
    assert only_step().reason == f"Notice was given on {before(170)}."
    assert RenewalCase.objects.get().closed_on is None
    assert sweep(before(150)).opened == 0
    withdraw_notice(actor=colleague(), commitment=commitment, reason="They found money.", today=before(145))
    assert sweep(before(140)).opened == 1


def test_a_notice_that_stands_at_the_end_closes_the_case():
    commitment = ending_commitment()
    sweep(before(180))
    give_notice(
        actor=colleague(),
        commitment=commitment,
        given_on=before(170),
        given_by="sponsor",
        reason="Their budget is closed.",
        today=before(170),
    )
    follow_up(actor=None, today=END)
    assert RenewalCase.objects.get().closed_on is None
    follow_up(actor=None, today=after(1))
    assert RenewalCase.objects.get().closed_as == CaseEnd.DECLINED


def test_an_end_that_is_moved_after_a_decline_takes_the_case_up_again():
    commitment = ending_commitment()
    sweep(before(180))
    RenewalCase.objects.update(state=CaseState.DECLINED)
    follow_up(actor=None, today=before(175))
    later = add_months(commitment.ends_before, 12)
    amended(commitment, today=before(170), ends_before=later)
    follow_up(actor=None, today=before(170))
    case = RenewalCase.objects.get()
    assert (case.state, case.closed_on) == (CaseState.DUE, None)
    assert [(move.before, move.note) for move in case.moves.all()] == [
        (CaseState.DECLINED, "Its last day was changed.")
    ]
    assert sweep(date(2027, 4, 30) - 180 * DAY).opened == 1


def test_what_was_moved_before_a_decline_takes_no_case_up_again_however_its_papers_change():
    commitment = ending_commitment()
    sweep(before(180))
    amendment = amended(commitment, today=before(178), ends_before=add_months(commitment.ends_before, 1))
    RenewalCase.objects.update(state=CaseState.DECLINED)
    follow_up(actor=None, today=before(175))
    keep_signed_copy(actor=colleague(), amendment=amendment, content=a_pdf())
    follow_up(actor=None, today=before(170))
    assert RenewalCase.objects.get().closed_as == CaseEnd.DECLINED


def test_a_termination_closes_ladder_and_case():
    commitment = ending_commitment()
    sweep(before(180))
    terminate(
        actor=colleague(),
        commitment=commitment,
        closed_on=before(170),
        reason="They closed.",
        today=before(170),
    )
    follow_up(actor=None, today=before(170))
    assert (only_step().state, RenewalCase.objects.get().closed_as) == (
        StepState.CLOSED,
        CaseEnd.TERMINATED,
    )


@pytest.mark.parametrize(("state", "end"), [(CaseState.DUE, CaseEnd.LAPSED), (CaseState.NEGOTIATING, "")])
def test_when_the_ladder_is_over_what_nobody_works_on_has_lapsed(state, end):
    commitment = ending_commitment()
    sweep(after(119))
    RenewalCase.objects.update(state=state)
    assert steps(commitment)[-1] == ("end+90", StepState.OPEN)
    sweep(after(120))
    assert steps(commitment)[-1] == ("end+90", StepState.CLOSED)
    assert RenewalCase.objects.get().closed_as == end
    assert sweep(after(400)).opened == 0


def test_a_ladder_that_ends_before_the_commitment_lets_nothing_lapse_that_still_runs():
    commitment = ending_commitment()
    short = policy("Only early", Rung(-90, 5))
    set_override(actor=owner(), commitment=commitment, policy=short, reason="They decide early.")
    sweep(before(90))
    sweep(before(60))
    assert (steps(commitment), RenewalCase.objects.get().closed_as) == ([("end-90", StepState.CLOSED)], "")
    sweep(after(1))
    assert RenewalCase.objects.get().closed_as == CaseEnd.LAPSED


def test_a_ladder_that_nobody_looked_at_again_is_closed_as_well():
    ending_commitment()
    sweep(after(119))
    assert sweep(after(500)).closed == 1


def test_small_batches_do_the_same_as_large_ones():
    first, second, third = (ending_commitment() for _ in range(3))
    assert sweep_reminders(actor=None, today=before(180), at_once=1).told == 3
    assert [steps(one) for one in (first, second, third)] == [[("end-180", StepState.OPEN)]] * 3


def test_a_night_costs_as_many_queries_for_many_as_for_one(django_assert_num_queries):
    ending_commitment()
    with CaptureQueriesContext(connection) as one:
        sweep(before(180))
    for _ in range(5):
        ending_commitment()
    with django_assert_num_queries(len(one)):
        assert sweep(before(180)).opened == 5


def test_without_a_step_for_notices_or_without_any_a_night_goes_by():
    commitment = ending_commitment(renewal=RenewalTerms(notice_days=90))
    ReminderRung.objects.filter(anchor="notice").delete()
    sweep(before(180))
    assert steps(commitment) == [("end-180", StepState.OPEN)]
    ReminderRung.objects.all().delete()
    assert sweep(before(150)).opened == 0
