"""The ladder of reminders: every step once and in order, whoever looks when."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sponsors.renewals.rules.ladder import (
    DEFAULT_LADDER,
    Anchor,
    LadderPolicy,
    Rung,
    Step,
    Told,
    due,
    ladder,
    told_by,
    working_days_after,
)

END = date(2029, 4, 30)
SIGNED = date(2024, 5, 1)


def steps(policy=DEFAULT_LADDER, **changed):
    given = {"ends_on": END, "begun_on": SIGNED, "notice_on": None, "is_long": False, "is_urgent": False}
    return ladder(policy, **given | changed)


def test_the_default_ladder_is_that_of_the_documents():
    found = [step.rung.days for step in steps(is_long=True)]
    assert found == [-365, -180, -150, -90, -60, -30, -14, 0, 15, 45, 90]
    assert [step.rung.days for step in steps()] == found[1:]


def test_steps_stand_so_many_days_from_the_last_day():
    first, *_, last = steps()
    assert (first.code, first.due_on) == ("end-180", date(2028, 11, 1))
    assert (last.code, last.due_on, last.closes_before) == ("end+90", date(2029, 7, 29), date(2029, 8, 28))


def test_urgent_ones_have_more_steps_and_half_of_the_time():
    usual = {step.code: step.response_days for step in steps()}
    urgent = {step.code: step.response_days for step in steps(is_urgent=True)}
    assert set(urgent) - set(usual) == {"end-270", "end-120", "end-45"}
    assert {code: urgent[code] for code in ("end-180", "end-30", "end+0")} == {
        "end-180": 5,
        "end-30": 1,
        "end+0": 1,
    }
    assert usual["end-180"] == 10


def test_the_last_day_for_notice_has_steps_of_its_own():
    found = [step for step in steps(notice_on=date(2029, 1, 30)) if step.rung.anchor is Anchor.NOTICE]
    assert [(step.code, step.due_on) for step in found] == [
        ("notice-30", date(2028, 12, 31)),
        ("notice-7", date(2029, 1, 23)),
        ("notice+0", date(2029, 1, 30)),
    ]


def test_what_lies_before_the_signature_is_left_out():
    assert steps(begun_on=date(2029, 3, 31))[0].code == "end-30"


def test_a_window_closes_when_the_next_opens():
    found = steps()
    assert all(one.closes_before == other.due_on for one, other in pairwise(found))


def test_a_policy_without_a_rung_has_no_step():
    assert steps(LadderPolicy(rungs=())) == ()


def test_ten_days_without_a_look_come_to_one_reminder():
    found = steps()
    on = END - timedelta(days=20)
    assert [step.code for step in due(found, on, taken={"end-180", "end-150", "end-90", "end-60"}).tell] == [
        "end-30"
    ]
    late = due(found, END + timedelta(days=1), taken={"end-180", "end-150", "end-90", "end-60"})
    assert ([step.code for step in late.tell], [step.code for step in late.missed]) == (
        ["end+0"],
        ["end-30", "end-14"],
    )


@settings(max_examples=30)
@given(
    st.sets(st.integers(-400, 120)),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 200),
)
def test_day_by_day_each_step_is_taken_once_and_in_order(skipped, is_long, is_urgent, notice_days):
    """A five-year commitment; on some days nobody looks, on each of the others twice."""
    notice = None if notice_days is None else END - timedelta(days=notice_days)
    found = steps(is_long=is_long, is_urgent=is_urgent, notice_on=notice)
    told: list[Step] = []
    missed: list[Step] = []
    taken: set[str] = set()
    for number in range(-400, 121):
        if number in skipped:
            continue
        for _look in range(2):
            now = due(found, END + timedelta(days=number), taken=taken)
            told += now.tell
            missed += now.missed
            taken |= {step.code for step in (*now.tell, *now.missed)}
    assert sorted([*told, *missed], key=lambda step: (step.due_on, step.code)) == list(found)
    assert len({step.code for step in told}) == len(told)
    assert [step.due_on for step in told] == sorted(step.due_on for step in told)
    open_days = {step: (step.closes_before - step.due_on).days for step in missed}
    for step, days in open_days.items():
        first = (step.due_on - END).days
        assert set(range(first, first + days)) <= skipped, f"{step.code} was missed though somebody looked"


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 26), 0, date(2026, 11, 26)),
        (date(2026, 11, 26), 1, date(2026, 11, 27)),  # Thursday, Friday
        (date(2026, 11, 26), 2, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # from a Saturday
    ],
)
def test_working_days_leave_weekends_out(day, count, expected):
    assert working_days_after(day, count) == expected


def test_working_days_leave_holidays_out():
    christmas = {date(2026, 12, 25), date(2026, 12, 26)}
    assert working_days_after(date(2026, 12, 24), 1, holidays=christmas) == date(2026, 12, 28)


def test_silence_goes_to_the_backup_and_then_to_the_director():
    told_on = date(2026, 11, 2)  # a Monday
    for today, expected in (
        (date(2026, 11, 1), []),
        (date(2026, 11, 2), [(Told.OWNER, date(2026, 11, 2))]),
        (date(2026, 11, 9), [(Told.OWNER, date(2026, 11, 2))]),
        (date(2026, 11, 10), [(Told.OWNER, date(2026, 11, 2)), (Told.BACKUP, date(2026, 11, 10))]),
        (
            date(2027, 11, 10),
            [
                (Told.OWNER, date(2026, 11, 2)),
                (Told.BACKUP, date(2026, 11, 10)),
                (Told.DIRECTOR, date(2026, 11, 18)),
            ],
        ),
    ):
        assert told_by(told_on, 5, today) == expected


def test_holidays_give_more_time_to_respond():
    told_on = date(2026, 12, 23)
    usual = dict(told_by(told_on, 1, date(2027, 1, 31)))
    holidays = dict(told_by(told_on, 1, date(2027, 1, 31), holidays={date(2026, 12, 25)}))
    assert (usual[Told.BACKUP], holidays[Told.BACKUP]) == (date(2026, 12, 25), date(2026, 12, 28))


def test_rungs_are_named_by_anchor_and_days():
    assert [Rung(-180, 1).code, Rung(0, 1).code, Rung(15, 1, Anchor.NOTICE).code] == [
        "end-180",
        "end+0",
        "notice+15",
    ]
