"""The rules hold for any period, amount and order; no database."""

from calendar import monthrange
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from foundation.money.rules import in_currency, smallest_unit, split
from sponsors.commitments.rules import (
    FIRM,
    LARGEST_AMOUNT,
    TRANSITIONS,
    Action,
    Frequency,
    InstallmentState,
    NotAllowedNow,
    Open,
    Period,
    Plan,
    Shape,
    State,
    add_months,
    check_amount,
    check_period,
    custom_schedule,
    day_after,
    due_dates,
    following,
    installment_state,
    later,
    next_state,
    oldest_first,
    plan_schedule,
    possible_actions,
    spread,
    terms_of,
)
from sponsors.commitments.tests.refusals import refused

DAY = timedelta(days=1)
STEP = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}
CURRENCIES = ["JPY", "USD", "KWD"]

days = st.dates(date(1990, 1, 1), date(2089, 12, 31))
month_ends = days.map(lambda day: day.replace(day=monthrange(day.year, day.month)[1]))
leap_days = st.integers(1992, 2088).filter(lambda y: y % 4 == 0).map(lambda year: date(year, 2, 29))
starts = days | month_ends | leap_days


@st.composite
def periods(draw):
    """Any period of one month to ten years; often a whole number of months, as agreements are."""
    start = draw(starts)
    shortest, longest = add_months(start, 1), add_months(start, 120)
    whole = st.integers(1, 120).map(lambda months: add_months(start, months))
    return Period(start, draw(whole | st.dates(shortest, longest)))


@st.composite
def totals(draw, currency, least=1, most=10**12):
    """An exact amount of the currency, from `least` of its smallest units."""
    return draw(st.integers(least, most)) * smallest_unit(currency)


# States -------------------------------------------------------------------------------------


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


# Periods and terms --------------------------------------------------------------------------


@given(periods())
def test_terms_tile_the_period(period):
    terms = terms_of(period)

    assert (terms[0].starts_on, terms[-1].ends_before) == (period.starts_on, period.ends_before)
    assert all(one.ends_before == other.starts_on for one, other in pairwise(terms))
    assert all(term.starts_on < term.ends_before for term in terms)


@given(periods())
def test_terms_are_years_and_the_last_may_be_shorter(period):
    terms = terms_of(period)

    for number, term in enumerate(terms[:-1]):
        assert term.starts_on == add_months(period.starts_on, 12 * number)
        assert term.ends_before == add_months(period.starts_on, 12 * (number + 1))
    assert terms[-1].ends_before <= add_months(period.starts_on, 12 * len(terms))
    assert len(terms) <= 10


def test_term_from_a_leap_day_returns_to_it():
    terms = terms_of(Period(date(2024, 2, 29), date(2029, 2, 28)))

    assert [term.starts_on for term in terms] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


@given(periods())
def test_period_of_one_month_to_ten_years_is_accepted(period):
    assert check_period(period.starts_on, period.ends_before) == period


@given(starts)
def test_shorter_and_longer_periods_are_refused(start):
    with refused("at least one month", field="ends_on"):
        check_period(start, add_months(start, 1) - DAY)
    with refused("at most ten years", field="ends_on"):
        check_period(start, add_months(start, 120) + DAY)
    with refused("before the first day", field="ends_on"):
        check_period(start, start)


@pytest.mark.parametrize("start", [date(1989, 12, 31), date(2100, 1, 1), date.min, date.max])
def test_period_outside_living_memory_is_refused(start):
    with refused("in the years 1990 to 2099", field="starts_on"):
        check_period(start, date.max)


@given(periods())
def test_following_period_begins_where_the_first_ends_and_is_as_long(period):
    after, distance = following(period)

    assert after.starts_on == period.ends_before
    if isinstance(distance, int):
        assert after.ends_before == add_months(after.starts_on, distance)
        assert later(period.starts_on, distance) == after.starts_on
    else:
        assert after.ends_before - after.starts_on == period.ends_before - period.starts_on


def test_five_years_are_followed_by_five_years():
    assert following(Period(date(2024, 1, 1), date(2029, 1, 1))) == (
        Period(date(2029, 1, 1), date(2034, 1, 1)),
        60,
    )


