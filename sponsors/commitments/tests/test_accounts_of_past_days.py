"""What was said of a past day is said of it still, whatever came after."""

from datetime import date
from decimal import Decimal

import pytest

from sponsors.commitments.selectors import Figure, aged_debt, money_by_year, statement
from sponsors.commitments.services import terminate
from sponsors.commitments.tests.amending import amended, cash_of, due
from sponsors.commitments.tests.balances import statement_ends_with_what_is_owed_less_the_credit
from sponsors.commitments.tests.factories import START, colleague, signed_commitment, written_off

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
END_OF_2024 = date(2024, 12, 31)


def open_at_the_end(number):
    (found,) = (shown for shown in money_by_year(TODAY).years if shown.year.number == number)
    (line,) = found.lines
    return line.figures[Figure.OPEN].amount


def test_what_was_open_and_aged_on_a_day_before_an_amendment_stays_so():
    commitment = signed_commitment(years=3)
    debt, still_open = aged_debt(END_OF_2024), open_at_the_end(2024)
    parts = [due(2024, 60_000), due(2025, 100_000), due(2026, 100_000)]
    amended(commitment, today=date(2025, 6, 1), **cash_of(parts))

    assert aged_debt(END_OF_2024) == debt
    assert open_at_the_end(2024) == still_open == 180_000
    assert open_at_the_end(2025) == aged_debt(date(2025, 12, 31)).totals[0].total == 260_000


def closing(sponsor, last):
    (account,) = statement(sponsor, START, last).accounts
    return account.closing


def test_a_statement_counts_a_write_off_from_the_day_it_charges_the_installment():
    commitment = signed_commitment(years=2)
    later = commitment.installments.select_related("commitment").get(position=2)
    written_off(later, 20_000)

    assert closing(commitment.sponsor, date(2024, 6, 1)) == 60_000
    assert closing(commitment.sponsor, date(2025, 6, 1)) == Decimal(100_000)

    terminate(
        actor=colleague(),
        commitment=commitment,
        closed_on=date(2024, 7, 1),
        reason="Sold",
        today=date(2024, 7, 1),
    )
    assert closing(commitment.sponsor, date(2025, 6, 1)) == 60_000
    statement_ends_with_what_is_owed_less_the_credit(commitment.sponsor, date(2025, 6, 1))
