"""Notice days and what an automatic renewal repeats."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sponsors.commitments.rules import (
    Due,
    Period,
    RenewalTerms,
    add_months,
    check_notice_day,
    check_renewal_terms,
    notice_day,
    repetition,
    scaled,
    terms_of,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.commitments.tests.strategies import periods, starts

FIVE_YEARS = Period(date(2024, 1, 1), date(2029, 1, 1))
YEARLY = [Due(date(year, 1, 31), Decimal(60_000)) for year in range(2024, 2029)]


def terms(days=None, months=None, *, automatically=True):
    return RenewalTerms(notice_days=days, automatically=automatically, months=months)


def test_notice_is_given_so_many_days_before_the_last_day():
    assert notice_day(FIVE_YEARS, 30) == date(2028, 12, 1)
    assert notice_day(FIVE_YEARS, 0) == notice_day(FIVE_YEARS, None) == date(2028, 12, 31)


@pytest.mark.parametrize(
    ("agreed", "sentence", "field"),
    [
        (terms(30), "Enter the months of each renewal", "renewal_months"),
        (terms(None, 12), "Enter the notice days", "notice_days"),
        (terms(731, automatically=False), "from 0 to 730", "notice_days"),
        (terms(-1, automatically=False), "from 0 to 730", "notice_days"),
        (terms(None, 12, automatically=False), "does not renew automatically", "renewal_months"),
        (terms(30, 0), "from 1 to 120 months", "renewal_months"),
        (terms(30, 121), "from 1 to 120 months", "renewal_months"),
        (terms(30, 61), "shorter than 61 months", "renewal_months"),
    ],
)
def test_terms_that_cannot_be_are_refused(agreed, sentence, field):
    with refused(sentence, field=field):
        check_renewal_terms(agreed, FIVE_YEARS)


def test_notice_cannot_be_due_before_the_first_day():
    month = Period(date(2024, 1, 1), date(2024, 2, 1))
    assert check_renewal_terms(terms(30, 1), month) == terms(30, 1)
    with refused("before the first day, 2024-01-01", field="notice_days"):
        check_renewal_terms(terms(31, 1), month)


def test_nothing_needs_to_be_agreed():
    assert check_renewal_terms(RenewalTerms(), FIVE_YEARS) == RenewalTerms()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 2, 15), "is after today"),
        (date(2023, 12, 31), "was signed on 2024-01-01"),
        (date(2026, 2, 2), "Notice had to be given by 2026-02-01"),
    ],
)
def test_notice_on_an_impossible_day_is_refused(day, sentence):
    days = {"last": date(2026, 2, 1), "signed_on": date(2024, 1, 1), "today": date(2026, 2, 14)}
    with refused(sentence, field="given_on"):
        check_notice_day(day, **days)
    check_notice_day(date(2026, 2, 1), **days)


def test_a_renewal_of_the_same_length_repeats_everything():
    again = repetition(FIVE_YEARS, YEARLY, 60, "USD")
    assert again.period == Period(date(2029, 1, 1), date(2034, 1, 1))
    assert [part.due_on.year for part in again.installments] == [2029, 2030, 2031, 2032, 2033]
    assert (again.share, again.skipped) == (1, 0)


def test_a_shorter_renewal_repeats_the_last_months():
    again = repetition(FIVE_YEARS, YEARLY, 12, "USD")
    assert again.period == Period(date(2029, 1, 1), date(2030, 1, 1))
    assert again.installments == (Due(date(2029, 1, 31), Decimal(60_000)),)
    assert (again.share, again.skipped) == (Fraction(1, 5), 4)


def test_cash_paid_once_at_the_beginning_is_repeated_by_length():
    again = repetition(FIVE_YEARS, [Due(date(2024, 1, 1), Decimal(300_000))], 12, "USD")
    assert again.installments == (Due(date(2029, 1, 1), Decimal(60_000)),)
    assert repetition(FIVE_YEARS, [], 12, "USD").installments == ()
    assert repetition(FIVE_YEARS, [Due(date(2024, 1, 1), Decimal("0.01"))], 12, "USD").installments == ()


def repeated(period, dues, months=12, pauses=()):
    """Return what a renewal repeats of dues written as (day, amount), in the same way."""
    parts = [Due(date.fromisoformat(day), Decimal(amount)) for day, amount in dues]
    again = repetition(period, parts, months, "USD", pauses)
    return [(part.due_on.isoformat(), part.amount) for part in again.installments]


def test_cash_in_arrears_and_in_advance_goes_on_in_its_rhythm():
    arrears = [
        ("2025-01-31", 60),
        ("2026-01-31", 60),
        ("2027-01-31", 60),
        ("2028-01-31", 60),
        ("2029-01-31", 90),
    ]
    assert repeated(FIVE_YEARS, arrears) == [("2030-01-31", 90)]
    days = [f"{year}-{day}" for year in range(2024, 2029) for day in ("03-01", "06-01", "09-01")]
    advance = [(day, 15) for day in sorted([*days, *(f"{year}-12-01" for year in range(2023, 2028))])]
    assert repeated(FIVE_YEARS, advance) == [
        ("2028-12-01", 15),
        ("2029-03-01", 15),
        ("2029-06-01", 15),
        ("2029-09-01", 15),
    ]


def test_days_without_a_rhythm_repeat_what_fell_due_in_the_last_months():
    yearly = [(f"{year}-01-31", 60) for year in range(2024, 2029)]
    assert repeated(FIVE_YEARS, [*yearly, ("2028-07-31", 40)]) == [("2029-01-31", 60), ("2029-07-31", 40)]


def test_months_without_cash_are_told_from_a_pause():
    dues = [("2024-01-01", 60), ("2025-01-01", 60), ("2027-01-01", 60), ("2028-01-01", 60)]
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    assert repeated(FIVE_YEARS, dues, pauses=[year]) == [("2029-01-01", 60)]
    assert repeated(FIVE_YEARS, dues) == [("2029-01-01", 48)]
    # A pause that only touches the months before or after says nothing of these.
    beside = [Period(date(2025, 7, 1), date(2026, 1, 1)), Period(date(2027, 1, 1), date(2027, 7, 1))]
    assert repeated(FIVE_YEARS, dues, pauses=beside) == [("2029-01-01", 48)]


@pytest.mark.parametrize(
    ("dues", "again"),
    [
        ([("2028-06-30", 300)], [("2029-06-30", 60)]),  # once, in the last months
        ([("2024-01-01", 100), ("2026-01-01", 200)], [("2029-01-01", 60)]),
        # In arrears on days of its own: two of five fall due after the last 1 January.
        (
            [
                ("2025-01-31", 60),
                ("2026-02-02", 60),
                ("2027-01-31", 60),
                ("2028-01-31", 60),
                ("2029-01-31", 60),
            ],
            [("2029-01-31", 60)],
        ),
        ([("2023-12-01", 100), *((f"{year}-05-01", 40) for year in range(2024, 2029))], [("2029-05-01", 60)]),
    ],
)
def test_days_that_do_not_say_for_which_months_leave_the_share(dues, again):
    assert repeated(FIVE_YEARS, dues) == again


@settings(max_examples=60)
@given(st.sampled_from([1, 3, 6, 12]), st.integers(2, 10), st.integers(1, 9), st.integers(-330, 330), starts)
def test_a_rhythm_repeats_the_cash_of_as_many_months(step, count, again, offset, start):
    """In advance or in arrears: a renewal promises as much cash as so many months of the commitment."""
    again = min(again, count)
    if step * count > 120:
        return
    period = Period(start, add_months(start, step * count))
    first = date.fromordinal(start.toordinal() + offset)
    parts = [Due(add_months(first, step * number), Decimal(100)) for number in range(count)]
    found = repetition(period, parts, step * again, "USD").installments
    assert sum(part.amount for part in found) == 100 * again
    expected = [add_months(first, step * number) for number in range(count, count + again)]
    assert [(day.due_on.year, day.due_on.month) for day in found] == [(d.year, d.month) for d in expected]


def test_an_odd_length_is_shared_by_days():
    odd = Period(date(2024, 1, 1), date(2024, 12, 25))
    assert repetition(odd, [], 6, "USD").share == Fraction(183, 359)


@settings(max_examples=60)
@given(periods(), st.integers(1, 120), st.lists(st.integers(0, 4_000), max_size=6))
def test_a_renewal_begins_where_the_other_ends_and_never_pays_more(period, months, offsets):
    if add_months(period.starts_on, months) > period.ends_before:
        return
    days = (period.ends_before - period.starts_on).days
    parts = [
        Due(date.fromordinal(period.starts_on.toordinal() + offset % days), Decimal(100))
        for offset in offsets
    ]
    again = repetition(period, parts, months, "USD")
    assert again.period == Period(period.ends_before, add_months(period.ends_before, months))
    assert sum(part.amount for part in again.installments) <= 100 * len(parts)
    assert 0 < again.share <= 1
    assert again.skipped == len(terms_of(period)) - len(terms_of(again.period))
    assert 0 <= scaled(Decimal(100), again.share, "USD") <= 100