def test_period_of_odd_days_is_followed_by_as_many():
    after, distance = following(Period(date(2024, 1, 15), date(2024, 3, 1)))

    assert (after.ends_before, later(date(2024, 2, 1), distance)) == (date(2024, 4, 16), date(2024, 3, 18))


def test_last_day_there_is_has_no_next_day():
    assert (day_after(date(2024, 2, 28)), day_after(date.max)) == (date(2024, 2, 29), date.max)


# Due dates ----------------------------------------------------------------------------------


@given(periods(), st.sampled_from(list(STEP)), st.integers(-366, 366))
def test_one_due_date_for_every_begun_interval(period, frequency, offset):
    first = period.starts_on + offset * DAY
    dates = due_dates(period, frequency, first)
    begun = [n for n in range(121) if add_months(period.starts_on, n * STEP[frequency]) < period.ends_before]

    assert len(dates) == len(begun)
    assert all(one < other for one, other in pairwise(dates))


@given(periods(), st.sampled_from(list(STEP)), st.integers(-366, 366))
def test_due_date_keeps_its_day_or_is_the_last_of_a_shorter_month(period, frequency, offset):
    first = period.starts_on + offset * DAY

    for number, day in enumerate(due_dates(period, frequency, first)):
        months = (day.year - first.year) * 12 + day.month - first.month
        assert months == number * STEP[frequency]
        assert day.day == min(first.day, monthrange(day.year, day.month)[1])


@given(periods(), st.sampled_from(list(STEP)), st.data())
def test_due_date_falls_in_its_interval(period, frequency, data):
    step = STEP[frequency]
    first = data.draw(st.dates(period.starts_on, add_months(period.starts_on, step) - DAY))

    for number, day in enumerate(due_dates(period, frequency, first)):
        begin = add_months(period.starts_on, number * step)
        # In a shorter month, an interval's last day and the next one's first may be the same last day.
        assert begin <= day <= add_months(period.starts_on, (number + 1) * step)


def test_due_date_on_the_31st_returns_to_it():
    dates = due_dates(Period(date(2024, 1, 31), date(2024, 6, 1)), Frequency.MONTHLY, date(2024, 1, 31))

    assert dates == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
        date(2024, 5, 31),
    ]


# Schedules ----------------------------------------------------------------------------------


@given(st.data(), st.sampled_from(CURRENCIES), st.lists(st.integers(0, 1000), min_size=1, max_size=130))
def test_split_is_exact_and_sums_to_the_whole(data, currency, weights):
    assume(sum(weights))
    total = data.draw(totals(currency))

    parts = split(total, weights, currency)

    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert all(part >= 0 and in_currency(part, currency) == part for part in parts)
    for part, weight in list(zip(parts, weights, strict=True))[:-1]:
        assert abs(part - total * weight / sum(weights)) < smallest_unit(currency)


@given(
    st.data(),
    st.sampled_from(CURRENCIES),
    st.integers(1, 130),
    st.sampled_from([Shape.EQUAL, Shape.FRONT_LOADED]),
)
def test_parts_sum_to_the_whole_in_any_shape(data, currency, parts, shape):
    total = data.draw(totals(currency))

    assert sum(spread(total, parts, shape, currency)) == total


@given(st.data(), st.sampled_from(CURRENCIES), st.integers(1, 130))
def test_front_loaded_parts_never_rise(data, currency, parts):
    amounts = spread(data.draw(totals(currency)), parts, Shape.FRONT_LOADED, currency)

    assert all(one >= other for one, other in pairwise(amounts))


@given(st.data(), st.sampled_from(CURRENCIES), st.integers(1, 130))
def test_equal_parts_differ_only_by_the_remainder_in_the_last(data, currency, parts):
    amounts = spread(data.draw(totals(currency)), parts, Shape.EQUAL, currency)

    assert len(set(amounts[:-1])) <= 1
    assert 0 <= amounts[-1] - amounts[0] < parts * smallest_unit(currency)


plans = st.builds(
    Plan,
    st.sampled_from([Shape.EQUAL, Shape.FRONT_LOADED]),
    st.sampled_from(Frequency),
    st.just(date.min),
)


