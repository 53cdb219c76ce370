"""Versions of a card: at most one holds on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.rules import InKindError
from sponsors.inkind.rules.versions import Span, check_end, version_that_ends

FIRST = Span(1, date(2020, 1, 1), date(2022, 1, 1))
SECOND = Span(2, date(2023, 1, 1), None)
days = st.dates(date(2019, 1, 1), date(2026, 1, 1))


def test_a_new_version_ends_the_one_without_an_end():
    assert version_that_ends([FIRST, SECOND], date(2024, 1, 1), None) == SECOND
    assert version_that_ends([FIRST, SECOND], date(2022, 1, 1), date(2023, 1, 1)) is None
    assert version_that_ends([], date(2022, 1, 1), None) is None


@pytest.mark.parametrize(
    ("first", "before", "field", "sentence"),
    [
        (date(2021, 1, 1), None, "valid_from", "Version 1 holds from 2020-01-01 to 2021-12-31. Choose a first day after that, or end it earlier first."),
        (date(2019, 1, 1), date(2020, 1, 2), "valid_until", "Version 1 holds from 2020-01-01 to 2021-12-31. Choose a last day before it."),
        (date(2022, 1, 1), None, "valid_until", "Version 2 holds from 2023-01-01 on. Choose a last day before it."),
        (date(2023, 1, 1), None, "valid_from", "Version 2 holds from 2023-01-01 on. Choose a first day after that"),
        (date(2024, 1, 1), date(2024, 1, 1), "valid_until", "The last day must be 2024-01-01, the first one, or later."),
    ],
)  # fmt: skip
def test_days_of_another_version_are_refused(first, before, field, sentence):
    with pytest.raises(InKindError) as caught:
        version_that_ends([FIRST, SECOND], first, before)
    assert caught.value.field == field
    assert caught.value.message.startswith(sentence)


def test_a_version_ends_after_it_began_and_before_the_one_that_follows():
    check_end([FIRST, SECOND], FIRST, date(2023, 1, 1))
    for before in (date(2020, 1, 1), date(2023, 1, 2)):
        with pytest.raises(InKindError):
            check_end([FIRST, SECOND], FIRST, before)


@given(st.lists(st.tuples(days, st.none() | days), max_size=6), days)
def test_whatever_is_added_no_two_hold_on_a_day(added, day):
    spans: list[Span] = []
    for first, before in added:
        try:
            ends = version_that_ends(spans, first, before)
        except InKindError:
            continue
        spans = [Span(span.number, span.first, first) if span == ends else span for span in spans]
        spans.append(Span(len(spans) + 1, first, before))
    assert len([span for span in spans if span.meets(day, day + timedelta(days=1))]) <= 1
