"""What the watch over services reads: sums of complete days, and of their hours. And what staff should look at."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.contrib.postgres.aggregates import BoolAnd
from django.db import connection
from django.db.models import Max, Sum
from django.db.models.functions import Coalesce

from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments.selectors import AttentionCard, AttentionRow
from sponsors.inkind.models import Anomaly, UsageDay
from sponsors.inkind.rules import Granularity

FIRST_ROWS = 5
ServiceDay = tuple[int, date]


@dataclass(frozen=True, slots=True)
class DaySums:
    """What a service counted on a complete UTC day, all regions together; None where nobody said."""

    requests: int | None
    bytes: int | None
    hits: int | None
    misses: int | None
    errors: int | None
    has_hours: bool

    @property
    def fingerprint(self) -> str:
        """Tell whether the day counts the same as when it was looked at."""
        told = repr((self.requests, self.bytes, self.hits, self.misses, self.errors, self.has_hours))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class HourSeries:
    """What a service counted by the hour, by day and hour in UTC; without the hours of which nobody said."""

    requests: dict[tuple[date, int], int] = field(default_factory=dict)
    bytes: dict[tuple[date, int], int] = field(default_factory=dict)


def complete_days(services: Collection[int], first: date, before: date) -> dict[int, dict[date, DaySums]]:
    """Return, by service, its complete days from `first` on and before `before`. One query."""
    rows = (
        UsageDay.objects.filter(service__in=services, day__gte=first, day__lt=before)
        .values("service_id", "day")
        .annotate(
            all_requests=Sum("requests"),
            # What reached users; of a provider that does not say, what it would charge for.
            all_bytes=Sum(Coalesce("delivered_bytes", "billable_bytes")),
            all_hits=Sum("hits"),
            all_misses=Sum("misses"),
            all_errors=Sum("errors"),
            coarsest=Max("granularity"),
            is_whole=BoolAnd("is_complete"),
        )
        .filter(is_whole=True)
        .order_by()
    )
    found: dict[int, dict[date, DaySums]] = defaultdict(dict)
    for row in rows:
        found[row["service_id"]][row["day"]] = DaySums(
            requests=row["all_requests"],
            bytes=row["all_bytes"],
            hits=row["all_hits"],
            misses=row["all_misses"],
            errors=row["all_errors"],
            has_hours=row["coarsest"] <= Granularity.HOUR,
        )
    return found


def hours_of(days: Iterable[ServiceDay]) -> dict[int, HourSeries]:
    """Return, by service, the sums of the hours of the days, from the buckets that count. One query."""
    services, dates = [], []
    for service, day in days:
        services.append(service)
        dates.append(day)
    found: dict[int, HourSeries] = defaultdict(HourSeries)
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"services": services, "days": dates})
        for service, day, hour, requests, sent in cursor:
            if requests is not None:
                found[service].requests[day, hour] = requests
            if sent is not None:
                found[service].bytes[day, hour] = sent
    return found


# A day counts in one granularity a region; only buckets of that one are summed, so that nothing counts twice.
_HOURS = """
    SELECT bucket.service_id, day.day, extract(hour FROM bucket.starts_at AT TIME ZONE 'UTC')::integer,
           sum(bucket.requests)::bigint, sum(coalesce(bucket.delivered_bytes, bucket.billable_bytes))::bigint
    FROM unnest(%(services)s::bigint[], %(days)s::date[]) AS wanted (service_id, day)
    JOIN sponsors_usageday AS day ON day.service_id = wanted.service_id AND day.day = wanted.day
    JOIN sponsors_usagerecord AS bucket
      ON bucket.service_id = day.service_id
     AND bucket.starts_at >= day.day::timestamp AT TIME ZONE 'UTC'
     AND bucket.starts_at < (day.day + 1)::timestamp AT TIME ZONE 'UTC'
     AND bucket.granularity = day.granularity
     AND bucket.region_id = day.region_id
    GROUP BY 1, 2, 3
"""


def people_to_tell() -> list[User]:
    """Return the colleagues of infrastructure, who look after services."""
    return list(User.objects.colleagues().with_role(Role.INFRASTRUCTURE).order_by("pk"))


def watch_attention(user: User) -> tuple[AttentionCard, ...]:
    """Return the card of open anomalies to whoever may explain them. Two queries."""
    if not user.has_perm("sponsors.explain_anomaly"):
        return ()
    still_open = Anomaly.objects.visible_to(user).open()
    first = still_open.select_related("service").order_by("-day", "-pk")[:FIRST_ROWS]
    return (
        AttentionCard(
            key="anomalies_open",
            title="Services out of their own range",
            model="sponsors.anomaly",
            count=still_open.count(),
            totals=(),
            rows=tuple(
                AttentionRow(row.pk, str(row.get_kind_display()), row.service.name, row.day) for row in first
            ),
        ),
    )