@given(st.data(), periods(), st.sampled_from(CURRENCIES), plans, st.integers(-365, 364))
def test_planned_schedule_sums_and_every_part_is_more_than_nothing(data, period, currency, plan, offset):
    # 7,260 units are enough for the last and smallest of 120 front-loaded parts.
    total = data.draw(totals(currency, least=7260, most=10**6) | totals(currency, least=7260))
    plan = replace(plan, first_due_on=period.starts_on + offset * DAY)

    planned = plan_schedule(period=period, total=total, currency=currency, plan=plan)

    terms = terms_of(period)
    assert sum(part.amount for part in planned) == total
    assert all(part.amount > 0 for part in planned)
    assert [part.due_on for part in planned] == due_dates(period, plan.frequency, plan.first_due_on)
    for part in planned:
        term = terms[part.term - 1]
        assert term.starts_on <= part.due_on < term.ends_before or part.term in {1, len(terms)}


def test_a_hundred_dollars_in_three():
    plan = Plan(Shape.EQUAL, Frequency.YEARLY, date(2024, 1, 1))
    planned = plan_schedule(
        period=Period(date(2024, 1, 1), date(2027, 1, 1)), total=Decimal(100), currency="USD", plan=plan
    )

    assert [(part.due_on.year, part.amount, part.term) for part in planned] == [
        (2024, Decimal("33.33"), 1),
        (2025, Decimal("33.33"), 2),
        (2026, Decimal("33.34"), 3),
    ]


@pytest.mark.parametrize("shape", [Shape.EQUAL, Shape.FRONT_LOADED])
def test_too_little_for_so_many_parts_is_refused(shape):
    with refused("JPY 9 is too little for 120 installments", field="frequency"):
        plan_schedule(
            period=Period(date(2024, 1, 1), date(2034, 1, 1)),
            total=Decimal(9),
            currency="JPY",
            plan=Plan(shape, Frequency.MONTHLY, date(2024, 1, 1)),
        )


FIVE_YEARS = Period(date(2024, 1, 1), date(2029, 1, 1))


@pytest.mark.parametrize(
    ("frequency", "first", "possible"),
    [
        (Frequency.YEARLY, date(2022, 12, 31), False),
        (Frequency.YEARLY, date(2023, 1, 1), True),
        (Frequency.YEARLY, date(2024, 12, 31), True),
        (Frequency.YEARLY, date(2025, 1, 1), False),
        (Frequency.ONCE, date(2025, 1, 1), True),
        (Frequency.ONCE, date(2029, 12, 31), True),
        (Frequency.ONCE, date(2030, 1, 1), False),
        (Frequency.MONTHLY, date.min, False),
        (Frequency.MONTHLY, date.max, False),
    ],
)
def test_first_due_date_is_within_a_year_of_the_commitment(frequency, first, possible):
    def plan():
        return plan_schedule(
            period=FIVE_YEARS, total=Decimal(600), currency="USD", plan=Plan(Shape.EQUAL, frequency, first)
        )

    if possible:
        assert plan()
    else:
        with refused("more than a year from the commitment", field="first_due_on"):
            plan()


@given(st.data(), periods(), st.sampled_from(CURRENCIES))
def test_custom_schedule_is_kept_as_given_in_order_of_date(data, period, currency):
    earliest, latest = add_months(period.starts_on, -12), add_months(period.ends_before, 12) - DAY
    parts = data.draw(
        st.lists(st.tuples(st.dates(earliest, latest), totals(currency)), min_size=1, max_size=20)
    )
    total = sum((amount for _day, amount in parts), start=Decimal(0))

    planned = custom_schedule(period=period, total=total, currency=currency, parts=parts)

    assert [(part.due_on, part.amount) for part in planned] == sorted(parts)
    assert all(1 <= part.term <= len(terms_of(period)) for part in planned)
    with refused("Make them equal", field="installments"):
        custom_schedule(period=period, total=total + 1, currency=currency, parts=parts)


