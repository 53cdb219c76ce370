from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sponsors.commitments.models import ExternalKey
from sponsors.commitments.tests.factories import cash_line, drafted_commitment, signed_commitment
from sponsors.commitments.tests.imported import brought_in, looked_at, refused


@pytest.fixture
def draft(db):
    return drafted_commitment(years=2, lines=[cash_line(1000)])


def rows(commitment, *parts):
    return [
        {"commitment": str(commitment), "due_on": due_on, "amount": str(amount)} for due_on, amount in parts
    ]


def schedule(commitment):
    return [(str(part.due_on), part.amount) for part in commitment.installments.order_by("due_on")]


def test_a_draft_is_given_dates_and_amounts_of_its_own(fundraiser, draft):
    run = brought_in(fundraiser, "schedules", *rows(draft, ("2025-03-31", 300), ("2024-02-01", "700.00")))
    assert (run.changed_count, run.row_count) == (1, 2)
    assert schedule(draft) == [("2024-02-01", Decimal(700)), ("2025-03-31", Decimal(300))]
    (step,) = run.steps.all()
    assert (step.reference, step.changes) == (
        draft.number,
        [
            [
                "schedule",
                "2024-01-01 USD 500.00; 2025-01-01 USD 500.00",
                "2024-02-01 USD 700.00; 2025-03-31 USD 300.00",
            ]
        ],
    )


def test_a_key_names_a_commitment_and_long_schedules_are_shown_short(fundraiser, draft):
    ExternalKey.objects.create(key="CRM-1", commitment=draft, digest="0")
    parts = [(f"2024-{month:02}-01", 50) for month in range(1, 13)] + [("2025-01-01", 400)]
    run = brought_in(fundraiser, "schedules", *rows("CRM-1", *parts))
    (step,) = run.steps.all()
    assert step.changes[0][2].endswith("2024-12-01 USD 50.00; and 1 more")
    assert draft.installments.count() == 13


def test_the_same_file_again_changes_nothing_and_says_so_once_signed_too(fundraiser):
    signed = signed_commitment(years=2, lines=[cash_line(1000)])
    run = brought_in(fundraiser, "schedules", *rows(signed, ("2024-01-01", 500), ("2025-01-01", "500.00")))
    assert (run.changed_count, run.same_count) == (0, 1)


def test_every_fault_is_named_and_nothing_is_written(fundraiser, draft):
    signed = signed_commitment(years=1)
    ExternalKey.objects.create(key="CRM-1", commitment=draft, digest="0")
    other = drafted_commitment(years=1, lines=[cash_line(10)])
    faults = refused(
        fundraiser,
        "schedules",
        *rows(draft, ("2024-01-01", 600), ("2025-01-01", 500)),
        *rows("C-1999-0001", ("2024-01-01", 1)),
        *rows(signed, ("2024-01-01", 1)),
        *rows(other, ("2029-01-01", 10), ("today", 10), ("2024-01-01", "0.001")),
        *rows("CRM-1", ("2024-01-01", 1000)),
    )
    assert faults == {
        (
            2,
            "commitment",
        ): "The installments sum to USD 1,100.00, but the cash lines to USD 1,000.00. Make them equal.",
        (4, "commitment"): "There is no commitment of this number or key. Correct it, or import it first.",
        (
            5,
            "commitment",
        ): f"{signed} is signed, so its schedule is fixed. Leave it out, or revise it first.",
        (
            6,
            "due_on",
        ): "The due date 2029-01-01 is more than a year outside the commitment's period. Correct it, or take the installment away.",
        (7, "due_on"): "This is no date. Write it as year-month-day, such as 2026-12-31.",
        (8, "amount"): (
            "The installment due on 2024-01-01 is not exact. Amounts in USD have at most 2 decimals; 0.001 has "
            "more. Round it."
        ),
        (9, "commitment"): "Line 2 is about the same one. Name it alike.",
    }
    assert schedule(draft) == [("2024-01-01", Decimal(500)), ("2025-01-01", Decimal(500))]


def test_a_commitment_under_two_names_is_written_once_in_a_file(fundraiser, draft):
    ExternalKey.objects.create(key="CRM-1", commitment=draft, digest="0")
    faults = refused(
        fundraiser, "schedules", *rows(draft, ("2024-01-01", 1000)), *rows("CRM-1", ("2024-01-01", 1000))
    )
    assert set(faults) == {(3, "commitment")}


def test_checking_costs_the_same_number_of_queries_for_any_number_of_rows(fundraiser):
    drafts = [
        drafted_commitment(years=1, lines=[cash_line(10)], starts_on=date(2024, 1, 1)) for _ in range(9)
    ]
    costs = []
    for count in (1, 2, 9):
        given = [line for draft in drafts[:count] for line in rows(draft, ("2024-05-01", 10))]
        with CaptureQueriesContext(connection) as queries:
            looked_at(fundraiser, "schedules", *given)
        costs.append(len(queries))
    assert costs[1] == costs[2] <= costs[0]
