"""Rows of usage for tests, and a plain recomputation of what they must come to."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from sponsors.inkind.formats.rows import RawRow, in_batches
from sponsors.inkind.models import Region, UsageDay, UsageImport, UsageMonth, UsageRecord
from sponsors.inkind.rules import METRICS, UsageSource
from sponsors.inkind.storage.loading import load_usage

NOW = datetime(2026, 7, 1, tzinfo=UTC)
A_DAY = 86_400
NOTHING = dict.fromkeys(METRICS, "")


def raw_row(
    line=1,
    *,
    service="files",
    region="usa",
    start="2026-03-01T14:00:00Z",
    granularity="3600",
    provider="fastly",
    **counts,
):
    """Return a row of one hour; counts that are not named are not said."""
    return RawRow(
        line,
        provider,
        service,
        region,
        start,
        str(granularity),
        **(NOTHING | {name: str(count) for name, count in counts.items()}),
    )


def usage_import(source=UsageSource.UPLOAD):
    return UsageImport.objects.create(source=source, file_name="usage.csv", sha256="0" * 64, size=1)


def loaded(*rows, now=NOW, source=UsageSource.UPLOAD):
    """Import the rows and return the import as it is in the database."""
    return loaded_from(rows, now=now, source=source)


def loaded_from(rows, *, now=NOW, source=UsageSource.UPLOAD):
    """Import rows that come one by one."""
    run = usage_import(source)
    with transaction.atomic():
        load_usage(usage_import=run, batches=in_batches(rows), now=now)
    run.refresh_from_db()
    return run


def came_to(run):
    return {
        name: count
        for name in ("new", "changed", "same", "rejected", "aside")
        if (count := getattr(run, f"{name}_count"))
    }


def told(run):
    """Return what was rejected, by line."""
    return {reject.line: reject.reason for reject in run.rejects.all()}


def naive_days():
    """Return the days as they must be, from every bucket there is, one after the other."""
    totals = set(Region.objects.filter(is_total=True).values_list("pk", flat=True))
    days: Any = defaultdict(lambda: defaultdict(list))
    for record in UsageRecord.objects.all():
        way = (record.granularity, record.region_id in totals)
        days[record.service_id, record.starts_at.date()][way].append(record)
    found: dict[Any, Any] = {}
    for (service, day), ways in days.items():
        covered = {way: way[0] * len({record.starts_at for record in ways[way]}) for way in ways}
        (length, _is_total) = best = max(ways, key=lambda way: (covered[way], -way[0], not way[1]))
        for record in ways[best]:
            sums = found.setdefault(
                (service, day, record.region_id), [length, covered[best] == A_DAY, dict.fromkeys(METRICS)]
            )[2]
            for name in METRICS:
                number = getattr(record, name)
                if number is not None:
                    sums[name] = (sums[name] or 0) + number
    return found


def naive_months(days):
    found: dict[Any, Any] = {}
    complete: dict[Any, set[Any]] = defaultdict(set)
    for (service, day, region), (_length, is_complete, counts) in days.items():
        month = day.replace(day=1)
        if is_complete:
            complete[service, month].add(day)
        sums = found.setdefault((service, month, region), dict.fromkeys(METRICS))
        for name, number in counts.items():
            if number is not None:
                sums[name] = (sums[name] or 0) + number
    return {key: (len(complete[key[0], key[1]]), sums) for key, sums in found.items()}


def check_sums():
    """Hold the sums of days and months against those of the buckets."""
    days = naive_days()
    assert {
        (d.service_id, d.day, d.region_id): [
            d.granularity,
            d.is_complete,
            {n: getattr(d, n) for n in METRICS},
        ]
        for d in UsageDay.objects.all()
    } == days
    assert {
        (m.service_id, m.month, m.region_id): (m.complete_days, {n: getattr(m, n) for n in METRICS})
        for m in UsageMonth.objects.all()
    } == naive_months(days)
