"""What the next commitment promises: its days and amounts, by length, by percent and by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import Period, add_months
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.rules.renewing import NextTerms, next_amounts, next_period, next_title

YEAR = Period(date(2027, 1, 1), date(2028, 1, 1))
AMOUNTS = st.lists(st.integers(1, 10**9).map(Decimal), min_size=1, max_size=5)


def test_without_terms_the_period_stays():
    assert NextTerms(title="Platinum").is_the_same
    assert next_period(YEAR, NextTerms()) == YEAR


@pytest.mark.parametrize(
    ("terms", "first", "after"),
    [
        (NextTerms(starts_on=date(2027, 3, 1)), date(2027, 3, 1), date(2028, 3, 1)),
        (NextTerms(months=36), date(2027, 1, 1), date(2030, 1, 1)),
        (NextTerms(starts_on=date(2027, 2, 1), months=6), date(2027, 2, 1), date(2027, 8, 1)),
    ],
)
def test_the_first_day_and_the_length_are_changed(terms, first, after):
    assert not terms.is_the_same
    assert next_period(YEAR, terms) == Period(first, after)


@pytest.mark.parametrize("months", [0, 121])
def test_lengths_no_commitment_has_are_refused(months):
    with pytest.raises(RenewalError, match="1 to 120 months") as caught:
        next_period(YEAR, NextTerms(months=months))
    assert caught.value.field == "months"


@given(AMOUNTS, st.integers(1, 120), st.integers(-99, 900))
def test_amounts_follow_length_and_percent_and_never_more(amounts, months, percent):
    after = Period(YEAR.starts_on, add_months(YEAR.starts_on, months))
    lines = list(enumerate(amounts, start=1))
    found = next_amounts(lines, YEAR, after, NextTerms(percent=Decimal(percent)), "USD")
    for amount, new in zip(amounts, found, strict=True):
        exact = amount * months * (100 + percent) / 1200
        assert exact - Decimal("0.01") < new <= exact


@given(AMOUNTS)
def test_the_same_length_leaves_amounts_as_they_are(amounts):
    lines = list(enumerate(amounts, start=1))
    assert next_amounts(lines, YEAR, YEAR, NextTerms(), "USD") == amounts


def test_amounts_by_hand_are_of_the_whole_period_and_follow_nothing():
    after = Period(YEAR.starts_on, date(2030, 1, 1))
    terms = NextTerms(percent=Decimal(10), amounts={2: Decimal(5), 3: Decimal(0)})
    lines = [(1, Decimal(100)), (2, Decimal(100)), (3, Decimal(100))]
    assert next_amounts(lines, YEAR, after, terms, "USD") == [330, 5, 0]


def test_periods_of_odd_days_are_compared_by_days():
    before = Period(date(2027, 1, 1), date(2027, 4, 11))  # 100 days
    after = Period(before.starts_on, before.starts_on + timedelta(days=50))
    assert next_amounts([(1, Decimal(100))], before, after, NextTerms(), "USD") == [50]


@pytest.mark.parametrize("percent", ["-100", "901", "NaN"])
def test_percents_out_of_range_are_refused(percent):
    with pytest.raises(RenewalError, match="percent") as caught:
        next_amounts([(1, Decimal(1))], YEAR, YEAR, NextTerms(percent=Decimal(percent)), "USD")
    assert caught.value.field == "percent"


def test_an_amount_of_no_line_is_refused():
    with pytest.raises(RenewalError, match="no line 7") as caught:
        next_amounts([(1, Decimal(1))], YEAR, YEAR, NextTerms(amounts={7: Decimal(1)}), "USD")
    assert caught.value.field == "amounts"


@pytest.mark.parametrize(
    ("title", "first", "last", "next_first", "words"),
    [
        ("Gold 2026", date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1), "Gold 2027"),
        ("CDN 2024 to 2029", date(2024, 5, 1), date(2029, 4, 30), date(2029, 5, 1), "CDN 2029 to 2034"),
        (
            "Friends of 1999, 2026",
            date(2026, 1, 1),
            date(2026, 12, 31),
            date(2027, 1, 1),
            "Friends of 1999, 2027",
        ),
        ("Evergreen", date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1), "Evergreen"),
    ],
)
def test_years_of_a_title_move_on_with_the_period(title, first, last, next_first, words):
    assert next_title(title, first=first, last=last, next_first=next_first) == words
