"""Five years in a few seconds: whoever looks when, the steps taken are exactly the ladder, each once, in order."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date

import pytest

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import RenewalTerms
from sponsors.renewals.models import ReminderStep, Telling
from sponsors.renewals.rules.ladder import Step, ladder
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.climbing import climbers, ladders
from sponsors.renewals.tests.reminding import DAY, END, after, ending_commitment, sweep

pytestmark = pytest.mark.django_db
NOTICE_DAYS = 60
SIGNED = date(2021, 5, 1)
LAST = after(90)
_SEED = 6


def five_years() -> tuple[Commitment, tuple[Step, ...]]:
    """Return a commitment of five years with a day for notice, and its ladder as the rules have it."""
    commitment = ending_commitment(years=5, renewal=RenewalTerms(notice_days=NOTICE_DAYS))
    assert commitment.signed_on == SIGNED
    known = ladders()
    steps = ladder(
        known.policies[known.default],
        ends_on=END,
        begun_on=SIGNED,
        notice_on=END - NOTICE_DAYS * DAY,
        is_long=True,
        is_urgent=False,
    )
    assert [step.rung.days for step in steps if step.rung.anchor == "end"] == [
        -365,
        -180,
        -150,
        -90,
        -60,
        -30,
        -14,
        0,
        15,
        45,
        90,
    ]
    return commitment, steps


@dataclass(frozen=True, slots=True)
class Taken:
    code: str
    state: str
    taken_on: date


def expected(steps: tuple[Step, ...], looked: Counter[date]) -> list[Taken]:
    """Return what has to be there: a step is taken on the first look in its window, or missed at the first one after."""
    found = []
    days = sorted(looked)
    for step in steps:
        when = next((day for day in days if day >= step.due_on), None)
        if when is not None:
            found.append(Taken(step.code, "" if when < step.closes_before else StepState.MISSED, when))
    return found


def days_looked_at(first: date) -> Counter[date]:
    """Return on which days somebody looks, and how often: on most nobody, at times for weeks, on some twice."""
    chance = random.Random(_SEED)  # noqa: S311  # guards nothing, and is the same at every run
    looked: Counter[date] = Counter({LAST: 1})
    day = first
    while day < LAST:
        day += chance.choice((1, 1, 2, 3, 5, 8, 35)) * DAY
        looked[min(day, LAST)] = chance.choice((1, 1, 2))
    return looked


@pytest.mark.unmeasured
def test_five_years_day_by_day_take_the_ladder_once_and_in_order():
    commitment, steps = five_years()
    quiet = steps[0].due_on - DAY
    # What is read asks for ends within reach of today. Out of reach on the last quiet day, it was so on each before.
    assert climbers(ladders(), quiet) == []
    for year in range(4):
        assert sweep(SIGNED + year * 365 * DAY).told == 0
    looked = days_looked_at(quiet)
    for day, times in sorted(looked.items()):
        for _look in range(times):
            sweep(day)
    rows = list(ReminderStep.objects.filter(commitment=commitment).order_by("due_on", "code"))
    assert [
        Taken(row.code, StepState.MISSED if row.state == StepState.MISSED else "", row.taken_on)
        for row in rows
    ] == expected(steps, looked)
    opened = [row for row in rows if row.state != StepState.MISSED]
    assert [row.pk for row in opened] == sorted(row.pk for row in opened), "in order"
    # Of each anchor the last one waits, and the others were followed by the next.
    assert {row.state for row in opened if row.code != "end+90"} <= {StepState.REPLACED, StepState.CLOSED}
    assert opened[-1].state == StepState.OPEN
    # Nobody but the owner is there: each step that opened was told once, on its day.
    tellings = list(Telling.objects.order_by("pk").values_list("step", "told_on"))
    assert tellings == [(row.pk, row.taken_on) for row in sorted(opened, key=lambda row: row.pk)]
    assert len(opened) >= 8
    assert any(row.state == StepState.MISSED for row in rows), "somebody did not look for a whole window"


@pytest.mark.unmeasured
def test_looked_at_every_day_nothing_is_missed():
    commitment, steps = five_years()
    for step in steps:
        for day in (step.due_on - DAY, step.due_on, step.due_on):
            sweep(day)
    rows = ReminderStep.objects.filter(commitment=commitment).order_by("due_on", "code")
    assert [(row.code, row.taken_on) for row in rows] == [(step.code, step.due_on) for step in steps]
    assert not rows.filter(state=StepState.MISSED).exists()
