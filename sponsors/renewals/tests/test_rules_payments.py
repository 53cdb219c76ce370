"""Which step of a payment is told, however often and however seldom somebody looks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.renewals.rules.payments import (
    DEFAULT_PAYMENT_DAYS,
    LAST_PAYMENT_WINDOW_DAYS,
    PaymentStep,
    due_dates_near,
    payment_day,
    payment_step_words,
    payment_steps,
    payments_due,
)

DUE = date(2026, 6, 1)
LONG_AGO = date(2020, 1, 1)
STEPS = payment_steps(DEFAULT_PAYMENT_DAYS)
some_days = st.lists(st.integers(-60, 120), min_size=1, max_size=7)


def test_the_default_steps_follow_each_other():
    assert [(step.code, step.closes) for step in STEPS] == [
        ("due-14", 0),
        ("due+0", 15),
        ("due+15", 30),
        ("due+30", 60),
        ("due+60", 90),
    ]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-14, "14 days before it is due"),
        (-1, "1 day before it is due"),
        (0, "On the due date"),
        (30, "30 days after it was due"),
    ],
)
def test_a_step_has_words(days, words):
    assert payment_step_words(days) == words


def test_without_steps_nothing_is_near():
    assert payment_steps([]) == ()
    assert due_dates_near((), DUE) is None


@given(some_days, st.integers(-100, 200))
def test_a_payment_is_near_exactly_when_a_step_of_it_is_open(days, offset):
    steps, today = payment_steps(days), DUE + timedelta(days=offset)
    near = due_dates_near(steps, today)
    assert near is not None
    is_open = [step for step in steps if step.is_open(DUE, today)]
    assert len(is_open) == (1 if near[0] <= DUE <= near[1] else 0)


@given(some_days, st.lists(st.integers(0, 220), min_size=1, max_size=40))
def test_whatever_days_are_skipped_or_looked_at_twice_each_step_is_taken_once_and_the_latest_is_told(
    days, looked_at
):
    steps = payment_steps(days)
    told: list[PaymentStep] = []
    taken: set[str] = set()
    for offset in sorted(looked_at):
        today = DUE + timedelta(days=offset - 70)
        found = payments_due(steps, due_on=DUE, known_from=LONG_AGO, today=today, taken=taken)
        fresh = [*found.missed, *([found.tell] if found.tell else [])]
        assert taken.isdisjoint(step.code for step in fresh)
        assert all(payment_day(DUE, step.days) <= today for step in fresh)
        if found.tell:
            begun = [step for step in steps if payment_day(DUE, step.days) <= today]
            assert found.tell == begun[-1]
            told.append(found.tell)
        taken |= {step.code for step in fresh}
        # Nothing that has begun is left over: what is not told is missed.
        assert taken == {step.code for step in steps if payment_day(DUE, step.days) <= today}
    assert told == sorted(set(told))


def test_looked_at_every_day_every_step_is_told_on_its_day():
    told: dict[str, int] = {}
    taken: set[str] = set()
    for offset in range(-30, 130):
        today = DUE + timedelta(days=offset)
        found = payments_due(STEPS, due_on=DUE, known_from=LONG_AGO, today=today, taken=taken)
        assert found.missed == ()
        if found.tell:
            told[found.tell.code] = offset
            taken.add(found.tell.code)
    assert told == {"due-14": -14, "due+0": 0, "due+15": 15, "due+30": 30, "due+60": 60}


def test_what_was_over_before_the_payment_was_known_is_not_missed():
    today = DUE + timedelta(days=20)
    found = payments_due(STEPS, due_on=DUE, known_from=DUE + timedelta(days=1), today=today, taken=())
    assert [step.code for step in found.missed] == ["due+0"]
    assert found.tell is not None
    assert found.tell.code == "due+15"


def test_the_last_step_stays_open_for_a_month():
    last = payment_day(DUE, 60 + LAST_PAYMENT_WINDOW_DAYS)
    taken = {"due-14", "due+0", "due+15", "due+30"}
    before = payments_due(STEPS, due_on=DUE, known_from=LONG_AGO, today=last - timedelta(days=1), taken=taken)
    after = payments_due(STEPS, due_on=DUE, known_from=LONG_AGO, today=last, taken=taken)
    assert before.tell is not None
    assert (before.tell.code, after.tell) == ("due+60", None)
    assert [step.code for step in after.missed] == ["due+60"]
