import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Conflict
from foundation.imports.rules import (
    AT_WORK,
    OPEN,
    TRANSITIONS,
    Fault,
    RunAction,
    RunState,
    in_file_order,
    is_possible,
    next_state,
    shown,
    suggestion,
)


def test_every_state_can_be_reached_from_an_upload():
    reached = {RunState.UPLOADED}
    while True:
        further = {end for (start, _), end in TRANSITIONS.items() if start in reached} | reached
        if further == reached:
            break
        reached = further
    assert reached == set(RunState)


def test_what_is_over_stays_so():
    over = {state for state in RunState if not any(start == state for start, _ in TRANSITIONS)}
    assert over == {RunState.APPLIED, RunState.FAILED, RunState.DISCARDED}
    assert over.isdisjoint(OPEN)
    assert AT_WORK < OPEN


@given(st.sampled_from(RunState), st.sampled_from(RunAction))
def test_a_move_is_in_the_table_or_refused_by_a_sentence(state, action):
    if is_possible(state, action):
        assert next_state(state, action) == TRANSITIONS[state, action]
    else:
        with pytest.raises(Conflict, match=str(state.label).lower()):
            next_state(state, action)


@given(st.text("ab \n\x00\t\u202e\u00e9", max_size=300))
def test_a_value_is_shown_on_one_short_line(value):
    text = shown(value)
    assert len(text) <= 100
    assert text.isprintable()


def test_a_long_value_is_cut_where_it_can_be_seen():
    assert shown("x" * 101) == "x" * 99 + "…"
    assert shown("a\x00b\n c") == "a b c"


def test_the_nearest_name_is_suggested_and_no_far_one():
    assert suggestion("nmae", ["name", "slug"]) == "name"
    assert suggestion("zzz", ["name", "slug"]) == ""


def test_faults_are_told_by_line_and_column_and_once_a_cell():
    faults = [
        Fault(3, "a", "first"),
        Fault(2, "b", "first"),
        Fault(2, "a", "first"),
        Fault(2, "a", "second"),
        Fault(2, "", "one"),
        Fault(2, "", "another"),
    ]
    told = [(fault.line, fault.column, fault.sentence) for fault in in_file_order(faults, ["a", "b"])]
    assert told == [
        (2, "", "one"),
        (2, "", "another"),
        (2, "a", "first"),
        (2, "b", "first"),
        (3, "a", "first"),
    ]
