"""Conditions of commitments: agreed with a draft, met by facts, changed by amendments, read on any day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from foundation.books.closing import BooksClosed, close_books
from sponsors.commitments.models import Condition, ConditionProgress
from sponsors.commitments.rules import ConditionState, NotAllowedNow
from sponsors.commitments.selectors import promised_cash
from sponsors.commitments.services import (
    approve_amendment,
    propose,
    renew_commitment,
    reverse_progress,
    revise,
    revise_draft,
    terminate,
)
from sponsors.commitments.tests.amending import amended, approver, cash_of, due, proposed_amendment
from sponsors.commitments.tests.conditions import TODAY, match, only_condition, progressed
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    proposed_commitment,
    signed_commitment,
)
from sponsors.commitments.tests.raw import denied
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def commitment():
    return signed_commitment(years=1, yearly_amount=100_000, conditions=[match()])


@pytest.fixture
def condition(commitment):
    return only_condition(commitment)


def reversed_(progress, today=TODAY):
    return reverse_progress(actor=colleague(), progress=progress, reason="Counted twice.", today=today)


def test_progress_makes_a_part_ours_from_its_day_on(commitment, condition):
    progressed(condition, 25_000, on=date(2024, 3, 1))
    progressed(condition, 35_000, on=date(2024, 6, 1), reference="report-2")

    day_by_day = {
        day: promised_cash(commitment, day) for day in (date(2024, 2, 29), date(2024, 3, 1), date(2024, 6, 1))
    }
    assert [cash.conditional for cash in day_by_day.values()] == [100_000, 75_000, 40_000]
    now = day_by_day[date(2024, 6, 1)]
    assert (now.cash, now.unconditional) == (100_000, 60_000)
    assert (now.conditions[0].met, now.conditions[0].unmet) == (60_000, 40_000)
    assert now.conditions[0].state == ConditionState.PARTLY_MET
    condition.refresh_from_db()
    assert condition.reached == 60_000


def test_reading_a_day_costs_six_queries_however_much_there_is(
    commitment, condition, django_assert_num_queries
):
    for number in range(3):
        progressed(condition, 10, reference=f"report-{number}")
    with django_assert_num_queries(6):
        promised_cash(commitment, TODAY)


def test_the_states_in_sql_are_those_of_the_rule(commitment, condition):
    progressed(condition, 1)
    for day in (TODAY, date(2030, 1, 1)):
        [row] = Condition.objects.with_state(day)
        assert row.state == promised_cash(commitment, day).conditions[0].state
    assert Condition.objects.unmet().count() == 1
    progressed(condition, None, reference="report-2")
    assert Condition.objects.with_state(TODAY).get().state == ConditionState.MET
    assert not Condition.objects.unmet().exists()


def test_progress_above_the_target_is_refused_and_nothing_is_written(condition):
    progressed(condition, 60_000)
    with refused("USD 40,000.00 of USD 100,000.00 is missing", field="amount"):
        progressed(condition, 40_001, reference="report-2")
    assert ConditionProgress.objects.count() == 1


def test_one_reference_counts_once_until_it_is_reversed(condition):
    first = progressed(condition, 10)
    with refused("report-1 is recorded already, on 2026-02-14", field="reference", kind=NotAllowedNow):
        progressed(condition, 10)
    reversed_(first)
    progressed(condition, 20)
    condition.refresh_from_db()
    assert condition.reached == 20


def test_a_reversal_counts_from_its_own_day(commitment, condition):
    progress = progressed(condition, 60_000, on=date(2024, 3, 1))
    reversal = reversed_(progress)
    progress.refresh_from_db()
    assert progress.is_reversed
    assert (reversal.amount, reversal.met_on) == (-60_000, TODAY)
    assert promised_cash(commitment, date(2025, 1, 1)).conditional == 40_000
    assert promised_cash(commitment, TODAY).conditional == 100_000
    for row in (progress, reversal):
        with refused("is reversed already", field="progress", kind=NotAllowedNow):
            reversed_(row)


def test_nothing_is_met_before_the_signature():
    draft = drafted_commitment(years=1, conditions=[match(60_000)])
    with refused("is not signed", field="condition", kind=NotAllowedNow):
        progressed(only_condition(draft), 1)


def test_what_was_met_before_a_termination_may_be_recorded_after_it(commitment, condition):
    terminate(
        actor=colleague(), commitment=commitment, closed_on=date(2024, 6, 1), reason="Sold.", today=TODAY
    )
    progressed(condition, 5, on=date(2024, 5, 31))
    with refused("holds no longer from 2024-06-01", field="met_on"):
        progressed(condition, 5, on=date(2024, 6, 1), reference="report-2")


def test_progress_is_dated_in_open_books(condition):
    early = progressed(condition, 5, on=date(2024, 3, 1))
    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)
    with refused("Progress cannot be dated 2025-12-31", field="met_on", kind=BooksClosed):
        progressed(condition, 5, on=date(2025, 12, 31), reference="report-2")
    denied(
        "the books are closed",
        "UPDATE sponsors_conditionprogress SET met_on = '2024-02-01' WHERE id = %s",
        early.pk,
    )
    assert reversed_(early).met_on == TODAY
    late = progressed(condition, 5, reference="report-3")
    close_books(actor=colleague(), through=date(2026, 2, 28), today=date(2026, 3, 1))
    with refused("A reversal cannot be dated 2026-02-14", field="met_on", kind=BooksClosed):
        reversed_(late)


def test_what_was_met_in_closed_time_counts_from_an_open_day_and_names_its_own():
    commitment = signed_commitment(years=1, conditions=[match(60_000, due_on=date(2025, 12, 31))])
    condition = only_condition(commitment)
    another = only_condition(signed_commitment(years=1, conditions=[match(60_000)]))
    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)
    with refused("had to be met by 2025-12-31", field="met_on"):
        progressed(condition, 5)
    with refused("2026-01-05 is after today", field="met_on"):
        progressed(condition, 5, on=date(2026, 1, 5), today=date(2026, 1, 4), corrects_on=date(2025, 12, 20))
    with refused("2026-01-02 is not a closed day", field="corrects_on"):
        progressed(another, 5, corrects_on=date(2026, 1, 2))
    with refused("was signed on 2024-01-01", field="corrects_on"):
        progressed(condition, 5, corrects_on=date(2023, 12, 31))
    entry = progressed(condition, 5, corrects_on=date(2025, 12, 20))
    assert (entry.met_on, entry.corrects_on) == (TODAY, date(2025, 12, 20))


def test_a_draft_may_change_its_conditions_and_a_proposal_not():
    draft = drafted_commitment(years=1, conditions=[match(60_000)])
    revise_draft(actor=colleague(), commitment=draft, conditions=[match(1), match(2)])
    assert [row.amount for row in draft.conditions.all()] == [1, 2]
    revise_draft(actor=colleague(), commitment=draft, title="Another")
    assert [row.position for row in draft.conditions.all()] == [1, 2]
    propose(actor=colleague(), commitment=draft, today=TODAY)
    denied("schedule of a proposed commitment is fixed", "UPDATE sponsors_condition SET amount = 5")
    revise(actor=colleague(), commitment=draft)
    revise_draft(actor=colleague(), commitment=draft, conditions=[])
    assert not draft.conditions.exists()


def test_a_draft_with_less_cash_must_still_cover_its_conditions():
    draft = drafted_commitment(years=1, yearly_amount=100_000, conditions=[match()])
    with refused("only USD 50,000.00 in cash is promised", field="conditions"):
        revise_draft(
            actor=colleague(),
            commitment=draft,
            lines=[cash_line(50_000)],
            schedule=[(date(2024, 1, 1), Decimal(50_000))],
        )


def test_a_renewal_has_the_conditions_again_with_as_much_time():
    earlier = signed_commitment(years=1, yearly_amount=100_000, conditions=[match(due_on=date(2024, 9, 30))])
    progressed(only_condition(earlier), 100_000, on=date(2024, 2, 1))
    renewal = renew_commitment(actor=colleague(), commitment=earlier, today=TODAY)
    again = only_condition(renewal)
    assert (again.due_on, again.reached, again.position) == (date(2025, 9, 30), 0, 1)


# Amendments ----------------------------------------------------------------------------------


def of_position(condition, **change):
    return replace(condition.barrier, **change)


def test_an_amendment_gives_a_condition_more_time_and_keeps_what_was_met(commitment, condition):
    progressed(condition, 60_000, on=date(2024, 3, 1))
    amended(commitment, effective_on=date(2024, 6, 1), conditions=[of_position(condition, due_on=TODAY)])

    standing = only_condition(commitment)
    assert (standing.position, standing.due_on, standing.reached) == (1, TODAY, 60_000)
    progressed(standing, 40_000, reference="report-2")
    assert promised_cash(commitment, TODAY).conditional == 0
    before = promised_cash(commitment, date(2024, 5, 31))
    assert (before.conditional, before.conditions[0].condition.due_on) == (40_000, None)
    with refused("An amendment has replaced", field="condition", kind=NotAllowedNow):
        progressed(condition, 1, reference="report-3")
    reversed_(ConditionProgress.objects.get(reference="report-1"))
    standing.refresh_from_db()
    assert standing.reached == 40_000


def test_conditions_are_added_kept_and_waived_from_a_day_on(commitment, condition):
    amended(commitment, effective_on=date(2024, 6, 1), conditions=[match(), match(30_000, target=None)])
    assert [(row.position, row.amount) for row in commitment.conditions.all()] == [(1, 100_000), (2, 30_000)]
    assert commitment.conditions.get(position=1).pk == condition.pk
    amended(commitment, effective_on=date(2024, 7, 1), conditions=[])
    assert [
        promised_cash(commitment, day).conditional
        for day in (date(2024, 5, 31), date(2024, 6, 30), date(2024, 7, 1))
    ] == [100_000, 100_000, 0]
    amended(commitment, effective_on=date(2024, 8, 1), conditions=[match(1)])
    assert [row.position for row in commitment.conditions.all()] == [3]


def test_an_amendment_takes_nothing_back_that_is_met(commitment, condition):
    progressed(condition, 60_000, on=date(2024, 3, 1))
    for less in ({"target": Decimal(59_999)}, {"target": None}):
        with refused("USD 60,000.00 of condition 1 is met already", field="conditions"):
            proposed_amendment(
                commitment, effective_on=date(2024, 6, 1), conditions=[of_position(condition, **less)]
            )


def test_progress_between_proposal_and_effect_is_seen(commitment, condition):
    amendment = proposed_amendment(
        commitment,
        effective_on=date(2024, 6, 1),
        conditions=[of_position(condition, target=Decimal(50_000))],
    )
    progressed(condition, 60_000, on=date(2024, 3, 1))
    with refused("is met already", field="conditions", kind=NotAllowedNow):
        approve_amendment(actor=approver(), amendment=amendment, today=TODAY)


def test_two_amendments_of_one_condition_do_not_undo_each_other(commitment, condition):
    first = proposed_amendment(
        commitment, effective_on=date(2024, 6, 1), conditions=[of_position(condition, due_on=TODAY)]
    )
    amended(commitment, effective_on=date(2024, 6, 1), conditions=[])
    with refused("The conditions of", field="conditions", kind=NotAllowedNow, code="changed_meanwhile"):
        approve_amendment(actor=approver(), amendment=first, today=TODAY)


def test_less_cash_must_still_cover_the_conditions(commitment):
    with refused("only USD 90,000.00 in cash is promised", field="conditions"):
        proposed_amendment(commitment, effective_on=date(2024, 6, 1), **cash_of([due(2024, 90_000)]))


# The database ----------------------------------------------------------------------------------

_RECORD = """
    INSERT INTO sponsors_conditionprogress (condition_id, met_on, amount, reference, note, recorded_by_id, reverses_id, is_reversed)
    SELECT %s, %s, %s, %s, 'raw', id, %s, false FROM foundation_user LIMIT 1
