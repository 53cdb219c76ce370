"""What an amendment may not reach: what came since, closed days, and what was asked for already."""

from datetime import date

import pytest

from foundation.books.closing import close_books
from sponsors.commitments.rules import NotAllowedNow, Period
from sponsors.commitments.selectors import comparison
from sponsors.commitments.services import approve_amendment
from sponsors.commitments.tests.amending import TODAY, amended, approver, cash_of, due, proposed_amendment
from sponsors.commitments.tests.factories import (
    colleague,
    credited,
    invoiced,
    received,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db


def test_what_was_written_over_an_earlier_version_is_refused():
    commitment = signed_commitment()
    first = amended(commitment, ends_before=date(2029, 7, 1))
    with refused("was changed since you opened this page", field="commitment", kind=NotAllowedNow):
        proposed_amendment(commitment, pauses=[], ends_before=date(2028, 7, 1), after=None)
    assert commitment.amendments.count() == 1
    assert proposed_amendment(commitment, ends_before=date(2029, 10, 1), after=first.pk).number == 2


def test_an_end_before_the_amendment_takes_effect_is_refused():
    commitment = signed_commitment(years=3)
    close_books(actor=colleague(), through=date(2025, 1, 31), today=date(2025, 2, 10))
    today = date(2025, 2, 10)
    change = cash_of([due(2024, 60_000)])
    with refused("The last day would be 2025-02-08, before the amendment takes effect", field="ends_on"):
        amended(commitment, today=today, ends_before=date(2025, 2, 9), **change)
    with refused("Choose 2025-02-09 or a later day.", field="ends_on"):
        amended(commitment, today=today, ends_before=date(2024, 7, 1), **change)
    amended(commitment, today=today, ends_before=today, **change)
    commitment.refresh_from_db()
    assert commitment.ends_on == date(2025, 2, 9)


def paused(commitment, *, until=date(2025, 1, 1)):
    """Let it rest from 2024-07-01 up to the day."""
    amended(commitment, today=date(2024, 6, 1), pauses=[Period(date(2024, 7, 1), until)])


def test_a_pause_that_is_over_stays():
    commitment = signed_commitment()
    paused(commitment)
    with refused("The pause from 2024-07-01 began before", field="pauses"):
        amended(commitment, today=date(2026, 1, 5), pauses=[])
    with refused("Keep it up to 2024-12-31 at least", field="pauses"):
        amended(commitment, today=date(2026, 1, 5), pauses=[Period(date(2024, 7, 1), date(2024, 12, 1))])
    assert commitment.pauses.get().ends_before == date(2025, 1, 1)


@pytest.mark.parametrize("until", [date(2024, 10, 1), date(2024, 11, 1), date(2024, 12, 31)])
def test_a_pause_is_cut_or_made_longer_from_the_day_on(until):
    commitment = signed_commitment()
    paused(commitment, until=date(2024, 12, 1))
    shorter = [Period(date(2024, 7, 1), date(2024, 9, 30))]
    with refused("Keep it up to 2024-09-30 at least", field="pauses"):
        amended(commitment, today=date(2024, 10, 1), pauses=shorter)
    amended(commitment, today=date(2024, 10, 1), pauses=[Period(date(2024, 7, 1), until)])
    assert commitment.pauses.get().ends_before == until


def test_two_of_one_day_are_compared_in_the_order_in_which_they_took_effect():
    commitment = signed_commitment(years=3)
    rest = proposed_amendment(commitment, pauses=[Period(date(2026, 8, 1), date(2026, 9, 1))])
    more = proposed_amendment(
        commitment, **cash_of([due(2024, 60_000), due(2025, 60_000), due(2026, 120_000)])
    )
    end = proposed_amendment(commitment, ends_before=date(2027, 7, 1))
    turns = [
        approve_amendment(actor=approver(), amendment=one, today=TODAY).turn for one in (more, rest, end)
    ]
    assert turns == [1, 2, 3]

    def compared(amendment):
        amendment.refresh_from_db()
        found = comparison(amendment)
        return found.cash_before, found.cash_after, len(found.pauses), found.end_changes

    assert compared(more) == (180_000, 240_000, 0, False)
    assert compared(rest) == (240_000, 240_000, 1, False)
    assert compared(end) == (240_000, 240_000, 1, True)


def test_what_was_invoiced_or_paid_in_part_is_not_left_due_in_a_pause():
    commitment = signed_commitment()
    received(commitment.sponsor, 60_000 + 60_000 + 1_000)  # 2024 and 2025, and a little of 2026
    invoice = invoiced(commitment.installments.get(due_on__year=2027), on=date(2025, 12, 1))
    two_years = {"pauses": [Period(date(2026, 1, 1), date(2028, 1, 1))]}
    with refused(
        "USD 60,000.00 due on 2026-01-01 and USD 60,000.00 due on 2027-01-01. Credit its invoice first",
        field="pauses",
        kind=NotAllowedNow,
    ):
        amended(commitment, today=date(2025, 12, 2), **two_years)
    later = {"pauses": [Period(date(2026, 2, 1), date(2028, 1, 1))]}
    with refused("USD 60,000.00 due on 2027-01-01. Credit", field="pauses", kind=NotAllowedNow):
        amended(commitment, today=date(2025, 12, 2), **later)
    credited(invoice, on=date(2025, 12, 2))
    parts = [due(year, 60_000) for year in (2024, 2025, 2026, 2028)]
    amended(commitment, today=date(2025, 12, 2), **later, **cash_of([*parts, due(2028, 60_000, month=6)]))
    assert commitment.pauses.get().starts_on == date(2026, 2, 1)


def test_what_is_paid_or_given_up_may_be_due_in_a_pause():
    commitment = signed_commitment()
    received(commitment.sponsor, 60_000)
    written_off(commitment.installments.get(due_on__year=2025), 60_000)
    pause = Period(date(2024, 1, 1), date(2026, 1, 1))
    amended(commitment, today=date(2024, 1, 1), pauses=[pause])
    assert commitment.pauses.get().ends_before == date(2026, 1, 1)
