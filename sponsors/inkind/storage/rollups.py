"""Sums of usage by day and month, written in the transaction of the rows they are of.

A day of a service is told in minutes, hours or as a whole, by region or for all regions together. One way of telling
it counts: the finest that is complete, by region before all together; if none is complete, the one that covers most of
the day. So nothing is counted twice.
"""

from collections.abc import Collection
from datetime import date
from operator import itemgetter

from django.db import DataError, connection, transaction

from sponsors.inkind.rules import METRICS, InKindError

_SECONDS_OF_A_DAY = 86_400
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in METRICS)
_NAMES = ", ".join(METRICS)

# Day by day, for that reads only the buckets of these days, by the key, however much else there is.
_SUM_UP = f"""
CREATE TEMPORARY TABLE usage_sums ON COMMIT DROP AS
SELECT touched.service_id, touched.day, told.*, region.is_total
FROM unnest(%s::bigint[], %s::date[]) AS touched (service_id, day)
CROSS JOIN LATERAL (
    SELECT granularity, region_id, count(*) AS buckets, {_SUMS}
    FROM sponsors_usagerecord AS record
    WHERE record.service_id = touched.service_id
      AND record.starts_at >= touched.day::timestamp AT TIME ZONE 'UTC'
      AND record.starts_at < (touched.day + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY granularity, region_id
) AS told
JOIN sponsors_region AS region ON region.id = told.region_id
"""

_FORGET_DAYS = """
DELETE FROM sponsors_usageday AS written USING unnest(%s::bigint[], %s::date[]) AS touched (service_id, day)
WHERE written.service_id = touched.service_id AND written.day = touched.day
"""

# A bucket is covered when any region has it: a region without traffic may have none. One region with all of them
# saves looking at the others.
_WRITE_DAYS = f"""
INSERT INTO sponsors_usageday (service_id, day, region_id, granularity, is_complete, {_NAMES})
WITH way AS (
    SELECT service_id, day, granularity, is_total, max(buckets) AS most
    FROM usage_sums GROUP BY service_id, day, granularity, is_total
), covered AS (
    SELECT *, granularity * CASE WHEN granularity * most >= {_SECONDS_OF_A_DAY} THEN most ELSE (
        SELECT count(DISTINCT record.starts_at)
        FROM sponsors_usagerecord AS record JOIN sponsors_region AS region ON region.id = record.region_id
        WHERE record.service_id = way.service_id
          AND record.starts_at >= way.day::timestamp AT TIME ZONE 'UTC'
          AND record.starts_at < (way.day + 1)::timestamp AT TIME ZONE 'UTC'
          AND record.granularity = way.granularity AND region.is_total = way.is_total
    ) END AS seconds
    FROM way
), chosen AS (
    SELECT DISTINCT ON (service_id, day) service_id, day, granularity, is_total, seconds
    FROM covered
    ORDER BY service_id, day, seconds DESC, granularity, is_total
)
SELECT service_id, day, region_id, granularity, seconds >= {_SECONDS_OF_A_DAY}, {_NAMES}
FROM usage_sums JOIN chosen USING (service_id, day, granularity, is_total)
"""

_FORGET_MONTHS = """
DELETE FROM sponsors_usagemonth AS written USING unnest(%s::bigint[], %s::date[]) AS touched (service_id, month)
WHERE written.service_id = touched.service_id AND written.month = touched.month
"""

_WRITE_MONTHS = f"""
INSERT INTO sponsors_usagemonth (service_id, month, complete_days, region_id, {_NAMES})
SELECT touched.service_id, touched.month, complete.days, told.*
FROM unnest(%s::bigint[], %s::date[]) AS touched (service_id, month)
CROSS JOIN LATERAL (
    SELECT count(DISTINCT day) AS days FROM sponsors_usageday AS written
    WHERE written.service_id = touched.service_id AND written.is_complete
      AND written.day >= touched.month AND written.day < (touched.month + interval '1 month')::date
) AS complete
CROSS JOIN LATERAL (
    SELECT region_id, {_SUMS} FROM sponsors_usageday AS written
    WHERE written.service_id = touched.service_id
      AND written.day >= touched.month AND written.day < (touched.month + interval '1 month')::date
    GROUP BY region_id
) AS told
"""


@transaction.atomic
def sum_up(touched: Collection[tuple[int, date]]) -> None:
    """Write the sums of these days of services, and of their months, anew."""
    if not touched:
        return
    # Services of one file lie together by the day: its pages are read once, and not once for each service.
    by_day = sorted(touched, key=itemgetter(1, 0))
    days = [list(column) for column in zip(*by_day, strict=True)]
    in_months = sorted({(service, day.replace(day=1)) for service, day in touched})
    months = [list(column) for column in zip(*in_months, strict=True)]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SUM_UP, days)
            cursor.execute("ANALYZE usage_sums")
            cursor.execute(_FORGET_DAYS, days)
            cursor.execute(_WRITE_DAYS)
            cursor.execute("DROP TABLE usage_sums")
            cursor.execute(_FORGET_MONTHS, months)
            cursor.execute(_WRITE_MONTHS, months)
    except DataError as error:
        msg = (
            "The counts of a day or a month are too large to be added up. A number in the file must be wrong: "
            "look for the largest."
        )
        raise InKindError(msg, code="sum_too_large", field="file") from error