@pytest.mark.parametrize(
    ("due_on", "amount", "sentence"),
    [
        (date(2024, 1, 1), Decimal(0), "The installment due on 2024-01-01 must be more than zero"),
        (date(2024, 1, 1), Decimal(-1), "must be more than zero"),
        (date(2024, 1, 1), Decimal("0.001"), "is not exact. Amounts in USD have at most 2 decimals"),
        (date(2022, 12, 31), Decimal(1), "2022-12-31 is more than a year outside"),
        (date(2030, 1, 1), Decimal(1), "2030-01-01 is more than a year outside"),
    ],
)
def test_custom_part_is_refused_by_its_date(due_on, amount, sentence):
    with refused(sentence, field="installments"):
        custom_schedule(period=FIVE_YEARS, total=Decimal(1), currency="USD", parts=[(due_on, amount)])


@given(st.decimals() | st.decimals(-1, 10**15, places=2), st.sampled_from(CURRENCIES))
def test_amount_is_exact_or_refused(amount, currency):
    places = {"JPY": 0, "USD": 2, "KWD": 3}[currency]
    if amount.is_finite() and 0 < amount < LARGEST_AMOUNT and amount == round(amount, places):
        exact = check_amount(amount, currency, what="The amount", field="amount")
        assert exact == amount
        assert exact.as_tuple().exponent == -places
    else:
        with refused("The amount", field="amount"):
            check_amount(amount, currency, what="The amount", field="amount")


def test_schedule_has_at_most_500_installments():
    with refused("at most 500 installments", field="installments"):
        custom_schedule(
            period=FIVE_YEARS,
            total=Decimal(501),
            currency="USD",
            parts=[(date(2024, 1, 1), Decimal(1))] * 501,
        )


# Installments and receipts ------------------------------------------------------------------


@given(
    st.sampled_from(State),
    st.integers(0, 3),
    st.integers(-2, 2),
    st.none() | st.integers(-2, 2),
)
def test_installment_state_follows_its_rules(state, paid, due, closed):
    today = date(2024, 6, 15)
    found = installment_state(
        amount=Decimal(3),
        paid=Decimal(paid),
        due_on=today + due * DAY,
        today=today,
        commitment_state=state,
        closed_on=None if closed is None else today + closed * DAY,
    )

    released = state == State.TERMINATED and closed is not None and due >= closed
    assert (found == InstallmentState.PAID) == (paid == 3)
    if paid < 3:
        assert (found == InstallmentState.PLANNED) == (state in {State.DRAFT, State.PROPOSED})
        assert (found == InstallmentState.RELEASED) == (
            state in {State.WITHDRAWN, State.DECLINED} or released
        )
        if state in FIRM and not released:
            assert (found == InstallmentState.OVERDUE) == (due < 0)
            assert (found == InstallmentState.PARTLY_PAID) == (due >= 0 and paid > 0)
            assert (found == InstallmentState.DUE) == (due == 0 and paid == 0)
            assert (found == InstallmentState.SCHEDULED) == (due > 0 and paid == 0)


@given(
    st.decimals(0, 1000, places=2),
    st.lists(
        st.tuples(st.dates(date(2024, 1, 1), date(2024, 1, 9)), st.decimals(0, 300, places=2)), max_size=9
    ),
)
def test_oldest_first_uses_all_it_can_and_never_too_much(amount, dues):
    installments = [Open(pk, due_on, remainder) for pk, (due_on, remainder) in enumerate(dues)]
    remainders = {row.pk: row.remainder for row in installments}

    allocations = oldest_first(amount, installments)

    used = sum((part for _pk, part in allocations), start=Decimal(0))
    # Never more than either side has, and as much as both allow.
    assert used == min(amount, sum(remainders.values(), start=Decimal(0)))
    assert all(0 < part <= remainders[pk] for pk, part in allocations)
    assert max(Counter(pk for pk, _part in allocations).values(), default=0) <= 1
    paid = dict(allocations)
    in_order = sorted(installments, key=lambda row: (row.due_on, row.pk))
    for row in in_order[:-1]:
        younger = [other for other in in_order if (other.due_on, other.pk) > (row.due_on, row.pk)]
        if any(other.pk in paid for other in younger):
            assert paid.get(row.pk, 0) == row.remainder
