"""For how long money lasts."""

from decimal import Decimal

import pytest

from sponsors.renewals.rules.runway import runway


@pytest.mark.parametrize(
    ("reserves", "costs", "income", "months", "is_covered"),
    [
        (1_200_000, 100_000, 40_000, "20.0", False),
        (100_000, 30_000, 0, "3.3", False),
        (1_000, 100, 100, None, True),
        (1_000, 100, 250, None, True),
        (None, 100, 50, None, None),
        (None, 100, 150, None, True),
        (1_000, None, 50, None, None),
        (0, 100, 50, "0.0", False),
    ],
)
def test_runway_is_reserves_over_what_a_month_costs_beyond_income(
    reserves, costs, income, months, is_covered
):
    found = runway(
        reserves=None if reserves is None else Decimal(reserves),
        costs=None if costs is None else Decimal(costs),
        income=Decimal(income),
    )

    assert found.months == (None if months is None else Decimal(months))
    assert found.is_covered is is_covered
