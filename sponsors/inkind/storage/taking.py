"""Rows kept aside whose names are known by now, taken into the buckets they belong to."""

from datetime import date

from django.db import connection, transaction
from django.db.models import F

from sponsors.inkind.models import UsageAside, UsageImport
from sponsors.inkind.rules import METRICS
from sponsors.inkind.storage import merging, rollups
from sponsors.inkind.storage.names import Meaning, Names
from sponsors.inkind.storage.partitions import lock_usage, make_partitions

_COUNTS = ", ".join(METRICS)

_KNOWN = """
CREATE TEMPORARY TABLE usage_known ON COMMIT DROP AS
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
    AS known (provider, service_name, region_name, meant, service_id, region_id)
"""

# The service is known and the region is not: whoever says which it is must see whose region it is.
_HALF_KNOWN = """
UPDATE sponsors_usageaside AS aside SET problem = 'unknown_region', provider = known.meant
FROM usage_known AS known
WHERE known.region_id IS NULL AND aside.provider = known.provider AND aside.service_name = known.service_name
  AND aside.region_name = known.region_name AND (aside.problem <> 'unknown_region' OR aside.provider <> known.meant)
"""

_IMPORTS = """
SELECT DISTINCT usage_import_id, date_trunc('month', starts_at AT TIME ZONE 'UTC')::date
FROM sponsors_usageaside AS aside JOIN usage_known AS known USING (provider, service_name, region_name)
WHERE known.region_id IS NOT NULL
"""

_TAKE = f"""
WITH taken AS (
    DELETE FROM sponsors_usageaside AS aside USING usage_known AS known
    WHERE aside.usage_import_id = %s AND known.region_id IS NOT NULL AND aside.provider = known.provider
      AND aside.service_name = known.service_name AND aside.region_name = known.region_name
    RETURNING aside.*, known.service_id, known.region_id
)
INSERT INTO {merging.MET_TABLE} (service_id, starts_at, granularity, region_id, usage_import_id, line, {_COUNTS})
SELECT service_id, starts_at, granularity, region_id, usage_import_id, line, {_COUNTS} FROM taken
"""


@transaction.atomic
def take_from_aside() -> int:
    """Count what is kept aside and whose service and region are known now; return how many rows that were.

    Each import's rows come in as if their names had been known at once, except that what a later import brought
    stays. Its counts tell what came of them.
    """
    lock_usage()
    _make_known()
    with connection.cursor() as cursor:
        cursor.execute(_HALF_KNOWN)
        cursor.execute(_IMPORTS)
        found = cursor.fetchall()
    make_partitions({month for _usage_import, month in found})
    merging.make_table()
    taken, touched = 0, set[tuple[int, date]]()
    for usage_import in sorted({usage_import for usage_import, _month in found}):
        merged = _take_of(usage_import)
        taken += merged.new + merged.changed + merged.same + merged.rejected
        touched |= merged.touched
    rollups.sum_up(touched)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE usage_known")
    return taken


def _make_known() -> None:
    """Make the table of names that stand aside and of which at least the service is known."""
    names = Names()
    kept = UsageAside.objects.values_list("provider", "service_name", "region_name").order_by().distinct()
    known: list[tuple[tuple[str, str, str], Meaning]] = []
    for aside in kept.iterator():
        meaning = names.meaning(*aside)
        if meaning.service is not None:
            known.append((aside, meaning))
    columns = [[*aside, *meaning] for aside, meaning in known]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[row[place] for row in columns] for place in range(6)])


def _take_of(usage_import: int) -> merging.Merged:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [usage_import])
    merged = merging.merge(usage_import=usage_import, always=False)
    UsageImport.objects.filter(pk=usage_import).update(
        new_count=F("new_count") + merged.new,
        changed_count=F("changed_count") + merged.changed,
        same_count=F("same_count") + merged.same,
        rejected_count=F("rejected_count") + merged.rejected,
        aside_count=F("aside_count") - merged.new - merged.changed - merged.same - merged.rejected,
    )
    return merged
