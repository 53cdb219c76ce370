"""States of a notice and the wait between attempts."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.notices.rules import (
    LONGEST_DELAY,
    MAX_ATTEMPTS,
    TRANSITIONS,
    NoticeAction,
    NoticeNotReady,
    NoticeState,
    may,
    next_state,
    retry_delay,
)


def test_wait_starts_at_a_minute_and_doubles_to_six_hours():
    waits = [retry_delay(attempt, 0) for attempt in range(1, MAX_ATTEMPTS + 1)]
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(hours=6)
    assert all(after in {before * 2, LONGEST_DELAY} for before, after in pairwise(waits))


@given(st.integers(min_value=0, max_value=100), st.floats(min_value=0, max_value=1))
def test_jitter_adds_at_most_a_fifth(attempts, jitter):
    assert retry_delay(attempts, 0) <= retry_delay(attempts, jitter) <= retry_delay(attempts, 0) * 1.2


@given(st.sampled_from(NoticeState), st.sampled_from(NoticeAction))
def test_what_the_table_lacks_is_refused_with_the_state_named(state, action):
    if may(state, action):
        assert next_state(state, action) is TRANSITIONS[state, action]
        return
    with pytest.raises(NoticeNotReady, match=state.label.lower()):
        next_state(state, action)


def test_every_state_can_be_reached():
    assert set(TRANSITIONS.values()) == set(NoticeState)
