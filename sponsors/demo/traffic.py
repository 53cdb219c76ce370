"""Hourly use of the package index's services, made from published totals: the same at every load.

Published: 1.2 trillion requests in a year, some 66 PB a month, 99 in 100 answered from cache. The last
full calendar year sums to that; the years around it grow and shrink by a fifth. Everything is counted in
whole numbers by the database, so that two machines make the same rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from sponsors.inkind.models import Region, Service, UsageImport
from sponsors.inkind.rules import Granularity

REQUESTS_A_YEAR = 1_200_000_000_000
BYTES_A_YEAR = 12 * 66 * 10**15
YEARS = 3
GENERATED = "Its use is generated from published totals."


@dataclass(frozen=True, slots=True)
class Share:
    """A service's part of all requests and bytes in thousandths, and its misses in ten-thousandths of requests."""

    slug: str
    name: str
    purpose: str
    requests: int
    bytes: int
    misses: int


# Misses weigh to one in a hundred requests over all services.
SHARES = (
    Share("files", "Package files", "Serves the files of every release.", 300, 960, 40),
    Share("simple-index", "Simple index", "Tells installers which files there are.", 600, 30, 70),
    Share("website", "Website", "Shows projects to people.", 50, 5, 400),
    Share("documentation", "Documentation", "Explains how to publish and install.", 30, 4, 300),
    Share("metadata-api", "Metadata API", "Answers programs about projects.", 20, 1, 850),
)
# Thousandths of the traffic of each region.
REGIONS = {"usa": 530, "europe": 280, "asia": 140, "latam": 30, "anzac": 20}


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong on a day, for the watch to find: factors of requests and of misses."""

    slug: str
    days_before: int
    first_hour: int
    last_hour: int
    requests: int
    misses: int


INCIDENTS = (
    # A build system somewhere asks for every project over and over.
    Incident("simple-index", 41, 9, 17, requests=4, misses=1),
    # A change of a header lets caches forget files too soon.
    Incident("files", 96, 0, 23, requests=1, misses=9),
)

# Of a hundred at the usual hour: lowest at 03:00 UTC, half as high again at 15:00. Weekends have two thirds of it.
HOURS = [
    82,
    79,
    76,
    75,
    77,
    81,
    87,
    94,
    101,
    106,
    109,
    111,
    113,
    116,
    119,
    121,
    119,
    115,
    110,
    105,
    100,
    96,
    91,
    86,
]
_WEIGH = """
CREATE TEMPORARY TABLE weighed ON COMMIT DROP AS
WITH hour AS MATERIALIZED (
    SELECT moment, (extract(epoch FROM moment) / 3600)::bigint AS number,
           (%(hours)s::bigint[])[extract(hour FROM moment AT TIME ZONE 'UTC')::int + 1]
           * CASE WHEN extract(isodow FROM moment AT TIME ZONE 'UTC') > 5 THEN 67 ELSE 100 END
           * round(10000 * power(1.2::float8, extract(epoch FROM moment - %(year)s)::float8 / 31536000))::bigint
           / 10000 AS usual
    FROM generate_series(%(first)s, %(last)s, interval '1 hour') AS moment
), share AS (
    SELECT * FROM unnest(%(services)s::bigint[], %(requests)s::bigint[], %(bytes)s::bigint[], %(misses)s::bigint[])
        AS share(service, requests, bytes, misses)
), incident AS (
    SELECT * FROM unnest(
        %(hit)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(more)s::bigint[], %(worse)s::bigint[]
    ) AS incident(service, since, until, more, worse)
), busy AS MATERIALIZED (
    SELECT moment, number, share.service, requests, bytes, usual * coalesce(more, 1) AS usual,
           misses * coalesce(worse, 1) AS misses
    FROM hour CROSS JOIN share
    LEFT JOIN incident ON incident.service = share.service AND moment >= since AND moment < until
), place AS (
    SELECT * FROM unnest(%(regions)s::bigint[], %(parts)s::bigint[]) AS place(region, part)
), busy_there AS (
    SELECT busy.*, place.*,
           -- A little up and down, never twice the same: a multiplier and a modulus that mix well.
           usual * (970 + (number * 7919 + service * 104729 + region * 1299709) %% 100003 * 60 / 100003) AS weight
    FROM busy CROSS JOIN place
)
SELECT service, region, moment, weight * requests * part AS requests, weight * bytes * part AS bytes, misses
FROM busy_there
"""
# What the year sums to is known; what an hour's weight is worth follows from it.
_WRITE = """
INSERT INTO sponsors_usagerecord (
    service_id, starts_at, granularity, region_id, usage_import_id,
    billable_bytes, delivered_bytes, origin_bytes, requests, hits, misses, passes, errors
)
SELECT service, moment, %(granularity)s, region, %(usage_import)s,
       billable, billable - billable * missed / 10000, billable * missed / 10000,
       asked, asked - asked * missed / 10000 - asked / 2000, asked * missed / 10000, asked / 2000, asked / 5000
FROM (
    SELECT service, moment, region, misses AS missed,
           round(weighed.requests * a_request)::bigint AS asked, round(weighed.bytes * a_byte)::bigint AS billable
    FROM weighed, (
        SELECT (%(requests)s / sum(requests))::float8 AS a_request, (%(bytes)s / sum(bytes))::float8 AS a_byte
        FROM weighed WHERE moment >= %(year)s AND moment < %(year_ends)s
    ) AS worth
) AS counted
"""


def first_day(as_of: date) -> date:
    """Return the day from which on there is usage: three years before, at the first of the month."""
    return date(as_of.year - YEARS, as_of.month, 1)


def write_hours(
    services: Mapping[str, Service], regions: Mapping[str, Region], usage_import: UsageImport, *, as_of: date
) -> None:
    """Write every whole hour up to the day before `as_of`; the partitions of its months must be there."""
    year = datetime(as_of.year - 1, 1, 1, tzinfo=UTC)
    wrong = [(services[one.slug].pk, one, as_of - timedelta(days=one.days_before)) for one in INCIDENTS]
    span = {"year": year, "year_ends": datetime(as_of.year, 1, 1, tzinfo=UTC)}
    with connection.cursor() as cursor:
        cursor.execute(
            _WEIGH,
            {
                **span,
                "hours": HOURS,
                "first": _hour(first_day(as_of), 0),
                "last": _hour(as_of - timedelta(days=1), 23),
                "services": [services[share.slug].pk for share in SHARES],
                "requests": [share.requests for share in SHARES],
                "bytes": [share.bytes for share in SHARES],
                "misses": [share.misses for share in SHARES],
                "regions": [regions[name].pk for name in REGIONS],
                "parts": list(REGIONS.values()),
                "hit": [service for service, _one, _day in wrong],
                "since": [_hour(day, one.first_hour) for _service, one, day in wrong],
                "until": [_hour(day, one.last_hour) + timedelta(hours=1) for _service, one, day in wrong],
                "more": [one.requests for _service, one, _day in wrong],
                "worse": [one.misses for _service, one, _day in wrong],
            },
        )
        cursor.execute(
            _WRITE,
            {
                **span,
                "granularity": Granularity.HOUR,
                "usage_import": usage_import.pk,
                "requests": REQUESTS_A_YEAR,
                "bytes": BYTES_A_YEAR,
            },
        )


def _hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)