"""


def test_the_database_holds_progress_to_the_target(condition):
    denied("condition_is_not_above_its_target", _RECORD, condition.pk, TODAY, 100_001, "raw", None)
    whole = signed_commitment(years=1, conditions=[match(60_000, target=None)])
    denied("condition_without_target_is_met_whole", _RECORD, only_condition(whole).pk, TODAY, 5, "raw", None)


def test_the_database_counts_nothing_before_the_signature(condition):
    denied("met once its commitment is signed", _RECORD, condition.pk, "2023-12-31", 5, "raw", None)
    proposal = proposed_commitment(years=1, conditions=[match(1)])
    denied("met once its commitment", _RECORD, only_condition(proposal).pk, TODAY, 1, "raw", None)


def test_the_database_keeps_progress_as_it_was_recorded(condition):
    progress = progressed(condition, 60_000)
    denied("Cannot delete", "DELETE FROM sponsors_conditionprogress")
    denied("Cannot update", "UPDATE sponsors_conditionprogress SET amount = 1")
    denied("reversed by another row", "UPDATE sponsors_conditionprogress SET is_reversed = true")
    denied("only progress changes", "UPDATE sponsors_condition SET reached = 1")
    denied("with the opposite sign", _RECORD, condition.pk, TODAY, -5, "raw", progress.pk)
    denied("progress_reference_counts_once", _RECORD, condition.pk, TODAY, 5, "report-1", None)
    denied(
        "reversed by another row",
        "INSERT INTO sponsors_conditionprogress (condition_id, met_on, amount, reference, note, recorded_by_id, is_reversed)"
        " SELECT condition_id, met_on, 1, 'raw', 'raw', recorded_by_id, true FROM sponsors_conditionprogress",
    )


def test_the_database_lets_conditions_depend_only_on_cash_that_is_promised():
    draft = drafted_commitment(years=1, yearly_amount=100_000, conditions=[match()])
    Condition.objects.update(amount=100_001)
    denied(
        "exceed the cash",
        "UPDATE sponsors_commitment SET state = 'proposed', proposed_on = '2024-01-01' WHERE id = %s",
        draft.pk,
    )
