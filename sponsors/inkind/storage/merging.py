"""Rows that meet something already there: judged in one statement, then written by two.

A bucket that arrives again replaces itself, metric by metric, and only where a number differs: what a later file does
not say stays, so that files of single metrics complete each other. In one file a bucket is told once.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from sponsors.inkind.rules import METRICS

_KEY = ("service_id", "starts_at", "granularity", "region_id")
_NAMES = ", ".join(METRICS)


def _each(text: str, separator: str = ", ") -> str:
    return separator.join(text.format(name=name) for name in METRICS)


def _same_key(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in _KEY)


MET_TABLE = "usage_met"

# What waits to be merged, with the checks of the table it goes into; `line` is where it stood in the file.
_MAKE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS {MET_TABLE} (
    LIKE sponsors_usagerecord INCLUDING CONSTRAINTS, line bigint NOT NULL
) ON COMMIT DROP
"""

_NEWER = "%(always)s OR there.usage_import_id IS NULL OR told.usage_import_id >= there.usage_import_id"

_JUDGE = f"""
CREATE TEMPORARY TABLE usage_judged ON COMMIT DROP AS
WITH told AS (
    SELECT met.*, row_number() OVER same AS nth, first_value(line) OVER same AS first_line,
           first_value(ROW({_NAMES})) OVER same AS first_told
    FROM {MET_TABLE} AS met WINDOW same AS (PARTITION BY {", ".join(_KEY)} ORDER BY line)
), merged AS (
    SELECT told.line, nth, first_line, {", ".join(f"told.{name}" for name in _KEY)},
           {_each("CASE WHEN is_newer THEN coalesce(told.{name}, there.{name}) ELSE coalesce(there.{name}, told.{name}) END AS {name}")},
           CASE WHEN is_newer THEN told.usage_import_id ELSE there.usage_import_id END AS later_import_id,
           there.service_id IS NULL AS is_new,
           coalesce(there.usage_import_id = told.usage_import_id, false) AS is_of_this_import,
           ROW({_each("told.{name}")}) IS NOT DISTINCT FROM first_told AS is_as_first,
           ROW({_each("told.{name}")}) IS NOT DISTINCT FROM ROW({_each("there.{name}")}) AS is_as_there,
           ROW({_each("there.{name}")}) AS as_it_was
    FROM told LEFT JOIN sponsors_usagerecord AS there
      ON {_same_key("told", "there")} AND there.starts_at >= %(first)s AND there.starts_at <= %(last)s
    CROSS JOIN LATERAL (SELECT {_NEWER} AS is_newer) AS age
)
SELECT line, first_line, {", ".join(_KEY)}, later_import_id, {_NAMES},
       CASE WHEN is_of_this_import AND is_as_there THEN 'same'
            WHEN is_of_this_import OR NOT is_as_first THEN 'repeated'
            WHEN hits > requests THEN 'clashing'
            WHEN nth > 1 THEN 'same'
            WHEN is_new THEN 'new'
            WHEN ROW({_NAMES}) IS NOT DISTINCT FROM as_it_was THEN 'same'
            ELSE 'changed' END AS verdict,
       is_of_this_import
FROM merged
"""

_ADD = f"""
INSERT INTO sponsors_usagerecord ({", ".join(_KEY)}, usage_import_id, {_NAMES})
SELECT {", ".join(_KEY)}, later_import_id, {_NAMES} FROM usage_judged WHERE verdict = 'new'
ORDER BY {", ".join(_KEY)}
"""

_REPLACE = f"""
UPDATE sponsors_usagerecord AS there
SET usage_import_id = judged.later_import_id, {_each("{name} = judged.{name}")}
FROM usage_judged AS judged
WHERE verdict = 'changed' AND {_same_key("judged", "there")}
  AND there.starts_at >= %(first)s AND there.starts_at <= %(last)s
"""

_REJECT = f"""
INSERT INTO sponsors_usagereject (usage_import_id, line, reason, excerpt)
SELECT %(import)s, line,
       CASE WHEN verdict = 'clashing' THEN format(
                'hits would be %%s, more than the %%s requests: one of them is from an earlier import.', hits, requests)
            WHEN is_of_this_import THEN
                'The same bucket stands further up in the file, with other numbers. Those were taken.'
            ELSE format('The same bucket stands on line %%s, with other numbers. Those were taken.', first_line) END,
       left(concat_ws(', ', service.slug, region.name,
                      to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), granularity, {_NAMES}), 200)
FROM usage_judged
JOIN sponsors_service AS service ON service.id = service_id
JOIN sponsors_region AS region ON region.id = region_id
WHERE verdict IN ('repeated', 'clashing')
"""

_COUNT = "SELECT verdict, count(*) FROM usage_judged GROUP BY verdict"

_TOUCHED = """
SELECT DISTINCT service_id, (starts_at AT TIME ZONE 'UTC')::date FROM usage_judged WHERE verdict IN ('new', 'changed')
"""


@dataclass(slots=True)
class Merged:
    """How many rows came to what, and which days of services are told differently now."""

    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    touched: set[tuple[int, date]] = field(default_factory=set)


def make_table() -> None:
    """Make the table of what waits to be merged; it is gone when the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)


def merge(*, usage_import: int, always: bool) -> Merged:
    """Write what waits, and say what came of it. Partitions must be there, and usage locked.

    `always` lets it win over whatever is there; otherwise only over what an earlier import brought.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {MET_TABLE}")
        cursor.execute(f"SELECT min(starts_at), max(starts_at) FROM {MET_TABLE}")
        first, last = cursor.fetchone()
        if first is None:
            return Merged()
        # Only the partitions in between are looked at.
        given = {"always": always, "import": usage_import, "first": first, "last": last}
        cursor.execute(_JUDGE, given)
        cursor.execute(_ADD)
        cursor.execute(_REPLACE, given)
        cursor.execute(_REJECT, given)
        cursor.execute(_TOUCHED)
        touched = set(cursor.fetchall())
        cursor.execute(_COUNT)
        found = dict(cursor.fetchall())
        cursor.execute(f"DROP TABLE usage_judged; TRUNCATE {MET_TABLE}")
    return Merged(
        found.get("new", 0),
        found.get("changed", 0),
        found.get("same", 0),
        found.get("repeated", 0) + found.get("clashing", 0),
        touched,
    )
