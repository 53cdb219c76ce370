"""`make bench`: the sizes Bursar is designed for, measured.

Makes a database of its own on the configured server, fills it step by step, and compares: the number of
queries of every list page and endpoint at ten rows and at full size; an API page of 100 commitments with
the same JSON from hand-written SQL; the admin's commitment list at 1,000 rows and at 100,000; and, in databases of
their own, usage (see `benchmarks/usage.py`) and a night of renewals (see `benchmarks/renewals.py`).
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import django

from config import postgres

Measured = TypeVar("Measured")
SMALL, MEDIUM, FULL = 10, 100, 10_000  # sponsors; ten commitments and fifty installments each
ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
API_LIMIT, ADMIN_LIMIT = 3.0, 1.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sponsors", type=int, default=FULL, help="how many at full size (default 10,000)")
    parser.add_argument("--buckets", type=int, default=20_000_000, help="of usage (default 20,000,000)")
    asked = parser.parse_args()
    os.environ["BURSAR_MODE"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    data_dir = ROOT / ".data" / "test"
    os.environ["BURSAR_DATA_DIR"] = str(data_dir)
    with postgres.serving(os.environ.get("DATABASE_URL"), data_dir, durable=False) as address:
        os.environ["DATABASE_URL"] = address
        django.setup()
        from benchmarks import renewals, usage

        report = in_a_database_of_its_own("bursar_bench", partial(measure, asked.sponsors))
        # A tenth as many rows as there are buckets: a small run stays quick.
        report["usage"] = in_a_database_of_its_own(
            "bursar_bench_usage", partial(usage.measure, asked.buckets, asked.buckets // 10, usage.TURNS)
        )
        report["renewals"] = in_a_database_of_its_own(
            "bursar_bench_renewals", partial(renewals.measure, asked.sponsors)
        )
        return publish(report)


def in_a_database_of_its_own(name: str, measure: Callable[[], Measured]) -> Measured:
    """Measure in a new database, which is dropped in the end: nobody's data is touched."""
    from django.conf import settings
    from django.db import connection

    settings.REQUIRE_SECOND_FACTOR = False
    real_name = connection.settings_dict["NAME"]
    settings.DATABASES["default"]["TEST"]["NAME"] = name
    connection.settings_dict["TEST"]["NAME"] = name
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return measure()
    finally:
        connection.close()
        connection.creation.destroy_test_db(real_name, verbosity=0)


def measure(sponsors: int) -> dict[str, Any]:
    """Return the figures at three sizes, as plain data."""
    from benchmarks.pages import Pages
    from benchmarks.seed import empty, seed
    from foundation.api.throttling import TokenThrottle

    TokenThrottle.a_user = 1_000_000  # with few rows more calls fit into a minute than one may make
    pages = Pages()
    counts: dict[str, dict[str, int]] = {}
    admin: dict[str, dict[str, float]] = {}
    for label, size in (("small", SMALL), ("medium", MEDIUM), ("full", sponsors)):
        empty()
        start = datetime.now(UTC)
        seed(sponsors=size, user=pages.user.pk, fund=pages.fund.pk)
        print(
            f"{label}: {size:,} sponsors, {size * 10:,} commitments, {size * 50:,} installments "
            f"written in {(datetime.now(UTC) - start).total_seconds():.1f} s",
            flush=True,
        )
        if label != "medium":
            counts[label] = pages.query_counts()
        if label != "small":
            admin[label] = pages.admin_commitment_list()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "sponsors": sponsors,
        "queries": {
            path: {"ten_rows": counts["small"][path], "full": counts["full"][path]} for path in counts["full"]
        },
        "admin_commitment_list_seconds": admin,
        "api_page_of_100_commitments_seconds": pages.api_against_sql(),
        "list_seconds": pages.list_times(),
    }


def publish(report: dict[str, Any]) -> int:
    """Print the figures, keep them in `benchmarks/results/`, and return 1 when a limit is passed."""
    from benchmarks import renewals, usage

    failures = []
    print("\nQueries at ten rows and at full size")
    for path, count in sorted(report["queries"].items()):
        same = count["ten_rows"] == count["full"]
        print(f"  {count['ten_rows']:3} {count['full']:3}  {'' if same else 'DIFFERENT '}{path}")
        if not same:
            failures.append(f"{path} makes {count['full']} queries instead of {count['ten_rows']}")
    api = report["api_page_of_100_commitments_seconds"]
    ratio = api["api"] / api["sql"]
    print(
        f"\nAPI page of 100 commitments: {api['api'] * 1000:.1f} ms, hand-written SQL {api['sql'] * 1000:.1f} ms: "
        f"{ratio:.2f} times (limit {API_LIMIT})"
    )
    if ratio > API_LIMIT:
        failures.append(f"the API page takes {ratio:.2f} times as long as SQL")
    admin = report["admin_commitment_list_seconds"]
    growth = admin["full"]["seconds"] / admin["medium"]["seconds"]
    print(
        f"Admin commitment list: {admin['medium']['seconds'] * 1000:.1f} ms at {admin['medium']['rows']:,.0f} rows, "
        f"{admin['full']['seconds'] * 1000:.1f} ms at {admin['full']['rows']:,.0f}: "
        f"{growth:.2f} times (limit {ADMIN_LIMIT})"
    )
    if growth > ADMIN_LIMIT:
        failures.append(f"the admin commitment list takes {growth:.2f} times as long at full size")
    print("\nUsage")
    failures += usage.told(report["usage"])
    print("\nRenewals")
    failures += renewals.told(report["renewals"])
    print("\nSeconds of every list at full size")
    for path, seconds in sorted(report["list_seconds"].items(), key=lambda pair: -pair[1]):
        print(f"  {seconds:7.3f}  {path}")
    report["ratios"] = {"api_page_to_sql": round(ratio, 2), "admin_list_growth": round(growth, 2)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(report, indent=2, sort_keys=True) + "\n")
    print("\nWritten to benchmarks/results/latest.json")
    for failure in failures:
        print(f"LIMIT PASSED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
