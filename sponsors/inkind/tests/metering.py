"""Hours of metered use for tests of what reads them, as if they had been imported."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta

from sponsors.inkind.models import Region, Service, UsageDay, UsageImport, UsageRecord
from sponsors.inkind.rules import Granularity, UsageSource
from sponsors.inkind.storage.partitions import make_partitions
from sponsors.inkind.tests.factories import region

HOURS = 24


def some_import() -> UsageImport:
    """Return an import that buckets may name."""
    return UsageImport.objects.get_or_create(
        file_name="a.csv", defaults={"source": UsageSource.COMMAND, "sha256": "0" * 64, "size": 1}
    )[0]


def steady(day: date, hour: int) -> int:
    """Return requests that rise over the day and fall at weekends."""
    return (100_000 + 5_000 * hour) * (2 if day.weekday() < 5 else 1)


def metered(
    of: Service,
    days: Iterable[date],
    requests: Callable[[date, int], int] = steady,
    *,
    where: Region | None = None,
    hit_ratio: float = 0.99,
    error_share: float = 0.001,
    granularity: Granularity = Granularity.HOUR,
    is_complete: bool = True,
) -> None:
    """Write the hours of the days and their sums, in place of what is there."""
    where = where or region()
    days = list(days)
    make_partitions(day.replace(day=1) for day in days)
    run = some_import()
    buckets, sums = [], []
    for day in days:
        counts = [_counts(requests(day, hour), hit_ratio, error_share) for hour in range(HOURS)]
        total = {name: sum(count[name] for count in counts) for name in counts[0]}
        for hour, count in enumerate(counts if granularity == Granularity.HOUR else [total]):
            buckets.append(
                UsageRecord(
                    service_id=of.pk,
                    region_id=where.pk,
                    usage_import_id=run.pk,
                    starts_at=datetime.combine(day, time(hour), UTC),
                    granularity=granularity,
                    **count,
                )
            )
        sums.append(
            UsageDay(
                service=of,
                day=day,
                region=where,
                granularity=granularity,
                is_complete=is_complete,
                **total,
            )
        )
    UsageRecord.objects.filter(
        service_id=of.pk,
        region_id=where.pk,
        starts_at__gte=datetime.combine(min(days), time(), UTC),
        starts_at__lt=datetime.combine(max(days) + timedelta(days=1), time(), UTC),
    ).delete()
    UsageDay.objects.filter(service=of, region=where, day__in=days).delete()
    UsageRecord.objects.bulk_create(buckets, batch_size=2000)
    UsageDay.objects.bulk_create(sums)


def _counts(requests: int, hit_ratio: float, error_share: float) -> dict[str, int]:
    hits = round(requests * hit_ratio)
    return {
        "requests": requests,
        "delivered_bytes": requests * 1_000_000,
        "hits": hits,
        "misses": requests - hits,
        "errors": round(requests * error_share),
    }
