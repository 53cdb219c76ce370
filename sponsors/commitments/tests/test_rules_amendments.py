"""The difference an amendment makes, pauses, and the days it may take effect."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import (
    AMENDMENT_TRANSITIONS,
    AmendmentAction,
    AmendmentState,
    Due,
    NotAllowedNow,
    Period,
    check_effective,
    check_nothing_due_in,
    check_pauses,
    difference,
    forgo,
    next_amendment_state,
    postpone,
    postponed_end,
)
from sponsors.commitments.tests.refusals import refused

WHOLE = Period(date(2024, 1, 1), date(2029, 1, 1))


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_difference_leads_from_what_stands_to_what_is_wanted(standing, wanted):
    rows = list(enumerate(standing))
    gone, come = difference(rows, wanted)
    after = [thing for key, thing in rows if key not in gone] + come
    assert Counter(after) == Counter(wanted)
    assert not set(come) & {standing[key] for key in gone}  # nothing goes only to come back


@pytest.mark.parametrize("state", AmendmentState)
@pytest.mark.parametrize("action", AmendmentAction)
def test_only_the_table_leads_on(state, action):
    if (state, action) in AMENDMENT_TRANSITIONS:
        assert next_amendment_state(state, action) == AMENDMENT_TRANSITIONS[state, action]
    else:
        with refused("The amendment", field="state", kind=NotAllowedNow):
            next_amendment_state(state, action)


def test_an_amendment_in_effect_is_not_applied_twice():
    with refused("in effect already", field="state", kind=NotAllowedNow):
        next_amendment_state(AmendmentState.APPLIED, AmendmentAction.APPLY)


def pause(first, end):
    return Period(date.fromisoformat(first), date.fromisoformat(end))


def test_pauses_come_in_order_and_may_touch():
    one, other = pause("2026-01-01", "2027-01-01"), pause("2027-01-01", "2027-02-01")
    assert check_pauses([other, one], WHOLE) == [one, other]


@pytest.mark.parametrize(
    ("pauses", "sentence"),
    [
        ([("2026-01-01", "2026-01-01")], "The pause ends on 2025-12-31, before it begins on 2026-01-01."),
        ([("2023-12-01", "2024-02-01")], "is not within the commitment, 2024-01-01 to 2028-12-31"),
        ([("2028-12-01", "2029-02-01")], "is not within the commitment"),
        (
            [("2026-01-01", "2027-01-01"), ("2026-12-31", "2027-03-01")],
            "The pause from 2026-12-31 overlaps the one from 2026-01-01 to 2026-12-31. Begin it on 2027-01-01",
        ),
    ],
)
def test_pauses_that_cannot_be_are_refused(pauses, sentence):
    with refused(sentence, field="pauses"):
        check_pauses([pause(*days) for days in pauses], WHOLE)


def test_nothing_falls_due_in_a_pause():
    rest = pause("2026-01-01", "2027-01-01")
    check_nothing_due_in([rest], [Due(date(2025, 12, 31), Decimal(1)), Due(date(2027, 1, 1), Decimal(1))])
    with refused("An installment falls due on 2026-12-31", field="installments"):
        check_nothing_due_in([rest], [Due(date(2026, 12, 31), Decimal(1))])


def test_postponing_moves_what_is_due_from_the_pause_on_and_the_end():
    rest = pause("2026-01-01", "2027-01-01")
    parts = [Due(date(year, 1, 1), Decimal(year)) for year in (2025, 2026, 2027)]
    assert postpone(parts, rest) == [
        Due(date(2025, 1, 1), Decimal(2025)),
        Due(date(2027, 1, 1), Decimal(2026)),
        Due(date(2028, 1, 1), Decimal(2027)),
    ]
    assert postponed_end(date(2029, 1, 1), rest) == date(2030, 1, 1)


def test_a_pause_of_days_postpones_by_days():
    rest = pause("2026-01-01", "2026-01-11")
    assert postpone([Due(date(2026, 1, 31), Decimal(1))], rest) == [Due(date(2026, 2, 10), Decimal(1))]
    assert postponed_end(date(2029, 1, 1), rest) == date(2029, 1, 11)


@given(st.integers(1, 60), st.integers(1, 36), st.lists(st.dates(date(2023, 1, 1), date(2029, 12, 31))))
def test_after_postponing_nothing_falls_due_in_the_pause_and_no_money_is_lost(start, months, days):
    from sponsors.commitments.rules import add_months

    rest = Period(add_months(date(2024, 1, 1), start - 1), add_months(date(2024, 1, 1), start - 1 + months))
    parts = [Due(day, Decimal(1)) for day in days]
    moved = postpone(parts, rest)
    check_nothing_due_in([rest], moved)
    assert len(moved) == len(parts)


def test_forgoing_drops_what_is_due_in_the_pause():
    parts = [Due(date(year, 1, 1), Decimal(1)) for year in (2025, 2026, 2027)]
    assert forgo(parts, pause("2026-01-01", "2027-01-01")) == [parts[0], parts[2]]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2023-12-31", "was signed on 2024-01-01"),
        ("2029-01-01", "ends after 2028-12-31"),
        ("2025-05-31", "Amendment 2 took effect on 2025-06-01"),
    ],
)
def test_days_on_which_nothing_can_be_amended(day, sentence):
    with refused(sentence, field="effective_on"):
        check_effective(
            date.fromisoformat(day),
            signed_on=date(2024, 1, 1),
            ends_before=date(2029, 1, 1),
            earlier=(2, date(2025, 6, 1)),
        )


def test_an_amendment_may_take_effect_on_the_last_day_and_with_another():
    for day in (date(2028, 12, 31), date(2025, 6, 1)):
        check_effective(
            day,
            signed_on=date(2024, 1, 1),
            ends_before=date(2029, 1, 1),
            earlier=(1, date(2025, 6, 1)),
        )
