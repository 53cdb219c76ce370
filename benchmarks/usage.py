"""`python -m benchmarks.usage`: usage taken in beside millions of buckets, and what reading its sums costs.

Buckets by the hour in twenty regions over nearly three years: forty services of them are twenty million. Files of
other services, of the same months, are imported by the command in a process of its own, in turn with a bare COPY of as
many rows into the same table and its indexes.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

from benchmarks.__main__ import ROOT, in_a_database_of_its_own
from benchmarks.measure import Timing, run_alone, timed
from config import postgres

REGIONS, HOURS = 20, 24
FIRST_DAY, DAYS = date(2023, 1, 1), 1_040
ROWS_OF_A_SERVICE = REGIONS * HOURS * DAYS
_SERVICES_OF_A_FILE = 4
FULL, FILE_ROWS, TURNS = 20_000_000, 2_000_000, 3
LEAST_SHARE, AIM, MOST_MEMORY, MOST_SECONDS, MOST_GROWTH = 0.5, 0.8, 300, 0.2, 1.5

_COUNTS = "billable_bytes, delivered_bytes, origin_bytes, requests, hits, misses, passes, errors"
_COPY = f"COPY sponsors_usagerecord (service_id, starts_at, granularity, region_id, usage_import_id, {_COUNTS}) FROM STDIN"
_SEED = f"""
INSERT INTO sponsors_usagerecord (service_id, starts_at, granularity, region_id, usage_import_id, {_COUNTS})
SELECT service.id, timestamptz '{FIRST_DAY} 00:00:00+00' + hour * interval '1 hour', 3600, region.id, 0,
       5000000000000 + hour * 1000 + region.id, 4900000000000 + hour, 40000000000 + hour, 13000000 + hour,
       12900000 + hour, 100000, 3, 17
