"""How far a gift has got against its promise."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.rules import Per
from sponsors.inkind.rules.promises import Promise, progress, promised_in_year, year_of

FIRST = date(2024, 4, 15)
AMOUNTS = st.lists(st.decimals(0, 10**9, places=4), max_size=40)


def months(count):
    return [date(2024 + (3 + number) // 12, (3 + number) % 12 + 1, 1) for number in range(count)]


def test_years_of_a_gift_begin_with_the_month_in_which_it_does():
    assert [year_of(FIRST, month) for month in months(25)] == [1] * 12 + [2] * 12 + [3]


@pytest.mark.parametrize(
    ("per", "so_far", "share"),
    [(Per.MONTH, 30, "0.3"), (Per.YEAR, 30, "0.3"), (Per.WHOLE, 150, "1.5"), (Per.AS_USED, 30, None)],
)
def test_what_came_is_laid_beside_the_time_of_the_promise(per, so_far, share):
    promise = Promise(per, None if share is None else Decimal(100), Decimal(200))
    last = progress(FIRST, months(13), [Decimal(10)] * 12 + [Decimal(30)], promise)[-1]
    assert (last.so_far, last.in_year) == (so_far, 30)
    assert last.promise_share == (None if share is None else Decimal(share))
    assert last.ceiling_share == Decimal(so_far) / 200


def test_a_year_of_a_monthly_promise_is_its_months():
    assert promised_in_year(Promise(Per.MONTH, Decimal(5), None), 7) == 35
    assert promised_in_year(Promise(Per.YEAR, Decimal(5), None), 7) == 5
    assert promised_in_year(Promise(Per.WHOLE, Decimal(5), None), 12) is None
    assert promised_in_year(Promise(Per.AS_USED, None, Decimal(5)), 12) is None


@given(AMOUNTS, st.sampled_from([None, *Per]))
def test_running_totals_end_with_the_sum_of_all(amounts, per):
    quantity = Decimal(7) if per not in {None, Per.AS_USED} else None
    promise = Promise(per, quantity, None) if per else None
    steps = progress(FIRST, months(len(amounts)), amounts, promise)
    assert len(steps) == len(amounts)
    years = [
        step.in_year for step, month in zip(steps, months(len(amounts)), strict=True) if month.month == 3
    ]
    if len(amounts) % 12:
        years.append(steps[-1].in_year)
    assert sum(years) == sum(amounts)
    if per is Per.WHOLE and steps:
        assert steps[-1].so_far == sum(amounts)
    assert all(step.ceiling_share is None for step in steps)
