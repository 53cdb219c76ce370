"""Rows of services or regions that nobody knows yet: kept as they came, and counted once their names are known."""

from datetime import datetime

from django.db import connection

from sponsors.inkind.formats.rows import RawRow
from sponsors.inkind.rules import METRICS, Granularity
from sponsors.inkind.storage.names import Meaning

_MOST_HELD = 10_000
_NAMES = ", ".join(METRICS)
_KEY = ("provider", "service_name", "region_name", "starts_at", "granularity")
_COLUMNS = f"usage_import_id, line, problem, {', '.join(_KEY)}, {_NAMES}"

_MAKE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS usage_unplaced ON COMMIT DROP AS
SELECT {_COLUMNS} FROM sponsors_usageaside WITH NO DATA
"""

# The same bucket that is kept aside already, with the same counts, says nothing new.
_JUDGE = f"""
CREATE TEMPORARY TABLE usage_judged ON COMMIT DROP AS
WITH told AS (
    SELECT *, ROW({_NAMES}) AS counted, row_number() OVER same AS nth, first_value(line) OVER same AS first_line,
           first_value(ROW({_NAMES})) OVER same AS first_told
    FROM usage_unplaced WINDOW same AS (PARTITION BY {", ".join(_KEY)} ORDER BY line)
), named AS (
    SELECT DISTINCT provider, service_name, region_name FROM usage_unplaced
), there AS (
    SELECT DISTINCT ON ({", ".join(_KEY)}) {", ".join(_KEY)}, ROW({_NAMES}) AS counted
    FROM sponsors_usageaside JOIN named USING (provider, service_name, region_name)
    ORDER BY {", ".join(_KEY)}, id DESC
)
SELECT {", ".join(f"told.{name}" for name in _COLUMNS.split(", "))}, first_line,
       CASE WHEN told.counted IS DISTINCT FROM first_told THEN 'repeated'
            WHEN nth > 1 OR told.counted IS NOT DISTINCT FROM there.counted THEN 'same'
            ELSE 'aside' END AS verdict
FROM told LEFT JOIN there USING ({", ".join(_KEY)})
"""

_KEEP = f"""
INSERT INTO sponsors_usageaside ({_COLUMNS})
SELECT {_COLUMNS} FROM usage_judged WHERE verdict = 'aside' ORDER BY line
"""

_REJECT = f"""
INSERT INTO sponsors_usagereject (usage_import_id, line, reason, excerpt)
SELECT usage_import_id, line,
       concat('The same bucket stands on line ', first_line, ', with other numbers. Those were taken.'),
       left(concat_ws(', ', {", ".join(_KEY)}, {_NAMES}), 200)
FROM usage_judged WHERE verdict = 'repeated'
"""


class Asides:
    """What is kept aside of one import."""

    def __init__(self, usage_import: int) -> None:
        self._usage_import = usage_import
        self._held: list[tuple[object, ...]] = []
        self._is_there = False
        self.kept = self.same = self.rejected = 0

    def add(
        self,
        row: RawRow,
        meaning: Meaning,
        *,
        starts_at: datetime,
        granularity: Granularity,
        counted: list[int | None],
    ) -> None:
        names = (meaning.provider, row.service, row.region)
        self._held.append(
            (
                self._usage_import,
                row.line,
                meaning.problem.value,
                *names,
                starts_at,
                int(granularity),
                *counted,
            )
        )

    @property
    def are_many(self) -> bool:
        return len(self._held) >= _MOST_HELD

    def write(self) -> None:
        if not self._held:
            return
        with connection.cursor() as cursor:
            cursor.execute(_MAKE)
            with cursor.copy(f"COPY usage_unplaced ({_COLUMNS}) FROM STDIN") as copy:
                for held in self._held:
                    copy.write_row(held)
        self._held.clear()
        self._is_there = True

    def keep(self) -> None:
        """Keep what is not kept already; after the last row."""
        self.write()
        if not self._is_there:
            return
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE usage_unplaced")
            cursor.execute(_JUDGE)
            cursor.execute(_KEEP)
            cursor.execute(_REJECT)
            cursor.execute("SELECT verdict, count(*) FROM usage_judged GROUP BY verdict")
            found = dict(cursor.fetchall())
            cursor.execute("DROP TABLE usage_judged, usage_unplaced")
        self.kept, self.same, self.rejected = (found.get(name, 0) for name in ("aside", "same", "repeated"))
