"""What becomes of the rows of a file."""

from datetime import UTC, date, datetime
from unittest import mock

import pytest
from django.db import connection

from sponsors.inkind.formats.rows import UsageRefused
from sponsors.inkind.models import UsageAside, UsageDay, UsageMonth, UsageRecord
from sponsors.inkind.rules import UsageSource
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_rows import came_to, loaded, loaded_from, raw_row, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def names():
    factories.service(), factories.region(), factories.region("europe")


def test_a_new_bucket_is_kept_and_summed_up():
    run = loaded(raw_row(billable_bytes=10, requests=3, hits=2), raw_row(2, region="europe", requests=1))
    assert came_to(run) == {"new": 2}
    assert (run.first_at, run.last_before) == (
        datetime(2026, 3, 1, 14, tzinfo=UTC),
        datetime(2026, 3, 1, 15, tzinfo=UTC),
    )
    record = UsageRecord.objects.get(region__name="usa")
    assert (record.billable_bytes, record.requests, record.hits, record.misses) == (10, 3, 2, None)
    assert record.usage_import_id == run.pk
    day = UsageDay.objects.get(region__name="usa")
    assert (day.day, day.granularity, day.is_complete, day.requests) == (date(2026, 3, 1), 3600, False, 3)
    month = UsageMonth.objects.get(region__name="europe")
    assert (month.month, month.complete_days, month.requests, month.hits) == (date(2026, 3, 1), 0, 1, None)


def test_the_same_file_again_changes_nothing():
    rows = [raw_row(requests=3), raw_row(2, region="nowhere", requests=3), raw_row(3, requests=-1)]
    assert came_to(loaded(*rows)) == {"new": 1, "aside": 1, "rejected": 1}
    first = UsageRecord.objects.values().get()
    assert came_to(loaded(*rows)) == {"same": 2, "rejected": 1}
    assert UsageRecord.objects.values().get() == first
    assert UsageAside.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"requests": "12.5"}, "requests is “12.5”, which is not a whole number."),
        ({"requests": "1_000"}, "requests is “1_000”, which is not a whole number."),
        ({"requests": "٣"}, "requests is “٣”, which is not a whole number."),
        ({"requests": "\\N"}, "requests is “\\N”, which is not a whole number."),
        ({"requests": "1\t2"}, "requests is “1·2”, which is not a whole number."),
        ({"billable_bytes": -5}, "bytes is “-5”. Nothing is counted below zero."),
        ({"hits": 2**63}, f"hits is “{2**63}”, larger than anything that is counted."),
        ({"hits": "9" * 5000}, f"hits is “{'9' * 39}…”, larger than anything that is counted."),
        ({"hits": 12, "requests": 10}, "hits are 12, more than the 10 requests."),
        (
            {"granularity": "300"},
            "The granularity is “300”. It is minute, hour or day (60, 3600 or 86400 seconds).",
        ),
        (
            {"start": "yesterday"},
            "The start is “yesterday”, which is no time. Write it such as 2026-03-01T14:00:00Z.",
        ),
        (
            {"start": "2026-03-01T14:30:00Z"},
            "The start is “2026-03-01T14:30:00Z”, which is not where a bucket begins: an hour begins at minute 00.",
        ),
        (
            {"start": "2026-03-01T14:00:00.5Z", "granularity": 60},
            "The start is “2026-03-01T14:00:00.5Z”, which is not where a bucket begins: a minute begins at second 00.",
        ),
        (
            {"start": "2026-03-01T14:00:00Z", "granularity": 86400},
            "The start is “2026-03-01T14:00:00Z”, which is not where a bucket begins: a day begins at 00:00 UTC.",
        ),
        ({"start": "2026-07-01T01:00:00Z"}, "The start is “2026-07-01T01:00:00Z”, which is in the future."),
        (
            {"start": "2026-07-01T00:00:00Z"},
            "The hour from “2026-07-01T00:00:00Z” on is not over yet. Send it again once it is.",
        ),
        (
            {"start": "1999-12-31T23:00:00Z"},
            "The start is “1999-12-31T23:00:00Z”. Usage is kept from 2000 on.",
        ),
        (
            {"start": "0001-01-01T00:00:00+14:00"},
            "The start is “0001-01-01T00:00:00+14:00”. Usage is kept from 2000 on.",
        ),
        ({"service": ""}, "The service is missing."),
        ({"region": ""}, "The region is missing."),
        ({"region": "r" * 61}, f"The region is “{'r' * 39}…”. A name has at most 60 letters."),
        ({"service": "a\x00b"}, "The service is “a·b”, which holds letters that cannot be shown."),
        (
            {"provider": "akamai"},
            "The provider is “akamai”. It is one of fastly, cloudflare, cloudfront, bunny, other, or empty for the service's own.",
        ),
        ({"service": "unheard", "hits": 5, "requests": 1}, "hits are 5, more than the 1 requests."),
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_the_others_are_taken(row, sentence):
    run = loaded(
        raw_row(7, start="2026-03-01T12:00:00Z", requests=1),
        raw_row(8, **row),
        raw_row(9, region="europe", requests=1),
    )
    assert told(run) == {8: sentence}
    assert came_to(run) == {"new": 2, "rejected": 1}
    assert UsageRecord.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "number"),
    [(" 12 ", 12), ("+12", 12), ("0012", 12), ("-0", 0), ("", None), (str(2**63 - 1), 2**63 - 1)],
)
def test_a_whole_number_may_be_written_in_several_ways(text, number):
    assert came_to(loaded(raw_row(requests=text))) == {"new": 1}
    assert UsageRecord.objects.get().requests == number


