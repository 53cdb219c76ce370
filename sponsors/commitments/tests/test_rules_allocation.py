"""A receipt pays the oldest first, whatever is due; no database."""

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import Open, oldest_first


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
