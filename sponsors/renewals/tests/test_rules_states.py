"""Where reminders, letters and cards may go, and what is said of the ways there are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.renewals.rules.refusals import NotAllowedNow
from sponsors.renewals.rules.states import (
    LETTER_TRANSITIONS,
    STEP_TRANSITIONS,
    UNSETTLED,
    CaseState,
    LetterAction,
    LetterState,
    StepAction,
    StepState,
    check_case_move,
    letter_may,
    next_letter_state,
    next_step_state,
    states_that_may,
    step_may,
)


@pytest.mark.parametrize(
    ("table", "first", "states", "besides"),
    [
        # A step whose window went by before any sweep saw it is written down as missed.
        (STEP_TRANSITIONS, StepState.OPEN, StepState, {StepState.MISSED}),
        (LETTER_TRANSITIONS, LetterState.DRAFT, LetterState, set()),
    ],
)
def test_every_state_is_reached(table, first, states, besides):
    reached, grown = {first}, True
    while grown:
        more = {end for (start, _), end in table.items() if start in reached} - reached
        reached |= more
        grown = bool(more)
    assert reached == set(states) - besides


def test_settled_steps_and_letters_that_left_stay_as_they_are():
    assert {start for start, _ in STEP_TRANSITIONS} == set(UNSETTLED)
    assert {start for start, _ in LETTER_TRANSITIONS} == {LetterState.DRAFT}


@given(st.sampled_from(StepState), st.sampled_from(StepAction))
def test_a_step_goes_where_the_table_says_or_nowhere(state, action):
    assert step_may(state, action) == ((state, action) in STEP_TRANSITIONS)
    if step_may(state, action):
        assert next_step_state(state, action) is STEP_TRANSITIONS[state, action]
    else:
        with pytest.raises(NotAllowedNow, match="A reminder that is") as caught:
            next_step_state(state, action)
        assert caught.value.field == "state"


@given(st.sampled_from(LetterState), st.sampled_from(LetterAction))
def test_a_letter_goes_where_the_table_says_or_nowhere(state, action):
    assert letter_may(state, action) == (state is LetterState.DRAFT)
    if letter_may(state, action):
        assert next_letter_state(state, action) is LETTER_TRANSITIONS[state, action]
    else:
        with pytest.raises(NotAllowedNow, match="A letter that is"):
            next_letter_state(state, action)


def test_many_rows_at_once_go_from_where_one_may():
    assert states_that_may(StepAction.WAKE) == [StepState.SNOOZED]
    assert set(states_that_may(StepAction.CLOSE)) == set(UNSETTLED)


def test_a_refusal_says_what_can_be_done_instead():
    with pytest.raises(NotAllowedNow) as open_step:
        next_step_state("open", StepAction.WAKE)
    assert open_step.value.message == (
        "A reminder that is “waits for an answer” cannot be woken. "
        "It can be acknowledged, snoozed, followed by another, closed."
    )
    with pytest.raises(NotAllowedNow) as sent:
        next_letter_state("sent", LetterAction.SEND)
    assert sent.value.message == "A letter that is “sent” cannot be sent. Nothing more can be done to it."


@given(st.sampled_from(CaseState), st.sampled_from(CaseState))
def test_an_open_card_goes_to_every_other_column(current, wanted):
    if current is wanted:
        with pytest.raises(NotAllowedNow, match="already"):
            check_case_move(current, wanted, is_closed=False)
    else:
        assert check_case_move(current, wanted, is_closed=False) is wanted
    with pytest.raises(NotAllowedNow, match="closed"):
        check_case_move(current, wanted, is_closed=True)
