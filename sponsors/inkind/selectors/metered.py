"""The metered use of a gift in a month: what its services used on the days on which the line supplied them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Coalesce

from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import Region, Service, ServiceKey, Supply, UsageAside, UsageDay
from sponsors.inkind.rules import AsideProblem
from sponsors.inkind.rules.valuation import month_after

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RegionUse:
    """What one service used in one region; on so many days only delivered bytes are known, or none at all."""

    service: Service
    region: Region
    bytes: int
    requests: int
    delivered_days: int
    unknown_days: int


@dataclass(frozen=True, slots=True)
class Lack:
    """Days on which the line supplied the service and whose use is not complete."""

    service: Service
    days: tuple[date, ...]

    def __str__(self) -> str:
        return f"{self.service}: {days_text(self.days)}"


@dataclass(frozen=True, slots=True)
class MeteredUse:
    """A line's use in a month. Days before a supply began and after it ended do not count.

    `aside`: the names of regions that nobody knows yet, in which more use was metered, which does not count either.
    """

    month: date
    supplied: tuple[Service, ...]
    rows: tuple[RegionUse, ...]
    lacks: tuple[Lack, ...]
    aside: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Bytes and requests by service and region, without what was not used: for comparing."""
        return counts_of((row.service.pk, row.region.pk, row.bytes, row.requests) for row in self.rows)


def counts_of(rows: Iterable[tuple[int, int, int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return bytes and requests by service and region, without what was not used."""
    return {
        (service, region): (size, requests) for service, region, size, requests in rows if size or requests
    }


def metered_use(line: CommitmentLine, month: date) -> MeteredUse:
    """Return the line's use in the month that begins on `month`. Five queries, of any number of services."""
    before = month_after(month)
    supplies = list(
        Supply.objects.filter(line=line).overlapping(month, before).select_related("service").order_by("pk")
    )
    services = {supply.service_id: supply.service for supply in supplies}
    days: dict[int, set[date]] = defaultdict(set)
    within = aside = Q(pk__in=[])
    for supply in supplies:
        first, end = max(month, supply.starts_on), min(before, supply.ends_before or before)
        within |= Q(service=supply.service_id, day__gte=first, day__lt=end)
        aside |= _kept_aside(supply.service, first, end)
        days[supply.service_id].update(first + _DAY * number for number in range((end - first).days))
    used = UsageDay.objects.filter(within) if supplies else UsageDay.objects.none()
    rows = list(
        used.values_list("service", "region")
        .annotate(
            size=Sum(Coalesce("billable_bytes", "delivered_bytes", Value(0))),
            count=Sum(Coalesce("requests", Value(0))),
            delivered=Count("day", filter=Q(billable_bytes=None, delivered_bytes__isnull=False)),
            unknown=Count("day", filter=Q(billable_bytes=None, delivered_bytes=None)),
        )
        .order_by("service__name", "region__name")
    )
    regions = Region.objects.in_bulk({row[1] for row in rows})
    for service, day in used.filter(is_complete=True).values_list("service", "day").distinct():
        days[service].discard(day)
    return MeteredUse(
        month=month,
        supplied=tuple(sorted(services.values(), key=str)),
        rows=tuple(
            RegionUse(services[service], regions[region], int(size), int(count), delivered, unknown)
            for service, region, size, count, delivered, unknown in rows
        ),
        lacks=tuple(
            Lack(services[service], tuple(sorted(missing)))
            for service, missing in sorted(days.items(), key=lambda pair: str(services[pair[0]]))
            if missing
        ),
        aside=tuple(
            UsageAside.objects.filter(aside)
            .order_by("region_name")
            .values_list("region_name", flat=True)
            .distinct()
        ),
    )


def _kept_aside(service: Service, first: date, before: date) -> Q:
    """Return which rows that are kept aside are of the service: they came under its slug or a name at a provider."""
    names = ServiceKey.objects.filter(service=service).values("external_id")
    return Q(
        Q(service_name=service.slug) | Q(service_name__in=names),
        problem=AsideProblem.UNKNOWN_REGION,
        starts_at__gte=datetime.combine(first, time(), UTC),
        starts_at__lt=datetime.combine(before, time(), UTC),
    )


def days_text(days: Iterable[date]) -> str:
    """Return days as people read them, those in a row as one span: 2024-03-04, 2024-03-07 to 2024-03-09."""
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][-1] == _DAY:
            spans[-1].append(day)
        else:
            spans.append([day])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in spans)


def totals_of(counts: Mapping[tuple[int, int], tuple[int, int]]) -> tuple[int, int]:
    """Return the bytes and the requests of all services and regions together."""
    return (
        sum(size for size, _requests in counts.values()),
        sum(requests for _size, requests in counts.values()),
    )
