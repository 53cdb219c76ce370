"""Schedules sum to the whole, whatever their period, rhythm and shape; no database."""

from calendar import monthrange
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from foundation.money.rules import in_currency, smallest_unit, split
from sponsors.commitments.rules import (
    LARGEST_AMOUNT,
    Frequency,
    Period,
    Plan,
    Shape,
    add_months,
    check_amount,
    custom_schedule,
    due_dates,
    plan_of,
    plan_schedule,
    spread,
    terms_of,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.commitments.tests.strategies import CURRENCIES, DAY, STEP, periods, totals


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


@given(st.data(), periods(), st.sampled_from(CURRENCIES), plans)
def test_a_plan_is_found_again_that_leads_to_the_same_dates_and_amounts(data, period, currency, plan):
    total = data.draw(totals(currency, least=7260))
    plan = replace(plan, first_due_on=period.starts_on)
    planned = plan_schedule(period=period, total=total, currency=currency, plan=plan)
    parts = [(part.due_on, part.amount) for part in planned]

    found = plan_of(period=period, currency=currency, parts=parts[::-1])

    assert found is not None
    assert plan_schedule(period=period, total=total, currency=currency, plan=found) == planned


@pytest.mark.parametrize(
    "amounts", [[], [1, 2], [2, 1, 1]], ids=["nothing", "the later one is more", "two are alike"]
)
def test_of_dates_and_amounts_of_their_own_no_plan_is_found(amounts):
    parts = [(date(2024, 1, day), Decimal(amount)) for day, amount in enumerate(amounts, start=1)]
    assert plan_of(period=FIVE_YEARS, currency="USD", parts=parts) is None


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
