"""What became of an invoice, and what its dates and credit notes may be."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import (
    CommitmentError,
    InvoiceState,
    NotAllowedNow,
    Settled,
    check_credit,
    due_day,
    invoice_state,
    line_settled,
    outstanding,
)
from sponsors.commitments.tests.refusals import refused

TODAY = date(2026, 2, 14)
small = st.integers(0, 5).map(Decimal)


@given(before=small, since=st.integers(-3, 5).map(Decimal), lost_before=small, lost=small, left=small)
def test_parts_of_a_line_never_exceed_it(before, since, lost_before, lost, left):
    paid = max(before + since, Decimal(0))
    whole = paid + lost + left
    amount = whole - before - lost_before
    if amount <= 0:
        return
    settled = line_settled(amount=amount, paid_before=before, installment_paid=paid, remainder=left)

    assert 0 <= settled.paid <= amount
    assert 0 <= settled.written_off <= amount - settled.paid
    if since >= 0 and lost >= lost_before:
        assert settled == Settled(since, lost - lost_before)
        assert amount - settled.paid - settled.written_off == left


@given(total=st.integers(1, 5).map(Decimal), credited=small, paid=small, lost=small, due=st.integers(-1, 1))
def test_state_follows_its_rules(total, credited, paid, lost, due):
    settled = Settled(paid, lost)
    left = outstanding(total=total, credited=credited, settled=settled)
    state = invoice_state(
        total=total, credited=credited, settled=settled, due_on=TODAY + timedelta(days=due), today=TODAY
    )

    assert left >= 0
    assert (state == InvoiceState.CREDITED) == (credited >= total)
    if credited < total:
        assert (state in {InvoiceState.PAID, InvoiceState.WRITTEN_OFF}) == (left == 0)
        assert (state == InvoiceState.WRITTEN_OFF) == (left == 0 and lost > 0)
        assert (state == InvoiceState.OVERDUE) == (left > 0 and due < 0)
        assert (state == InvoiceState.PARTLY_PAID) == (left > 0 and due >= 0 and paid > 0)


def test_invoice_falls_due_with_its_first_installment_but_not_before_today():
    later, past = date(2026, 5, 1), date(2025, 5, 1)

    assert due_day(None, [date(2026, 6, 1), later], TODAY) == later
    assert due_day(None, [past, later], TODAY) == TODAY
    assert due_day(later, [past], TODAY) == later
    for wrong in (date(2026, 2, 13), date(2028, 2, 14)):
        with refused("at most two years later", field="due_on", kind=CommitmentError):
            due_day(wrong, [later], TODAY)


def test_credit_notes_never_exceed_their_invoice():
    assert check_credit(Decimal(3), Decimal(10), Decimal(7), "USD") == 3
    with refused("of which USD 7.00 is credited. Credit USD 3.00 or less", field="amount"):
        check_credit(Decimal(4), Decimal(10), Decimal(7), "USD")
    with refused("The invoice is over USD 10.00. Credit USD 10.00 or less", field="amount"):
        check_credit(Decimal(11), Decimal(10), Decimal(0), "USD")
    with pytest.raises(NotAllowedNow, match="credited in full already"):
        check_credit(Decimal(1), Decimal(10), Decimal(10), "USD")
