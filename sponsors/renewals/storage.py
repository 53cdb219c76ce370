"""Assessments written many at once: a COPY into a table of the moment, then one statement into the kept one.

Writers come one after the other: a lock that lasts as long as the transaction orders them, so that two who assess the same
commitments neither collide nor leave two latest ones.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

COLUMNS = (
    "commitment_id",
    "day",
    "policy_id",
    "ends_before",
    "at_risk_from",
    "probability",
    "low",
    "high",
    "band",
    "base_rate",
    "base_cases",
    "base_lapses",
    "reasons",
    "facts",
    "asks_for_person",
    "currency",
    "cash_a_year",
    "in_kind_a_year",
    "replacement_a_year",
)
# Keeps this lock apart from those that other parts take on numbers of their own.
_ASSESSMENTS = (72_617_003, 1)
_NAMES = ", ".join(COLUMNS)
_TABLE = f"""
    CREATE TEMPORARY TABLE assessments_of_now ON COMMIT DROP AS
    SELECT {_NAMES} FROM sponsors_assessment WITH NO DATA
"""
_COPY = f"COPY assessments_of_now ({_NAMES}) FROM STDIN"
_SUPERSEDE = """
    UPDATE sponsors_assessment AS earlier SET is_latest = false
    FROM assessments_of_now AS made
    WHERE earlier.commitment_id = made.commitment_id AND earlier.is_latest AND earlier.day < made.day
"""
_KEEP = f"""
    INSERT INTO sponsors_assessment ({_NAMES}, is_latest)
    SELECT {_NAMES}, NOT EXISTS (
        SELECT FROM sponsors_assessment AS later
        WHERE later.commitment_id = made.commitment_id AND later.day > made.day
    )
    FROM assessments_of_now AS made
    ORDER BY commitment_id
    ON CONFLICT (commitment_id, day) DO UPDATE
    SET {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS[2:])}
"""


def keep_assessments(rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of `COLUMNS`, in place of those of the same commitment and day. Returns how many were written.

    To be called in a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _ASSESSMENTS)
        cursor.execute("DROP TABLE IF EXISTS assessments_of_now")
        cursor.execute(_TABLE)
        with cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_SUPERSEDE)
        cursor.execute(_KEEP)
        return int(cursor.rowcount)
