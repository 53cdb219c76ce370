"""Rows of reminders written many at once, each a statement a batch: what is there already stays, whoever wrote it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from sponsors.renewals.rules.states import CaseState


class StepRow(NamedTuple):
    """A step of a ladder as it is written; in the order of the columns."""

    commitment: int
    ends_before: date
    code: str
    anchor: str
    days: int
    due_on: date
    closes_before: date
    response_days: int
    state: str
    taken_on: date


class TellingRow(NamedTuple):
    step: int
    person: int
    role: str
    told_on: date


_STEPS = """
    INSERT INTO sponsors_reminderstep (commitment_id, ends_before, code, anchor, days, due_on, closes_before,
                                       response_days, state, taken_on, reason)
    SELECT made.*, ''
    FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::text[], %s::smallint[], %s::date[], %s::date[],
                %s::smallint[], %s::text[], %s::date[]) AS made
    ON CONFLICT DO NOTHING
"""
_TELLINGS = """
    INSERT INTO sponsors_telling (step_id, person_id, role, told_on)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[])
    ON CONFLICT DO NOTHING
"""
_CASES = """
    INSERT INTO sponsors_renewalcase (commitment_id, state, opened_on, closed_as)
    SELECT unnest(%s::bigint[]), %s, %s, ''
    ON CONFLICT DO NOTHING
"""


def write_steps(rows: Sequence[StepRow]) -> None:
    """Write steps in their order. To be called in a transaction."""
    _write(_STEPS, rows)


def write_tellings(rows: Sequence[TellingRow]) -> None:
    """Write who is told. To be called in a transaction."""
    _write(_TELLINGS, rows)


def write_cases(commitments: Sequence[int], today: date) -> None:
    """Open a case for each of the commitments that has none. To be called in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_CASES, [list(commitments), CaseState.DUE.value, today])


def _write(statement: str, rows: Sequence[NamedTuple]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
