"""Who is told in which order, what an answer leads to, and what the words of a reminder are."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sponsors.commitments.rules import add_months
from sponsors.renewals.rules.attention import BANDS_IN_ORDER, Thresholds, whole_months
from sponsors.renewals.rules.ladder import (
    DEFAULT_LADDER,
    Anchor,
    LadderPolicy,
    Rung,
    Told,
    due,
    in_turn,
    ladder,
    next_is_told_on,
    next_to_tell,
    place_of,
)
from sponsors.renewals.rules.next_actions import next_actions
from sponsors.renewals.rules.outcomes import (
    CASE_AFTER,
    ENDS_LADDER,
    Outcome,
    check_is_renewed,
    check_snooze,
    step_after,
)
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.reasons import Reason
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.rules.states import UNSETTLED, StepAction, StepState, states_that_may
from sponsors.renewals.rules.wording import days_left_in_words, step_in_words, why_told

MONDAY = date(2026, 11, 2)
DAY = timedelta(days=1)
people = st.none() | st.integers(1, 4)


@given(owner=people, backup=people, director=people, lead=people)
def test_everybody_is_told_once_and_the_owner_first(owner, backup, director, lead):
    turns = in_turn(owner=owner, backup=backup, director=director, lead=lead)
    told = [person for _role, person in turns]
    assert len(set(told)) == len(told)
    first = owner if owner is not None else lead
    assert set(told) == {person for person in (first, backup, director) if person is not None}
    if first is not None:
        assert turns[0] == (Told.LEAD if owner is None else Told.OWNER, first)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 40), min_size=0, max_size=25),
    st.integers(1, 10),
    st.sets(st.integers(0, 40), max_size=6),
)
def test_whenever_somebody_looks_each_has_their_whole_time(looks, response, free):
    turns = in_turn(owner=1, backup=2, director=3, lead=None)
    holidays = {MONDAY + day * DAY for day in free}
    told: dict[int, date] = {}
    for day in sorted(looks):
        turn = next_to_tell(turns, told, response, MONDAY + day * DAY, holidays=holidays)
        if turn is not None:
            told[turn[1]] = MONDAY + day * DAY
    assert list(told) == [1, 2, 3][: len(told)]
    days = list(told.values())
    for before, after in pairwise(days):
        assert after >= next_is_told_on(before, response, holidays=holidays)


def test_with_nobody_to_tell_nobody_is():
    assert next_to_tell((), {}, 3, MONDAY) is None
    assert next_to_tell(((Told.OWNER, 1),), {1: MONDAY}, 3, MONDAY + 90 * DAY) is None


def test_somebody_new_in_the_first_place_waits_for_nobody():
    turns = in_turn(owner=9, backup=2, director=None, lead=None)
    assert next_to_tell(turns, {1: MONDAY}, 10, MONDAY + DAY) == (Told.OWNER, 9)


@pytest.mark.parametrize("rung", DEFAULT_LADDER.rungs)
def test_the_code_of_a_rung_says_where_it_is(rung):
    assert place_of(rung.code) == (rung.anchor, rung.days)


def test_what_is_no_code_is_refused():
    with pytest.raises(ValueError, match="is not the code of a rung"):
        place_of("start-30")


def test_a_policy_knows_how_far_it_reaches():
    assert DEFAULT_LADDER.first_days(Anchor.END) == -365
    assert DEFAULT_LADDER.first_days(Anchor.NOTICE) == -30
    assert DEFAULT_LADDER.is_over_after == 120
    assert LadderPolicy(rungs=()).first_days(Anchor.END) is None
    assert LadderPolicy(rungs=(), last_window_days=7).is_over_after == 7


def test_what_would_come_before_a_taken_step_is_not_made_up_for():
    end = date(2026, 4, 30)
    steps = ladder(
        LadderPolicy(rungs=(Rung(-90, 5), Rung(-60, 5), Rung(-30, 3))),
        ends_on=end,
        begun_on=date(2024, 1, 1),
        notice_on=None,
        is_long=False,
        is_urgent=False,
    )
    found = due(steps, end - 20 * DAY, taken={"end-60", "notice-7"})
    assert ([step.code for step in found.tell], found.missed) == (["end-30"], ())


# Which get more --------------------------------------------------------------------------------


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 120))
def test_so_many_months_later_are_so_many_whole_months(begin, months):
    end = add_months(begin, months)
    assert whole_months(begin, end) == months
    assert whole_months(begin, end - DAY) == months - 1


def test_high_risk_or_exposure_is_urgent_and_length_or_the_top_is_long():
    limits = Thresholds(high_exposure=Decimal(100), top_exposure=Decimal(150))
    assert [limits.is_urgent(band, Decimal(0)) for band in BANDS_IN_ORDER] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert limits.is_urgent(None, Decimal(100))
    assert not limits.is_urgent(Band.RAISED, Decimal(99))
    assert limits.is_long(36, Decimal(0), long_from=36)
    assert not limits.is_long(35, Decimal(149), long_from=36)
    assert limits.is_long(1, Decimal(150), long_from=36)


# Answers ---------------------------------------------------------------------------------------


def test_every_outcome_leads_somewhere():
    assert set(CASE_AFTER) | {Outcome.RENEWED} == set(Outcome)
    assert {Outcome.RENEWED, Outcome.DECLINED} == ENDS_LADDER


@pytest.mark.parametrize("state", UNSETTLED)
def test_a_step_that_waits_takes_every_outcome(state):
    assert {step_after(state, outcome) for outcome in ENDS_LADDER} == {StepState.CLOSED}
    assert {step_after(state, outcome) for outcome in set(Outcome) - ENDS_LADDER} == {StepState.ACKNOWLEDGED}


@pytest.mark.parametrize("state", sorted(set(StepState) - set(UNSETTLED)))
@pytest.mark.parametrize("outcome", Outcome)
def test_a_step_that_is_over_takes_none(state, outcome):
    with pytest.raises(NotAllowedNow):
        step_after(state, outcome)


@given(st.integers(-5, 120), st.integers(1, 200))
def test_a_snooze_is_ahead_within_the_window_and_not_for_too_long(days, window):
    def is_fine() -> bool:
        try:
            check_snooze(MONDAY + days * DAY, today=MONDAY, closes_before=MONDAY + window * DAY)
        except RenewalError:
            return False
        return True

    assert is_fine() == (0 < days < window and days <= 90)


def test_only_a_signed_commitment_bears_out_a_renewal():
    check_is_renewed("C-2026-0001", "C-2027-0001")
    with pytest.raises(RenewalError, match=r"No signed commitment follows C-2026-0001 yet."):
        check_is_renewed("C-2026-0001", None)


def test_changes_of_many_rows_ask_the_same_table():
    assert states_that_may(StepAction.WAKE) == [StepState.SNOOZED]
    assert set(states_that_may(StepAction.CLOSE)) == set(UNSETTLED)


# Words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "days", "words"),
    [
        ("end", -90, "90 days before the end"),
        ("end", -1, "1 day before the end"),
        ("end", 0, "on the last day"),
        ("end", 15, "15 days after the end"),
        ("notice", -7, "7 days before the last day for notice"),
        ("notice", 0, "on the last day for notice"),
    ],
)
def test_a_step_is_called_by_its_days(anchor, days, words):
    assert step_in_words(anchor, days) == words


def test_how_far_an_end_is_is_said_from_both_sides():
    assert [days_left_in_words(days) for days in (2, 1, 0, -1, -2)] == [
        "ends in 2 days",
        "ends in 1 day",
        "ends today",
        "ended 1 day ago",
        "ended 2 days ago",
    ]


@pytest.mark.parametrize(
    ("role", "owner", "is_able", "is_lead", "words"),
    [
        (Told.OWNER, "Olga", True, False, "You own this commitment."),
        (Told.LEAD, "", False, True, "You are the fundraising lead, and nobody owns it. Give it an owner."),
        (Told.LEAD, "Olga", False, True, "You are the fundraising lead, and Olga, who owns it, may not"),
        (Told.LEAD, "", False, False, "You are an administrator: nobody owns it"),
        (Told.BACKUP, "Olga", True, False, "You are its backup, and Olga has not answered in time."),
        (Told.BACKUP, "", False, False, "You are its backup: nobody owns it, and nobody told before has"),
        (
            Told.BACKUP,
            "Olga",
            False,
            False,
            "You are its backup: Olga, who owns it, may not answer reminders",
        ),
        (Told.DIRECTOR, "Olga", True, False, "You are told as director, because nobody told before"),
    ],
)
def test_everybody_is_told_why(role, owner, is_able, is_lead, words):
    assert why_told(role, owner=owner, owner_is_able=is_able, is_lead=is_lead).startswith(words)


@pytest.mark.parametrize(
    ("anchor", "days", "words"),
    [
        (Anchor.END, -365, "Plan what follows"),
        (Anchor.END, -180, "Agree on a meeting"),
        (Anchor.END, -90, "Send the renewal letter"),
        (Anchor.END, -30, "Ask for a decision, and agree"),
        (Anchor.END, 0, "It is over: ask for a decision today"),
        (Anchor.END, 90, "Decide whether to write it off"),
        (
            Anchor.NOTICE,
            -7,
            "Find out whether they mean to go on, and whether we do: notice is possible for 7 days",
        ),
        (
            Anchor.NOTICE,
            -1,
            "Find out whether they mean to go on, and whether we do: notice is possible for 1 day more",
        ),
        (Anchor.NOTICE, 0, "Today is the last day for notice"),
        (Anchor.NOTICE, 3, "The day for notice is past"),
    ],
)
def test_what_to_do_follows_from_the_step(anchor, days, words):
    (only,) = next_actions([(Reason.TENURE, -0.3, True)], anchor=anchor, days=days)
    assert only.startswith(words)


def test_what_speaks_most_against_it_comes_first():
    reasons = [
        (Reason.FIRST_TERM, 0.5, True),
        (Reason.OVERDUE, 0.6, True),
        (Reason.IN_KIND, -1.6, True),
    ]
    first, second = next_actions(reasons, anchor=Anchor.END, days=-90)
    assert first.startswith("Clear up the overdue payment")
    assert second.startswith("Send the renewal letter")


def test_what_nobody_knows_is_to_be_found_out():
    first, _second = next_actions([(Reason.CONTACT_LOST, 0.4, False)], anchor=Anchor.END, days=-90)
    assert first == "Find out who speaks for the sponsor now."


@given(st.lists(st.tuples(st.sampled_from(list(Reason)), st.floats(-3, 3), st.booleans())), st.integers())
def test_there_is_always_something_to_do(reasons, days):
    for anchor in Anchor:
        found = next_actions(reasons, anchor=anchor, days=days)
        assert 1 <= len(found) <= 2
        assert all(found)
