"""`python -m benchmarks.imports`: how long large imports take, and how long other people wait meanwhile.

A worker process checks and writes a file of each kind, as Celery does. Next to it people record a receipt of
a sponsor in the file, add a sponsor and draft a commitment over the API, one request after the other.
"""

import argparse
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import django

from benchmarks.__main__ import ROOT
from config import postgres

SPONSORS = 2_000
PAUSE_SECONDS = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000, help="of each file (default 5,000)")
    parser.add_argument("--kinds", nargs="*", default=["sponsors", "commitments", "schedules", "receipts"])
    asked = parser.parse_args()
    os.environ["BURSAR_MODE"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    data_dir = ROOT / ".data" / "test"
    os.environ["BURSAR_DATA_DIR"] = str(data_dir)
    with postgres.serving(os.environ.get("DATABASE_URL"), data_dir, durable=False) as address:
        os.environ["DATABASE_URL"] = address
        django.setup()
        from django.conf import settings
        from django.db import connection

        settings.REQUIRE_SECOND_FACTOR = False
        settings.CELERY_TASK_ALWAYS_EAGER = False
        settings.DATABASES["default"]["TEST"]["NAME"] = "bursar_bench_imports"
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            measure(asked.rows, asked.kinds)
        finally:
            connection.close()
            connection.creation.destroy_test_db(name, verbosity=0)
    return 0


def measure(rows: int, kinds: list[str]) -> None:
    from benchmarks.pages import Pages
    from benchmarks.seed import seed
    from foundation.imports.kinds import kind_named
    from foundation.imports.services import apply_import, start_import
    from foundation.imports.tests.sheets import csv_file

    pages = Pages()
    seed(sponsors=SPONSORS, user=pages.user.pk, fund=pages.fund.pk)
    for name in kinds:
        kind = kind_named(name)
        content = csv_file(*_FILES[name](rows))
        run = start_import(actor=pages.user, kind=kind, content=content, file_name=f"{name}.csv")
        seconds, _waits = _work(pages, f"check-{name}", ask=False)
        run.refresh_from_db()
        print(f"{name}: {rows:,} rows checked in {seconds:.1f} s ({run.state}, {run.fault_count} faults)")
        for fault in run.faults.all()[:3]:
            print(f"  line {fault.line} {fault.column}: {fault.sentence}")
        if run.fault_count:
            continue
        apply_import(actor=pages.user, run=run)
        seconds, waits = _work(pages, f"write-{name}", ask=True)
        run.refresh_from_db()
        print(f"{name}: written in {seconds:.1f} s ({run.state}) {run.remark}", flush=True)
        for what, (longest, answers) in waits.items():
            told = ", ".join(f"{count} times {status}" for status, count in sorted(answers.items()))
            print(f"  {what}: waited {longest:.1f} s at most; {told}", flush=True)


def _work(pages: Any, label: str, *, ask: bool) -> tuple[float, dict[str, tuple[float, dict[int, int]]]]:
    """Return how long a worker took, and how long the requests beside it waited at most."""
    from django.db import connection

    connection.close()
    worker = multiprocessing.get_context("fork").Process(target=_worker)
    start = time.monotonic()
    worker.start()
    waits: dict[str, tuple[float, dict[int, int]]] = {}
    threads: list[threading.Thread] = []
    if ask:
        threads = [
            threading.Thread(target=_ask, args=(pages, worker, label, what, waits), daemon=True)
            for what in _REQUESTS
        ]
        for thread in threads:
            thread.start()
    worker.join()
    seconds = time.monotonic() - start
    for thread in threads:
        thread.join()
    return seconds, waits


def _worker() -> None:
    from foundation.imports.tasks import work_on_imports

    work_on_imports()


def _ask(pages: Any, worker: Any, label: str, what: str, waits: dict[str, Any]) -> None:
    """Send one request after the other until the worker is done."""
    from django.db import connection

    path, body = _REQUESTS[what]
    longest, count = 0.0, 0
    answers: dict[int, int] = {}
    time.sleep(0.5)
    while worker.is_alive():
        start = time.monotonic()
        count += 1
        key = f"{label}-{path.split('/')[3]}-{count}"
        answer = pages.api.post(
            path, body(key), content_type="application/json", headers={"Idempotency-Key": key}
        )
        longest = max(longest, time.monotonic() - start)
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        if answer.status_code >= 400 and answers[answer.status_code] == 1:
            print(f"  {what}: {answer.content.decode()[:300]}")
        time.sleep(PAUSE_SECONDS)
    waits[what] = (longest, answers)
    connection.close()


_REQUESTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "a receipt of a sponsor in the file": (
        "/api/v1/receipts/",
        lambda key: {
            "sponsor": 7,
            "amount": "10.00",
            "currency": "USD",
            "received_on": "2025-02-01",
            "method": "wire",
            "source": "bank",
            "reference": key,
        },
    ),
    "a new sponsor": ("/api/v1/sponsors/", lambda key: {"name": f"New {key}"}),
    "a draft for a sponsor that is not in the file": (
        "/api/v1/commitments/",
        lambda key: {
            "sponsor": SPONSORS,
            "title": key,
            "currency": "USD",
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
            "lines": [{"kind": "cash", "description": "Cash", "amount": "10.00", "fund": "bench"}],
            "schedule": {"shape": "equal", "frequency": "yearly", "first_due_on": "2026-02-01"},
        },
    ),
}


def _sponsors(rows: int) -> Iterator[dict[str, str]]:
    for n in range(rows):
        yield {
            "name": f"Imported {n}",
            "slug": f"imported-{n}",
            "contact_name": f"Contact {n}",
            "contact_email": f"contact@imported-{n}.example",
            "contact_roles": "primary, billing",
        }


def _commitments(rows: int) -> Iterator[dict[str, str]]:
    for n in range(rows):
        yield {
            "key": f"CRM-{n}",
            "sponsor": f"sponsor-{n % (SPONSORS - 1) + 1}",
            "title": f"Support {n}",
            "currency": "USD",
            "starts_on": "2025-01-01",
            "ends_on": "2026-12-31",
            "frequency": "yearly",
            "first_due_on": "2025-02-01",
            "state": "signed" if n % 2 else "draft",
            "signed_on": "2024-12-15" if n % 2 else "",
            "kind": "cash",
            "description": "Cash",
            "amount": "20000.00",
            "fund": "bench",
        }


def _schedules(rows: int) -> Iterator[dict[str, str]]:
    for n in range(rows // 2):
        for day, amount in (("2025-03-01", "12000"), ("2026-03-01", "8000")):
            yield {"commitment": f"CRM-{n * 2}", "due_on": day, "amount": amount}


def _receipts(rows: int) -> Iterator[dict[str, str]]:
    for n in range(rows):
        yield {
            "sponsor": f"sponsor-{n % (SPONSORS - 1) + 1}",
            "amount": "4000.00",
            "currency": "USD",
            "received_on": f"2025-02-{n % 28 + 1:02}",
            "method": "wire",
            "source": "bank",
            "reference": f"IMPORT-{n}",
        }


_FILES: dict[str, Callable[[int], Iterator[dict[str, str]]]] = {
    "sponsors": _sponsors,
    "commitments": _commitments,
    "schedules": _schedules,
    "receipts": _receipts,
}


if __name__ == "__main__":
    sys.exit(main())
