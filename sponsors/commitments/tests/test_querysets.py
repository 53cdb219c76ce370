"""The same facts give the same state in Python and in SQL."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sponsors.commitments.models import Commitment, Installment, Receipt
from sponsors.commitments.rules import FIRM, InstallmentState, State, installment_state
from sponsors.commitments.services import decline, end, terminate, withdraw
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    drafted_commitment,
    in_kind_line,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)

pytestmark = pytest.mark.django_db
FIVE_YEARS = date(2028, 12, 31)
OPEN = {
    InstallmentState.SCHEDULED,
    InstallmentState.DUE,
    InstallmentState.PARTLY_PAID,
    InstallmentState.OVERDUE,
}


def commitment_in(state, closed_on):
    parts = [(START + timedelta(days=300 * n), Decimal(10)) for n in range(5)]
    given: dict[str, Any] = {"lines": [cash_line(50), in_kind_line(1)], "schedule": parts}
    actor = colleague()
    if state == State.DRAFT:
        return drafted_commitment(**given)
    if state in {State.PROPOSED, State.DECLINED, State.WITHDRAWN}:
        commitment = proposed_commitment(**given)
        if state == State.DECLINED:
            decline(actor=actor, commitment=commitment, reason="No", today=closed_on)
        if state == State.WITHDRAWN:
            withdraw(actor=actor, commitment=commitment, reason="No", today=closed_on)
        return commitment
    return signed_commitment(**given)


@pytest.mark.unmeasured
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.sampled_from(State),
    closed_on=st.dates(START, FIVE_YEARS),
    payments=st.lists(st.integers(1, 20), max_size=3),
    losses=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 10), st.booleans()), max_size=3),
    today=st.dates(date(2023, 12, 30), date(2029, 1, 3))
    | st.integers(0, 4).map(lambda n: START + timedelta(days=300 * n)),
)
def test_state_in_sql_is_the_rule_in_python(db, *, state, closed_on, payments, losses, today):
    with transaction.atomic():
        commitment = commitment_in(state, closed_on)
        if state in FIRM:
            for amount in payments:
                received(commitment.sponsor, amount)
            for position, amount, rest in losses:
                row = Installment.objects.with_paid().order_by("position")[position]
                if row.remainder:
                    written_off(row, row.remainder if rest else min(row.remainder, amount))
        if state == State.TERMINATED:
            terminate(
                actor=colleague(), commitment=commitment, closed_on=closed_on, today=closed_on, reason="Sold"
            )
        if state == State.ENDED:
            end(actor=colleague(), commitment=commitment, today=date(2029, 1, 1))
        commitment.refresh_from_db()
        assert commitment.state == state

        rows = list(Installment.objects.with_state(today))
        open_rows = set(Installment.objects.open())
        overdue = set(Installment.objects.overdue(today))
        figures = Commitment.objects.with_received(today).get()
        transaction.set_rollback(True)

    assert len(rows) == 5
    for row in rows:
        assert row.state == installment_state(
            amount=row.amount,
            paid=row.paid,
            written_off=row.written_off,
            due_on=row.due_on,
            today=today,
            commitment_state=commitment.state,
            closed_on=commitment.closed_on,
        )
        assert (row in open_rows) == (row.state in OPEN)
        assert (row in overdue) == (row.state == InstallmentState.OVERDUE)
    assert figures.received == sum(row.paid for row in rows)
    assert figures.overdue == sum(row.remainder for row in rows if row in overdue)


@pytest.mark.parametrize(
    ("day", "in_force", "not_over"),
    [
        (date(2023, 12, 31), False, True),
        (date(2024, 1, 1), True, True),
        (date(2028, 12, 31), True, True),
        (date(2029, 1, 1), False, False),
    ],
)
def test_commitment_is_in_force_from_its_first_to_its_last_day(day, in_force, not_over):
    signed_commitment()
    proposed_commitment()

    assert Commitment.objects.in_force(day).count() == in_force
    assert Commitment.objects.not_over(day).count() == not_over


def test_rows_are_visible_to_those_with_the_permission(infrastructure, outsider):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 10)

    assert Commitment.objects.visible_to(infrastructure).exists()
    assert commitment.installments.visible_to(infrastructure).exists()
    assert not Commitment.objects.visible_to(outsider).exists()
    assert not commitment.installments.visible_to(outsider).exists()
    assert not Receipt.objects.visible_to(infrastructure).exists()
    assert not receipt.allocations.visible_to(infrastructure).exists()


def test_names_say_what_a_row_is():
    commitment = signed_commitment(title="Gold")
    receipt = received(commitment.sponsor, 10, reference="w-9")

    assert [str(commitment), str(commitment.lines.get()), str(commitment.terms.first())] == [
        commitment.number,
        "Support in cash",
        "Term 1",
    ]
    assert str(receipt.allocations.get()) == f"bank w-9 → {commitment.number}/1"
    assert commitment.terms.get(position=1).ends_on == date(2024, 12, 31)
