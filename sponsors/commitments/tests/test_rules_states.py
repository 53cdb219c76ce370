"""The table of states, and what an installment becomes; no database."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import (
    FIRM,
    TRANSITIONS,
    Action,
    InstallmentKind,
    InstallmentState,
    NotAllowedNow,
    State,
    installment_label,
    installment_state,
    next_state,
    possible_actions,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.commitments.tests.strategies import DAY


def test_every_state_is_reached_from_draft():
    reached = {State.DRAFT}
    while len(reached) < len(reached | {end for (start, _), end in TRANSITIONS.items() if start in reached}):
        reached |= {end for (start, _), end in TRANSITIONS.items() if start in reached}

    assert reached == set(State)


def test_closed_states_have_no_way_out():
    assert {state for state in State if not possible_actions(state)} == {
        State.ENDED,
        State.WITHDRAWN,
        State.DECLINED,
        State.TERMINATED,
    }


def test_nothing_firm_becomes_open_again():
    assert all(end in FIRM for (start, _), end in TRANSITIONS.items() if start in FIRM)


@given(st.sampled_from(State), st.sampled_from(Action))
def test_action_leads_where_the_table_says_or_is_refused(state, action):
    if (state, action) in TRANSITIONS:
        assert next_state(state, action) is TRANSITIONS[state, action]
    else:
        with refused("cannot be", field="state", kind=NotAllowedNow):
            next_state(state, action)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            State.PROPOSED,
            "A commitment that is proposed cannot be ended. It can be taken back to draft, signed",
        ),
        (State.ENDED, "A commitment that is ended cannot be ended. It is closed, and nothing more"),
    ],
)
def test_refusal_says_what_is_possible_instead(state, sentence):
    with refused(sentence, field="state"):
        next_state(state, Action.END)


@given(
    st.sampled_from(State),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(-2, 2),
    st.none() | st.integers(-2, 2),
)
def test_installment_state_follows_its_rules(state, paid, written_off, due, closed):
    today = date(2024, 6, 15)
    found = installment_state(
        amount=Decimal(3),
        paid=Decimal(paid),
        written_off=Decimal(written_off),
        due_on=today + due * DAY,
        today=today,
        commitment_state=state,
        closed_on=None if closed is None else today + closed * DAY,
    )

    released = state == State.TERMINATED and closed is not None and due >= closed
    assert (found == InstallmentState.PAID) == (paid == 3)
    assert (found == InstallmentState.WRITTEN_OFF) == (paid < 3 <= paid + written_off)
    if paid + written_off < 3:
        assert (found == InstallmentState.PLANNED) == (state in {State.DRAFT, State.PROPOSED})
        assert (found == InstallmentState.RELEASED) == (
            state in {State.WITHDRAWN, State.DECLINED} or released
        )
        if state in FIRM and not released:
            assert (found == InstallmentState.OVERDUE) == (due < 0)
            assert (found == InstallmentState.PARTLY_PAID) == (due >= 0 and paid > 0)
            assert (found == InstallmentState.DUE) == (due == 0 and paid == 0)
            assert (found == InstallmentState.SCHEDULED) == (due > 0 and paid == 0)


@given(st.sampled_from(sorted(FIRM)), st.integers(-2, 2), st.none() | st.integers(-2, 2))
def test_charge_is_released_by_its_credit_note_alone(state, due, released):
    today = date(2024, 6, 15)
    found = installment_state(
        amount=Decimal(3),
        paid=Decimal(0),
        written_off=Decimal(0),
        due_on=today + due * DAY,
        today=today,
        commitment_state=state,
        closed_on=today - 9 * DAY,
        kind=InstallmentKind.CHARGE,
        released_on=None if released is None else today + released * DAY,
    )

    assert (found == InstallmentState.RELEASED) == (released is not None)


@pytest.mark.parametrize(
    ("state", "paid", "label"),
    [
        (InstallmentState.WRITTEN_OFF, 0, "Written off"),
        (InstallmentState.WRITTEN_OFF, 90, "Paid, rest written off"),
        (InstallmentState.PARTLY_PAID, 90, "Partly paid"),
    ],
)
def test_of_what_was_paid_in_part_only_the_rest_is_written_off(state, paid, label):
    assert installment_label(state, Decimal(paid)) == label
