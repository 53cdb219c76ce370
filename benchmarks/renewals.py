"""`python -m benchmarks.renewals`: a night over a hundred thousand commitments, and the page of what is lost if one leaves.

The portfolio of `make bench`, moved in time so that every commitment ends within the horizon, with as many earlier ones as
there are sponsors, whose outcomes make the base rate. The night runs in a process of its own, whose memory is watched.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

from benchmarks.__main__ import ROOT, in_a_database_of_its_own
from benchmarks.measure import run_alone, timed
from config import postgres

FULL, HORIZON_DAYS, SERVICES = 10_000, 390, 40
MOST_SECONDS, MOST_MEMORY, MOST_PAGE_SECONDS = 60, 500, 0.3
_SHOWN = 3  # sponsors that leave at once on the page

_ALL_DUE = f"""
UPDATE sponsors_commitment AS moved
SET state = 'signed', closed_on = NULL,
    starts_on = (current_date + (id %% {HORIZON_DAYS})::int + 1 - interval '5 years')::date,
    ends_before = current_date + (id %% {HORIZON_DAYS})::int + 1,
    signed_on = (current_date - interval '5 years')::date, proposed_on = (current_date - interval '5 years')::date
"""
_EARLIER = """
INSERT INTO sponsors_commitment (number, sponsor_id, title, currency, starts_on, ends_before, state, proposed_on,
                                 signed_on, closed_on, closed_reason, notes, renews_automatically)
SELECT 'E-' || id, id, 'Earlier support', 'USD', ends - 365, ends, 'ended', ends - 400, ends - 390, ends, '', '', false
FROM (SELECT id, current_date - 100 - (id %% 300)::int AS ends FROM sponsors_sponsor) AS sponsor;
INSERT INTO sponsors_commitmentline (commitment_id, position, kind, category, description, fund_id, amount,
                                     estimate_basis)
SELECT id, 1, 'cash', '', 'Cash', %(fund)s, 15000, '' FROM sponsors_commitment WHERE number LIKE 'E-%%'
"""
_SERVICES = f"""
INSERT INTO sponsors_service (name, slug, purpose, provider, criticality, dependents)
SELECT 'Service ' || n, 'renewals-' || n, 'Serves files.', 'fastly', 'critical', 'Everybody'
FROM generate_series(1, {SERVICES}) AS n;
INSERT INTO sponsors_supply (service_id, sponsor_id, line_id, starts_on)
SELECT service.id, commitment.sponsor_id, line.id, commitment.starts_on
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sponsors_service WHERE slug LIKE 'renewals-%%') AS service
JOIN (SELECT id, commitment_id, row_number() OVER (ORDER BY id) AS n
      FROM sponsors_commitmentline WHERE kind = 'in_kind') AS line ON line.n = service.n
JOIN sponsors_commitment AS commitment ON commitment.id = line.commitment_id;
INSERT INTO sponsors_usagemonth (service_id, month, region_id, complete_days, billable_bytes, requests)
SELECT service.id, (date_trunc('month', current_date) - n * interval '1 month')::date, region.id, 28,
       3000000000000000 + n, 50000000000