FROM generate_series(0, {HOURS * DAYS - 1}) AS hour, sponsors_service AS service, sponsors_region AS region
WHERE service.id = ANY(%s) AND region.name LIKE 'bench-%%'
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.usage", description=__doc__)
    parser.add_argument(
        "--buckets", type=int, default=FULL, help="that are there already (default 20,000,000)"
    )
    parser.add_argument("--rows", type=int, default=FILE_ROWS, help="of a file (default 2,000,000)")
    parser.add_argument("--turns", type=int, default=TURNS, help="of COPY and import (default 3)")
    asked = parser.parse_args()
    os.environ["BURSAR_MODE"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    data_dir = ROOT / ".data" / "test"
    os.environ["BURSAR_DATA_DIR"] = str(data_dir)
    with postgres.serving(os.environ.get("DATABASE_URL"), data_dir, durable=False) as address:
        os.environ["DATABASE_URL"] = address
        django.setup()
        report = in_a_database_of_its_own(
            "bursar_bench_usage", lambda: measure(asked.buckets, asked.rows, asked.turns)
        )
    failures = told(report)
    for failure in failures:
        print(f"LIMIT PASSED: {failure}")
    return 1 if failures else 0


def measure(buckets: int, rows: int, turns: int) -> dict[str, Any]:
    """Return the figures as plain data."""
    seeded = max(1, round(buckets / ROWS_OF_A_SERVICE))
    small = max(1, seeded // 10)
    services = _names(seeded)
    start = time.perf_counter()
    _seed(services[:small])
    small_reads = _reads(services[0])
    _seed(services[small:])
    full_reads = _reads(services[0])
    there = seeded * ROWS_OF_A_SERVICE
    print(
        f"usage: {there:,} buckets written and summed up in {time.perf_counter() - start:.0f} s", flush=True
    )
    with tempfile.TemporaryDirectory() as folder:
        turned = [_turn(Path(folder), number, rows) for number in range(turns)]
    return {
        "buckets": {"small": small * ROWS_OF_A_SERVICE, "full": there},
        "reads_seconds": {
            what: {
                "small": small_reads[what].median,
                "full": full.median,
                # Minutes lie between the two, in which whatever else the machine does changes: the fastest meets least of it.
                "growth": round(full.fastest / small_reads[what].fastest, 2),
            }
            for what, full in full_reads.items()
        },
        "turns": turned,
        "share_of_copy": round(statistics.median(turn["share"] for turn in turned), 2),
        "import_memory_mb": max(turn["memory_mb"] for turn in turned),
    }


def told(report: dict[str, Any]) -> list[str]:
    """Print the figures and return which limits are passed."""
    failures = []
    for turn in report["turns"]:
        print(
            f"  {turn['rows']:,} rows: bare COPY {turn['copy']:,.0f} a second, import {turn['import']:,.0f}: "
            f"{turn['share']:.0%}; the importing process took {turn['memory_mb']:.0f} MB"
        )
    share, memory = report["share_of_copy"], report["import_memory_mb"]
    print(
        f"Import of usage: {share:.0%} of a bare COPY (limit {LEAST_SHARE:.0%}, aim {AIM:.0%}); {memory:.0f} MB"
    )
    if share < LEAST_SHARE:
        failures.append(f"an import of usage takes in {share:.0%} of the rows a second of a bare COPY")
    if memory > MOST_MEMORY:
        failures.append(f"an import of usage takes {memory:.0f} MB")
    for what, read in report["reads_seconds"].items():
        seconds, growth = read["full"], read["growth"]
        print(
            f"{what}: {read['small'] * 1000:.1f} ms, then {seconds * 1000:.1f} ms; the fastest of each {growth:.2f} times "
            f"(limit {MOST_GROWTH})"
        )
        if seconds > MOST_SECONDS:
            failures.append(f"{what} takes {seconds * 1000:.0f} ms")
        if growth > MOST_GROWTH:
            failures.append(f"{what} takes {growth:.2f} times as long among ten times as many buckets")
    return failures


def _names(services: int) -> list[int]:
    """Make the services and regions, and the months; return the keys of the services."""
    from sponsors.inkind.models import Region
    from sponsors.inkind.storage.partitions import make_partitions

    Region.objects.bulk_create(
        Region(provider="fastly", name=f"bench-{n}", label=f"Region {n}") for n in range(REGIONS)
    )
    make_partitions(FIRST_DAY + timedelta(days=number) for number in range(DAYS))
    return [_service(f"seed-{n}") for n in range(services)]


def _service(slug: str) -> int:
    from sponsors.inkind.models import Service

    return Service.objects.create(
        name=slug, slug=slug, purpose="To be measured.", provider="fastly", criticality="low"
    ).pk


def _seed(services: list[int]) -> None:
    from django.db import connection

    from sponsors.inkind.storage.rollups import sum_up

    with connection.cursor() as cursor:
        cursor.execute(_SEED, [services])
        sum_up([(service, FIRST_DAY + timedelta(days=day)) for service in services for day in range(DAYS)])
        cursor.execute("VACUUM ANALYZE sponsors_usagerecord, sponsors_usageday, sponsors_usagemonth")


def _reads(service: int) -> dict[str, Timing]:
    """Return how long what is asked most takes: a year of a dashboard, and a month that is to be valued."""
    from sponsors.inkind.models import Service, Supply
    from sponsors.inkind.selectors.metered import metered_use
    from sponsors.inkind.selectors.traffic import Split, Step, traffic
    from sponsors.inkind.selectors.windows import Window
    from sponsors.inkind.tests.factories import supplied

    supply = Supply.objects.filter(service=service).first() or supplied(Service.objects.get(pk=service))
    line = supply.line
    assert line is not None
    first, before = date(2024, 1, 1), date(2025, 1, 1)
    window = Window(service, first, before)
    calls: dict[str, Callable[[], Any]] = {
        "A year of a service, by day and region": lambda: traffic(
            [window], first=first, last=before - timedelta(days=1), step=Step.DAY, split=Split.REGION
        ),
        "A year of a service, by month and region": lambda: traffic(
            [window], first=first, last=before - timedelta(days=1), step=Step.MONTH, split=Split.REGION
        ),
        "The use of a month that is to be valued": lambda: metered_use(line, date(2024, 3, 1)),
    }
    return {what: timed(call, runs=15) for what, call in calls.items()}


def _turn(folder: Path, number: int, rows: int) -> dict[str, float]:
    """Copy rows of some services and import as many of others; every second turn the other way round."""
    copied = [_service(f"copied-{number}-{n}") for n in range(_SERVICES_OF_A_FILE)]
    slugs = [f"imported-{number}-{n}" for n in range(_SERVICES_OF_A_FILE)]
    for slug in slugs:
        _service(slug)
    plain, usage = folder / "rows.txt", folder / "usage.csv"
    count = _write(plain, usage, copied, slugs, rows)
    seconds, memory = {}, 0.0
    for what in ("copy", "import") if number % 2 == 0 else ("import", "copy"):
        if what == "copy":
            seconds[what] = _copy(plain)
        else:
            seconds[what], memory = _import(usage, count)
    return {
        "rows": count,
        "copy": count / seconds["copy"],
        "import": count / seconds["import"],
        "share": seconds["copy"] / seconds["import"],
        "memory_mb": memory,
    }


def _write(plain: Path, usage: Path, services: list[int], slugs: list[str], rows: int) -> int:
    """Write the same hours as lines for COPY and as Bursar's own CSV, hour by hour; return how many rows."""
    from sponsors.inkind.models import Region

    regions = list(Region.objects.filter(name__startswith="bench-").order_by("pk"))
    hours = min(HOURS * DAYS, max(1, rows // (len(services) * len(regions))))
    with plain.open("w") as lines, usage.open("w") as cells:
        cells.write(
            "service,start,granularity,region,bytes,delivered_bytes,origin_bytes,requests,hits,misses,passes,errors\n"
        )
        for hour in range(hours):
            start = f"{datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"
            counts = (
                5 * 10**12 + hour,
                49 * 10**11 + hour,
                4 * 10**10,
                13_000_000 + hour,
                12_900_000,
                100_000,
                3,
                17,
            )
            copied, told = "\t".join(map(str, counts)), ",".join(map(str, counts))
            for service, slug in zip(services, slugs, strict=True):
                for region in regions:
                    lines.write(f"{service}\t{start}\t3600\t{region.pk}\t0\t{copied}\n")
                    cells.write(f"{slug},{start},hour,{region.name},{told}\n")
    return hours * len(services) * len(regions)


def _copy(path: Path) -> float:
    """Return the seconds of a bare COPY."""
    from django.db import connection, transaction

    start = time.perf_counter()
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(_COPY) as copy,
        path.open("rb") as file,
    ):
        while block := file.read(1 << 16):
            copy.write(block)
    return time.perf_counter() - start


def _import(path: Path, rows: int) -> tuple[float, float]:
    """Return the seconds of an import, as its own row tells them, and the megabytes that the command took."""
    from django.db import connection

    from sponsors.inkind.models import UsageImport

    name = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    command = [sys.executable, str(ROOT / "manage.py"), "import_usage", str(path)]
    status, memory = run_alone(command, os.environ | {"DATABASE_URL": address})
    done = UsageImport.objects.order_by("-pk").first()
    if status or done is None or done.new_count != rows or done.finished_at is None:
        message = f"the import took in {done and done.new_count} of {rows} rows"
        raise RuntimeError(message)
    return (done.finished_at - done.created_at).total_seconds(), memory


if __name__ == "__main__":
    sys.exit(main())