@pytest.mark.parametrize("start", ["2026-03-01T14:00:00Z", "2026-03-01 14:00", "2026-03-01T15:00:00+01:00"])
def test_a_time_may_be_written_in_several_ways(start):
    loaded(raw_row(start=start))
    assert UsageRecord.objects.get().starts_at == datetime(2026, 3, 1, 14, tzinfo=UTC)


def test_a_row_cannot_smuggle_others_in():
    smuggled = raw_row(requests="1\n1\t3600\t1\t1\t2026-03-02T14:00:00Z\t\t\t\t\t\t\t\t")
    assert came_to(loaded(smuggled)) == {"rejected": 1}
    assert not UsageRecord.objects.exists()


def test_a_bucket_that_arrives_again_replaces_itself_where_a_number_differs():
    first = loaded(raw_row(requests=3, hits=2), raw_row(2, region="europe", requests=5))
    second = loaded(raw_row(requests=4, hits=2), raw_row(2, region="europe", requests=5))
    assert came_to(second) == {"changed": 1, "same": 1}
    record = UsageRecord.objects.get(region__name="usa")
    assert (record.requests, record.hits, record.usage_import_id) == (4, 2, second.pk)
    assert UsageRecord.objects.get(region__name="europe").usage_import_id == first.pk
    assert UsageDay.objects.get(region__name="usa").requests == 4


def test_files_of_single_metrics_complete_each_other():
    loaded(raw_row(billable_bytes=7))
    assert came_to(loaded(raw_row(requests=3))) == {"changed": 1}
    record = UsageRecord.objects.get()
    assert (record.billable_bytes, record.requests) == (7, 3)
    assert came_to(loaded(raw_row(billable_bytes=7))) == {"same": 1}


def test_hits_above_the_requests_of_an_earlier_import_are_rejected():
    loaded(raw_row(requests=3))
    run = loaded(raw_row(5, hits=4))
    assert told(run) == {
        5: "hits would be 4, more than the 3 requests: one of them is from an earlier import."
    }
    assert came_to(run) == {"rejected": 1}
    assert UsageRecord.objects.get().hits is None


def test_a_bucket_that_is_in_a_file_twice_counts_once():
    row = raw_row(1, requests=3)
    run = loaded(row, row._replace(line=2), row._replace(line=3, requests="4"))
    assert came_to(run) == {"new": 1, "same": 1, "rejected": 1}
    assert told(run) == {3: "The same bucket stands on line 1, with other numbers. Those were taken."}
    assert UsageRecord.objects.get().requests == 3
    again = loaded(row, row._replace(line=2), row._replace(line=3, requests="4"))
    assert came_to(again) == {"same": 2, "rejected": 1}


def test_a_file_tells_a_day_of_a_service_in_one_granularity():
    run = loaded(
        raw_row(2, start="2026-03-01T00:00:00Z", granularity=86400, requests=9),
        raw_row(3, requests=1),
        raw_row(4, start="2026-03-02T00:00:00Z", requests=1),
    )
    assert told(run) == {
        3: "Further up, 2026-03-01 of this service is told by day, and this row is of a whole hour. "
        "Put what is told by hour into a file of its own."
    }
    assert came_to(run) == {"new": 2, "rejected": 1}
    assert came_to(loaded(raw_row(requests=1))) == {"new": 1}


def test_a_row_of_a_day_that_was_told_before_is_looked_at_like_any_other():
    loaded(raw_row(requests=3))
    run = loaded(raw_row(4, requests=-1))
    assert told(run) == {4: "requests is “-1”. Nothing is counted below zero."}
    mixed = loaded(
        raw_row(4, requests=-1), raw_row(5, requests=" 4 "), raw_row(6, region="europe", requests=1)
    )
    assert came_to(mixed) == {"new": 1, "changed": 1, "rejected": 1}
    assert UsageRecord.objects.get(region__name="usa").requests == 4


def test_a_file_that_breaks_off_leaves_nothing():
    def rows():
        yield from (raw_row(line, start=f"2026-03-{line:02}T14:00:00Z", requests=1) for line in range(1, 29))
        raise UsageRefused("The file was cut short.")

    with mock.patch("sponsors.inkind.formats.rows.ROWS_AT_ONCE", 10), pytest.raises(UsageRefused):
        loaded_from(rows())
    assert not UsageRecord.objects.exists()
    assert not UsageDay.objects.exists()


@pytest.mark.parametrize(("source", "waits"), [(UsageSource.UPLOAD, "30min"), (UsageSource.API, "10s")])
def test_only_a_call_is_told_soon_that_others_write(source, waits):
    loaded(raw_row(requests=1), source=source)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == (waits,)


def test_a_file_without_rows_changes_nothing():
    run = loaded()
    assert (run.row_count, run.first_at, run.last_before) == (0, None, None)