FROM sponsors_service AS service, generate_series(1, 12) AS n, sponsors_region AS region
WHERE service.slug LIKE 'renewals-%%' AND region.provider = 'fastly' AND region.name <> 'all';
INSERT INTO sponsors_alternative (service_id, name, card_id, months_to_move, shed_percent, notes)
SELECT service.id, card.name, card.id, 9, 10, ''
FROM sponsors_service AS service, sponsors_ratecard AS card WHERE service.slug LIKE 'renewals-%%'
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.renewals", description=__doc__)
    parser.add_argument("--sponsors", type=int, default=FULL, help="ten commitments each (default 10,000)")
    parser.add_argument("--night", type=Path, help="only run the night, and write what it took to this file")
    asked = parser.parse_args()
    os.environ["BURSAR_MODE"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    if asked.night:
        django.setup()
        asked.night.write_text(json.dumps(_night()))
        return 0
    data_dir = ROOT / ".data" / "test"
    os.environ["BURSAR_DATA_DIR"] = str(data_dir)
    with postgres.serving(os.environ.get("DATABASE_URL"), data_dir, durable=False) as address:
        os.environ["DATABASE_URL"] = address
        django.setup()
        report = in_a_database_of_its_own("bursar_bench_renewals", lambda: measure(asked.sponsors))
    failures = told(report)
    for failure in failures:
        print(f"LIMIT PASSED: {failure}")
    return 1 if failures else 0


def measure(sponsors: int) -> dict[str, Any]:
    """Return the figures as plain data: of the first night, and of the next, when every row is there already."""
    from django.db import connection

    from benchmarks.pages import Pages

    pages = Pages()
    seed(sponsors=sponsors, user=pages.user.pk, fund=pages.fund.pk)
    nights = [_run_night() for _ in range(2)]
    # As PostgreSQL does by itself within a minute of such a night.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"nights": nights, "pages_seconds": _page_times(pages)}


def seed(*, sponsors: int, user: int, fund: int) -> None:
    """Write the portfolio."""
    from django.db import connection

    from benchmarks.seed import empty

    empty()
    write(sponsors=sponsors, user=user, fund=fund)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def write(*, sponsors: int, user: int, fund: int) -> None:
    """Write the rows only, so that a test can do it in its own transaction."""
    from django.db import connection, transaction

    from benchmarks.seed import write as write_portfolio

    write_portfolio(sponsors=sponsors, user=user, fund=fund)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (_ALL_DUE, _EARLIER, _SERVICES):
            cursor.execute(statement, {"fund": fund})
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def parts_of_a_night() -> dict[str, Callable[[date], Any]]:
    """Return what a night does, in its order."""
    from sponsors.renewals.services.assessing import assess_commitments
    from sponsors.renewals.services.digests import send_digests
    from sponsors.renewals.services.sweeping import sweep_reminders

    return {
        "assess": lambda today: assess_commitments(actor=None, today=today),
        "reminders": lambda today: sweep_reminders(actor=None, today=today),
        "digests": lambda today: send_digests(actor=None, today=today),
    }


def _night() -> dict[str, Any]:
    """Run a night, and return seconds, queries and what was done of each part."""
    from foundation.books.selectors import local_today

    found: dict[str, Any] = {}
    for name, part in parts_of_a_night().items():
        counted = _Counted()
        start = time.perf_counter()
        done = counted.around(partial(part, local_today()))
        found[name] = {
            "seconds": round(time.perf_counter() - start, 2),
            "queries": counted.queries,
            "done": str(done),
        }
    return found


class _Counted:
    """Counts queries without keeping them: a hundred megabytes of statements would be measured as well."""

    def __init__(self) -> None:
        self.queries = 0

    def around(self, work: Callable[[], Any]) -> Any:
        from django.db import connection

        with connection.execute_wrapper(self._count):
            return work()

    def _count(self, execute: Callable[..., Any], *call: Any) -> Any:
        self.queries += 1
        return execute(*call)


def _run_night() -> dict[str, Any]:
    from django.db import connection

    name = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.json"
        command = [sys.executable, "-m", "benchmarks.renewals", "--night", str(path)]
        status, memory = run_alone(command, os.environ | {"DATABASE_URL": address})
        if status:
            message = "the night failed"
            raise RuntimeError(message)
        parts: dict[str, Any] = json.loads(path.read_text())
    return {"parts": parts, "memory_mb": round(memory)}


def _page_times(pages: Any) -> dict[str, float]:
    """Return the median seconds of the page of what follows: of nobody, of one sponsor, and of several at once."""
    from django.urls import reverse

    from sponsors.inkind.models import Supply

    providers = list(Supply.objects.order_by("sponsor").values_list("sponsor", flat=True).distinct()[:_SHOWN])
    address = reverse("admin:sponsors_assessment_what_if")
    found = {}
    for name, chosen in (
        ("nobody leaves", []),
        ("one leaves", providers[:1]),
        (f"{_SHOWN} leave", providers),
    ):
        path = address + "?" + "&".join(f"sponsor={key}" for key in chosen)
        found[f"What if {name}"] = timed(partial(pages.get, path, pages.admin)).median
    return found


def told(report: dict[str, Any]) -> list[str]:
    """Print the figures and return which limits are passed."""
    failures = []
    for which, night in zip(("first night", "next night"), report["nights"], strict=True):
        seconds = sum(part["seconds"] for part in night["parts"].values())
        print(
            f"Renewals, {which}: {seconds:.1f} s (limit {MOST_SECONDS}), {night['memory_mb']} MB (limit {MOST_MEMORY})"
        )
        for name, part in night["parts"].items():
            print(f"  {name}: {part['seconds']:.1f} s, {part['queries']} queries, {part['done']}")
        if seconds > MOST_SECONDS:
            failures.append(f"a night of renewals takes {seconds:.0f} s")
        if night["memory_mb"] > MOST_MEMORY:
            failures.append(f"a night of renewals takes {night['memory_mb']} MB")
    for page, seconds in report["pages_seconds"].items():
        print(f"{page}: {seconds * 1000:.0f} ms (limit {MOST_PAGE_SECONDS * 1000:.0f})")
        if seconds > MOST_PAGE_SECONDS:
            failures.append(f"{page} takes {seconds * 1000:.0f} ms")
    return failures


if __name__ == "__main__":
    sys.exit(main())
