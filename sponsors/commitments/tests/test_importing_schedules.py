from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.imports.progress import Progress
from foundation.imports.rules import RunState
from foundation.imports.tests.factories import applied
from sponsors.commitments.models import ExternalKey, Installment
from sponsors.commitments.services import propose
from sponsors.commitments.services.importing import installments
from sponsors.commitments.tests.conditions import limit
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    in_kind_line,
    signed_commitment,
)
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
        ): "The installments sum to USD 1,100.00, but the cash lines to USD 1,000.00. Make them equal: change one of them, or let a plan spread the cash.",
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


def test_writing_costs_the_same_number_of_queries_for_any_number_of_drafts(fundraiser, monkeypatch):
    monkeypatch.setattr(Progress, "tell", lambda *_: None)
    costs = []
    for count in (2, 40):
        drafts = [
            drafted_commitment(years=2, lines=[cash_line(10)], restrictions=[limit(percent=50, term=2)])
            for _ in range(count)
        ]
        given = [line for draft in drafts for line in rows(draft, ("2024-05-01", 4), ("2025-05-01", 6))]
        run = looked_at(fundraiser, "schedules", *given)
        with CaptureQueriesContext(connection) as queries:
            applied(fundraiser, run)
        costs.append(len(queries))
        for draft in drafts:
            assert schedule(draft) == [("2024-05-01", Decimal(4)), ("2025-05-01", Decimal(6))]
    assert costs[0] == costs[1]


def test_schedules_are_written_batch_after_batch_into_the_terms_of_each(fundraiser, monkeypatch):
    monkeypatch.setattr(installments, "AT_ONCE", 2)
    drafts = [drafted_commitment(years=2, lines=[cash_line(10)]) for _ in range(5)]
    terms = {draft.pk: list(draft.terms.values_list("pk", flat=True)) for draft in drafts}
    given = [line for draft in drafts for line in rows(draft, ("2025-05-01", 6), ("2024-05-01", 4))]

    run = brought_in(fundraiser, "schedules", *given)

    assert run.changed_count == 5
    for draft in drafts:
        assert schedule(draft) == [("2024-05-01", Decimal(4)), ("2025-05-01", Decimal(6))]
        assert list(draft.installments.order_by("due_on").values_list("term", flat=True)) == terms[draft.pk]


def test_a_draft_somebody_is_changing_is_another_version_after_the_import(fundraiser, draft):
    brought_in(fundraiser, "schedules", *rows(draft, ("2024-02-01", 1000)))

    was = draft.updated_at
    draft.refresh_from_db()
    assert draft.updated_at > was
    event = Installment.objects.get().events.get()  # type: ignore[attr-defined]  # made by @tracked
    assert event.pgh_context["action"] == "commitment.revise_draft"
    assert event.pgh_context["actor"] == fundraiser.pk


def test_a_draft_that_is_proposed_at_the_last_moment_keeps_its_schedule(fundraiser, monkeypatch, draft):
    other = drafted_commitment(years=1, lines=[cash_line(10)])
    run = looked_at(
        fundraiser, "schedules", *rows(other, ("2024-05-01", 10)), *rows(draft, ("2024-02-01", 1000))
    )
    read = installments.with_what_bears_on_dates

    def late():
        propose(actor=colleague(), commitment=draft, today=date(2024, 1, 1))
        return read()

    monkeypatch.setattr(installments, "with_what_bears_on_dates", late)
    run = applied(fundraiser, run)

    assert run.state == RunState.FAILED
    assert "is proposed, so its schedule is fixed" in run.remark
    assert schedule(draft) == [("2024-01-01", Decimal(500)), ("2025-01-01", Decimal(500))]
    assert schedule(other) == [("2024-01-01", Decimal(10))]


def test_dates_must_leave_each_year_what_is_restricted_of_it_and_need_cash(fundraiser):
    limited = drafted_commitment(years=2, lines=[cash_line(1000)], restrictions=[limit(amount=300, term=2)])
    gift = drafted_commitment(years=1, lines=[in_kind_line(10)])

    faults = refused(
        fundraiser,
        "schedules",
        *rows(limited, ("2024-01-01", 900), ("2025-01-01", 100)),
        *rows(gift, ("2024-01-01", 10)),
    )

    assert faults[2, "commitment"].startswith(
        "The restrictions give USD 300.00 to funds, but only USD 100.00"
    )
    assert faults[4, "commitment"] == (
        "No line promises cash, so nothing falls due. Add a cash line, or leave the schedule out."
    )
