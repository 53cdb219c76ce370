"""Conditions: what may be agreed, how much of them is met, and on which days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import (
    Barrier,
    ConditionState,
    NotAllowedNow,
    check_barriers,
    check_met_on,
    check_progress,
    check_reached,
    condition_state,
    conditional,
    met_amount,
    postponed,
    renumbered,
)
from sponsors.commitments.tests.conditions import match
from sponsors.commitments.tests.refusals import refused

DAY = date(2026, 2, 14)
CASH = Decimal(100_000)
WHOLE = match(target=None)


def test_a_match_that_raised_60_000_of_100_000_makes_60_000_ours():
    # ASU 2018-08, as in the handbook's example: recognize 60,000, disclose 40,000.
    met = met_amount(CASH, CASH, Decimal(60_000), "USD")
    assert met == 60_000
    assert conditional(CASH, [CASH - met]) == 40_000


def test_a_match_of_two_for_one_is_met_in_proportion():
    assert met_amount(Decimal(50_000), Decimal(100_000), Decimal(60_000), "USD") == 30_000


@given(
    st.integers(1, 10**16), st.integers(1, 10**16), st.integers(0, 10**16), st.sampled_from(["JPY", "USD"])
)
def test_what_is_met_grows_with_what_is_reached_up_to_the_whole(amount, goal, reached, currency):
    reached = min(reached, goal)
    met = met_amount(Decimal(amount), Decimal(goal), Decimal(reached), currency)
    assert 0 <= met <= amount
    assert (met == amount) or reached < goal
    assert met <= met_amount(Decimal(amount), Decimal(goal), Decimal(min(goal, reached + 1)), currency)


def test_two_conditions_on_the_same_money_leave_no_more_open_than_there_is():
    assert conditional(CASH, [CASH, Decimal(40_000)]) == CASH
    assert conditional(CASH, []) == 0


@pytest.mark.parametrize(
    ("reached", "due_on", "state"),
    [
        (0, None, ConditionState.OPEN),
        (0, DAY, ConditionState.OPEN),
        (1, DAY, ConditionState.PARTLY_MET),
        (1, date(2026, 2, 13), ConditionState.LAPSED),
        (100, date(2026, 2, 13), ConditionState.MET),
    ],
)
def test_state_follows_from_what_was_reached_and_the_day(reached, due_on, state):
    assert condition_state(Decimal(reached), Decimal(100), due_on, DAY) == state


@pytest.mark.parametrize(
    ("barrier", "sentence"),
    [
        (match(100_001), "USD 100,001.00 depends on it, but only USD 100,000.00 in cash is promised"),
        (match(0), "The amount of condition 1 must be more than zero"),
        (match(target=0), "The target of condition 1 must be more than zero"),
        (match(description="  "), "the description is missing"),
        (match(measure=""), "the measure is missing"),
        (match(measure="x" * 301), "the measure has more than 300 characters"),
        (match(due_on=date(2206, 1, 1)), "its day must be in the years 1990 to 2099"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_with_its_number(barrier, sentence):
    with refused(sentence, field="conditions"):
        check_barriers([barrier], "USD", CASH)


def test_more_conditions_than_anybody_reads_are_refused():
    with refused("at most 20 conditions", field="conditions"):
        check_barriers([match()] * 21, "USD", CASH)


def test_amounts_become_exact_and_text_is_trimmed():
    [barrier] = check_barriers([match(description=" A match ", target=None)], "USD", CASH)
    assert (barrier.description, str(barrier.amount), barrier.goal) == ("A match", "100000.00", CASH)


def progress(amount, barrier=None, reached=0):
    given = None if amount is None else Decimal(amount)
    return check_progress(given, barrier=barrier or match(), reached=Decimal(reached), currency="USD")


def test_progress_may_reach_the_target_and_not_exceed_it():
    assert progress(40_000, reached=60_000) == 40_000
    assert progress(None, reached=60_000) == 40_000
    with refused("USD 40,000.00 of USD 100,000.00 is missing", field="amount", code="above_target"):
        progress(40_001, reached=60_000)
    with refused("met in full already", field="amount", kind=NotAllowedNow):
        progress(1, reached=100_000)


def test_a_condition_without_a_target_is_met_whole_or_not_at_all():
    assert progress(None, WHOLE) == 100_000
    assert progress(100_000, WHOLE) == 100_000
    with refused("met whole or not at all", field="amount"):
        progress(60_000, WHOLE)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 2, 15), "is after today"),
        (date(2023, 12, 31), "was signed on 2024-01-01"),
        (date(2026, 2, 1), "holds no longer from 2026-02-01"),
        (date(2026, 1, 16), "had to be met by 2026-01-15"),
    ],
)
def test_a_day_on_which_it_cannot_have_been_met_is_refused(day, sentence):
    days: dict[str, Any] = {
        "signed_on": date(2024, 1, 1),
        "closed_on": date(2026, 2, 1),
        "due_on": date(2026, 1, 15),
    }
    with refused(sentence, field="met_on"):
        check_met_on(day, today=DAY, **days)
    check_met_on(date(2026, 1, 15), today=DAY, **days)


def test_conditions_given_anew_keep_the_positions_of_those_that_stay():
    standing = [replace(match(), position=1), replace(match(50_000), position=2)]
    changed = replace(match(60_000), position=2)
    assert renumbered([match(), changed, match(1)], standing) == [standing[0], changed, match(1)]
    assert renumbered([match(), match()], standing) == [standing[0], match()]


def test_a_position_that_does_not_stand_or_is_given_twice_is_refused():
    standing = [replace(match(), position=1)]
    with refused("There is no condition 4", field="conditions"):
        renumbered([replace(match(), position=4)], standing)
    with refused("Condition 1 is given twice", field="conditions"):
        renumbered([standing[0], replace(match(5), position=1)], standing)


def test_a_condition_cannot_become_less_than_was_met_of_it():
    check_reached(match(), Decimal(100_000), "USD")
    check_reached(WHOLE, Decimal(0), "USD")
    for less in (match(target=59_999), WHOLE):
        with refused("USD 60,000.00 of condition", field="conditions", kind=NotAllowedNow):
            check_reached(less, Decimal(60_000), "USD")


def test_a_condition_that_holds_again_is_new_and_has_as_much_time():
    again = postponed(Barrier(description="A", measure="B", amount=CASH, due_on=DAY, position=3), 12)
    assert (again.due_on, again.position) == (date(2027, 2, 14), None)
    assert postponed(match(), 12).due_on is None
