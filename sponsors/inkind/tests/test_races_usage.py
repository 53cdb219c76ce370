"""Several imports at the same moment, and one that is killed: real transactions, real processes."""

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import ServiceKey, UsageAside, UsageDay, UsageImport, UsageRecord
from sponsors.inkind.storage.partitions import months_there
from sponsors.inkind.storage.taking import take_from_aside
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_rows import came_to, check_sums, loaded, loaded_from, raw_row

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


def test_an_import_that_is_killed_leaves_nothing_and_is_done_again():
    reading, writing = os.pipe()

    def rows(*, until_killed):
        for number, row in enumerate(hours(0, 3000, requests=5), 1):
            if until_killed and number == 5_500:
                os.write(writing, b"!")
                time.sleep(600)
            yield row

    connection.close()
    worker = multiprocessing.get_context("fork").Process(target=lambda: loaded_from(rows(until_killed=True)))
    worker.start()
    os.read(reading, 1)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert not UsageRecord.objects.exists()
    assert not UsageDay.objects.exists()
    run = loaded_from(rows(until_killed=False))
    assert came_to(run) == {"new": 6000}
    assert UsageImport.objects.filter(row_count=0).count() == 1
    assert UsageRecord.objects.count() == 6000
    check_sums()
