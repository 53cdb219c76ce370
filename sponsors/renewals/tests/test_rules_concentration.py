"""How much hangs on few sponsors."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.renewals.rules.concentration import concentration

AMOUNTS = st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=30).filter(any)


def test_four_sponsors_by_hand():
    found = concentration(map(Decimal, (50, 30, 10, 10)))
    assert found.total == 100
    assert found.largest == {1: Decimal("0.5"), 3: Decimal("0.9"), 5: Decimal(1)}
    # 0.25 + 0.09 + 0.01 + 0.01
    assert found.index == Decimal("0.36")
    assert found.effective == 1 / Decimal("0.36")


@given(st.integers(1, 40), st.decimals("0.01", 1000, places=2))
def test_equal_sponsors_are_as_many_as_they_are(count, amount):
    found = concentration([amount] * count)
    assert found.effective is not None
    assert float(found.effective) == pytest.approx(count)


@given(AMOUNTS)
def test_shares_rise_to_the_whole_and_the_index_lies_between_equal_and_one(amounts):
    found = concentration(amounts)
    assert found.index is not None
    assert 0 < found.largest[1] <= found.largest[3] <= found.largest[5] <= Decimal("1.0000001")
    assert Decimal(1) / len(amounts) - Decimal("1e-12") <= found.index <= Decimal("1.0000001")


@given(AMOUNTS)
def test_two_sponsors_that_become_one_concentrate(amounts):
    merged = [amounts[0] + (amounts[1] if len(amounts) > 1 else 0), *amounts[2:]]
    before, after = concentration(amounts).index, concentration(merged).index
    assert before is not None
    assert after is not None
    assert after >= before - Decimal("1e-20")


@pytest.mark.parametrize("amounts", [[], [Decimal(0)]])
def test_nothing_has_no_shares(amounts):
    found = concentration(amounts)
    assert (found.total, found.largest, found.index, found.effective) == (0, {}, None, None)


def test_less_than_nothing_is_refused():
    with pytest.raises(ValueError, match="not below zero"):
        concentration([Decimal(1), Decimal(-1)])
