"""Several imports at the same moment, and some that are killed: real transactions, real processes."""

import io
import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from itertools import count
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone

from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import (
    ServiceKey,
    UsageAside,
    UsageDay,
    UsageMonth,
    UsageProgress,
    UsageRecord,
)
from sponsors.inkind.rules import ImportState, UsageSource
from sponsors.inkind.services import imports
from sponsors.inkind.storage import copying, rollups
from sponsors.inkind.storage.copying import BlockCopy
from sponsors.inkind.storage.partitions import months_there
from sponsors.inkind.storage.taking import take_from_aside
from sponsors.inkind.tasks import work_on_usage_imports
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_files import own_csv, own_line
from sponsors.inkind.tests.usage_rows import came_to, check_sums, loaded, raw_row

FIRST = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def names(transactional_db):
    for slug in ("files", "mirror"):
        factories.service(slug)
    factories.region()
    yield
    with connection.cursor() as cursor:
        for month in months_there():
            cursor.execute(f"DROP TABLE sponsors_usagerecord_{month:%Y_%m}")  # a month of ours


def hours(first, before, *, services=("files", "mirror"), **counts):
    for hour in range(first, before):
        for service in services:
            yield raw_row(
                hour + 1, service=service, start=(FIRST + timedelta(hours=hour)).isoformat(), **counts
            )


def test_two_imports_that_overlap_come_to_one_truth():
    runs = at_once(
        lambda: loaded(*hours(0, 60, requests=1)),
        lambda: loaded(*hours(30, 90, services=("mirror", "files"), requests=2)),
    )
    first, second = runs if came_to(runs[0]) == {"new": 120} else reversed(runs)
    assert came_to(first) == {"new": 120}
    assert came_to(second) == {"new": 60, "changed": 60}
    overlapping = UsageRecord.objects.filter(
        starts_at__gte=FIRST + timedelta(hours=30), starts_at__lt=FIRST + timedelta(hours=60)
    )
    assert {record.usage_import_id for record in overlapping} == {second.pk}
    assert UsageRecord.objects.count() == 180
    check_sums()


def test_the_same_file_three_times_at_once_is_there_once():
    runs = at_once(*[lambda: loaded(*hours(0, 60, requests=1))] * 3)
    assert sorted(map(str, map(came_to, runs))) == ["{'new': 120}", "{'same': 120}", "{'same': 120}"]
    check_sums()


def test_rows_are_taken_from_aside_once_while_others_come_in():
    loaded(*hours(0, 30, services=("SU1Z",), requests=1))
    ServiceKey.objects.create(service=factories.service(), provider="fastly", external_id="SU1Z")
    results = at_once(take_from_aside, take_from_aside, lambda: loaded(*hours(0, 60, requests=1)))
    assert sorted(results[:2]) == [0, 30]
    assert UsageRecord.objects.count() == 120
    assert not UsageAside.objects.exists()
    check_sums()


def killed(work, target, name, call):
    """Do the work in a process of its own, which is killed once a function was called so many times."""
    real, calls = getattr(target, name), count(1)

    def last_words(*given, **named):
        done = real(*given, **named)
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    def die():
        # While a browser is open, Django keeps connections by the event loop that drives it. A new process is outside of
        # that loop, and would find a connection that both hold: no server notices the end of one of them.
        connection.connection = None
        with (
            mock.patch.object(copying, "ROWS_OF_A_BLOCK", 1_000),
            mock.patch.object(target, name, last_words),
        ):
            work()

    connection.close()
    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert not UsageRecord.objects.exists()
    assert not UsageDay.objects.exists()
    assert not UsageMonth.objects.exists()


def check_all_is_there_once():
    assert UsageRecord.objects.aggregate(rows=Count("*"), asked=Sum("requests")) == {
        "rows": 6_000,
        "asked": 600_000,
    }
    check_sums()


SIX_THOUSAND = own_csv(
    *(
        own_line(f"{FIRST - timedelta(days=600) + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}", service=service)
        for hour in range(3_000)
        for service in ("files", "mirror")
    )
)
# Some blocks are written and others are not; all is written and summed up, and is not committed.
moments = pytest.mark.parametrize(
    ("target", "name", "call"), [(BlockCopy, "add", 4), (rollups, "sum_up", 1)], ids=["amid rows", "at last"]
)


@moments
def test_a_command_that_is_killed_leaves_nothing_and_is_done_again(target, name, call, tmp_path):
    path = tmp_path / "usage.csv"
    path.write_text(SIX_THOUSAND)
    out = io.StringIO()
    killed(lambda: call_command("import_usage", str(path)), target, name, call)
    call_command("import_usage", str(path), stdout=out)
    assert out.getvalue() == f"{path}: 6,000 new, 0 changed, 0 same, 0 rejected, 0 kept aside.\n"
    check_all_is_there_once()


@moments
def test_what_a_killed_worker_leaves_the_next_one_does(target, name, call, monkeypatch):
    monkeypatch.setattr(imports, "_wake_worker", lambda: None)
    content = SIX_THOUSAND.encode()
    begun = imports.begin_import(
        actor=None,
        source=UsageSource.UPLOAD,
        file=io.BytesIO(content),
        file_name="usage.csv",
        size=len(content),
        keep=True,
    )
    killed(work_on_usage_imports, target, name, call)
    assert work_on_usage_imports() == "0 imports of usage worked on"
    UsageProgress.objects.update(leased_until=timezone.now())
    work_on_usage_imports()
    begun.refresh_from_db()
    assert (begun.state, begun.new_count, begun.progress.attempts) == (ImportState.DONE, 6_000, 2)
    check_all_is_there_once()
