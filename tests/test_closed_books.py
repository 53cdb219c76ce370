"""Each table of money facts is held by the closed books, whatever statement tries: raw SQL, past every service."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction

from foundation.books.closing import close_books
from foundation.money.models import ExchangeRate
from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    ConditionProgress,
    CreditNote,
    Invoice,
    Receipt,
    WriteOff,
)
from sponsors.commitments.tests.amending import approver, cash_of, due, proposed_amendment
from sponsors.commitments.tests.conditions import match, only_condition, progressed
from sponsors.commitments.tests.factories import (
    colleague,
    credited,
    invoiced,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)
from sponsors.inkind.models import Valuation
from sponsors.inkind.tests.factories import gift_line
from sponsors.inkind.tests.supplying import valued

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
CLOSED = date(2025, 6, 1)
OPEN = date(2026, 1, 1)
REFUSAL = "the books are closed before 2026-01-01"


@dataclass(frozen=True)
class Fact:
    """A table whose rows count on the day in one column."""

    model: Any
    day: str
    change: str = "created_at = now() - interval '1 day'"

    def __str__(self):
        return f"{self.table}.{self.day}"

    @property
    def table(self):
        return self.model._meta.db_table


@dataclass(frozen=True)
class Moment(Fact):
    """A day that is set in a row once, when the row becomes what `change` says."""

    make: Any = None


def _approved_amendment():
    proposed_amendment(
        signed_commitment(), effective_on=OPEN, **cash_of([due(year, 50_000) for year in range(2024, 2029)])
    )
    run(
        "UPDATE sponsors_amendment SET state = 'approved', approved_on = %s, approved_by_id = %s",
        TODAY,
        approver().pk,
    )


FACTS = [
    Fact(Allocation, "booked_on"),
    Fact(ConditionProgress, "met_on"),
    Fact(CreditNote, "issued_on"),
    Fact(ExchangeRate, "day", "rate = 2"),
    Fact(Invoice, "issued_on"),
    Fact(Receipt, "received_on"),
    Fact(Valuation, "booked_on"),
    Fact(WriteOff, "booked_on"),
]
MOMENTS = [
    Moment(Amendment, "effective_on", "state = 'applied', applied_on = effective_on", _approved_amendment),
    Moment(Commitment, "signed_on", "state = 'signed'", proposed_commitment),
    Moment(Commitment, "closed_on", "state = 'terminated'", signed_commitment),
]


def facts_of(day):
    """Write a fact of every table, dated on the day."""
    commitment = signed_commitment(conditions=[match()])
    first, second, *_rest = commitment.installments.select_related("commitment").order_by("position")
    progressed(only_condition(commitment), 1_000, on=day)
    credited(invoiced(first, on=day), 10, on=day)
    written_off(second, 5, on=day)
    received(commitment.sponsor, 10, on=day)
    valued(gift_line(), day)
    ExchangeRate.objects.create(day=day, currency="USD", rate=Decimal("1.1"))


def run(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def alone(fact, sql, *parameters):
    """Return what the books alone say to the statement, with all other triggers of the table passed over."""
    others = [
        trigger.get_pgid(model)
        for model, trigger in pgtrigger.registered()
        if model is fact.model and not is_of_the_books(trigger)
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{','.join(others)}}}"])
            cursor.execute(sql, parameters)
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return str(refused)
    return ""


def is_of_the_books(trigger):
    return trigger.name == "fixed_when_closed" or trigger.name.endswith("_is_in_open_books")


def statements(fact):
    """Return statements that would add, change, move and take away what is dated on the closed day."""
    table, day = fact.table, fact.day
    return {
        "add": (f"INSERT INTO {table} SELECT * FROM {table} WHERE {day} = %s", CLOSED),
        "move out": (f"UPDATE {table} SET {day} = %s WHERE {day} = %s", OPEN, CLOSED),
        "move in": (f"UPDATE {table} SET {day} = %s WHERE {day} = %s", CLOSED, OPEN),
        "change": (f"UPDATE {table} SET {fact.change} WHERE {day} = %s", CLOSED),
        "take away": (f"DELETE FROM {table} WHERE {day} = %s", CLOSED),
    }


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_no_statement_touches_a_fact_of_closed_time(fact):
    for day in (CLOSED, OPEN):
        facts_of(day)
    tried = statements(fact)
    assert not [name for name, given in tried.items() if REFUSAL in alone(fact, *given)]

    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)

    assert [name for name, given in tried.items() if REFUSAL in alone(fact, *given)] == list(tried)
    table, day = fact.table, fact.day
    assert REFUSAL not in alone(fact, f"INSERT INTO {table} SELECT * FROM {table} WHERE {day} = %s", OPEN)
    assert REFUSAL not in alone(fact, f"DELETE FROM {table} WHERE {day} = %s", OPEN)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_nothing_becomes_a_fact_of_closed_time(moment):
    moment.make()
    change = f"UPDATE {moment.table} SET {moment.change}, {moment.day} = %s"
    assert REFUSAL not in alone(moment, change, CLOSED)

    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)

    assert REFUSAL in alone(moment, change, CLOSED)
    assert REFUSAL not in alone(moment, change, OPEN)


def test_every_table_that_the_books_hold_is_tried():
    held = [
        (model, str(trigger.name)) for model, trigger in pgtrigger.registered() if is_of_the_books(trigger)
    ]
    tried = [(fact.model, "fixed_when_closed") for fact in FACTS]
    tried += [(moment.model, f"{moment.day}_is_in_open_books") for moment in MOMENTS]
    assert len(held) == len(tried)
    assert set(held) == set(tried)


def test_the_books_hold_in_the_database_what_the_models_say():
    """One row a trigger, on its own table and switched on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgenabled = 'O'")
        there = set(cursor.fetchall())
    wanted = {
        (trigger.get_pgid(model), model._meta.db_table)
        for model, trigger in pgtrigger.registered()
        if is_of_the_books(trigger)
    }
    assert wanted <= there
