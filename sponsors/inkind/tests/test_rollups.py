"""Sums by day and month: whatever is imported in whatever order, they are what a plain recomputation gives."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sponsors.inkind.models import Region, UsageDay, UsageMonth, UsageRecord
from sponsors.inkind.rules import METRICS, InKindError
from sponsors.inkind.storage import copying, known
from sponsors.inkind.storage.partitions import make_partitions, month_after
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_rows import A_DAY, came_to, check_sums, loaded, raw_row, told

FIRST = datetime(2026, 2, 28, tzinfo=UTC)


def names():
    for slug in ("files", "mirror"):
        factories.service(slug)
    for name in ("usa", "europe"):
        factories.region(name)
    factories.region("all")
    Region.objects.filter(name="all").update(is_total=True)


def hours(of, *, region="usa", **counts):
    """Return rows of the given hours of the first day."""
    return [
        raw_row(n, start=(FIRST + timedelta(hours=hour)).isoformat(), region=region, **counts)
        for n, hour in enumerate(of, 1)
    ]


def whole_day(**counts):
    return raw_row(1, start=FIRST.isoformat(), granularity=A_DAY, **counts)


def chosen():
    return sorted(UsageDay.objects.values_list("region__name", "granularity", "is_complete", "requests"))


@pytest.mark.django_db
class TestWhichWayOfTellingADayCounts:
    @pytest.fixture(autouse=True)
    def _names(self):
        names()

    def test_a_day_of_24_hours_is_complete(self):
        loaded(*hours(range(23), requests=1))
        assert chosen() == [("usa", 3600, False, 23)]
        loaded(*hours([23], requests=1))
        assert chosen() == [("usa", 3600, True, 24)]
        assert UsageMonth.objects.get().complete_days == 1

    def test_hours_may_be_in_any_region(self):
        loaded(*hours(range(12), requests=1), *hours(range(12, 24), region="europe", requests=1))
        assert chosen() == [("europe", 3600, True, 12), ("usa", 3600, True, 12)]

    def test_the_finest_complete_granularity_counts(self):
        loaded(whole_day(requests=100))
        loaded(*hours(range(23), requests=1))
        assert chosen() == [("usa", A_DAY, True, 100)]
        loaded(*hours([23], requests=1))
        assert chosen() == [("usa", 3600, True, 24)]
        loaded(*(row._replace(granularity="60") for row in hours([5], requests=7)))
        assert chosen() == [("usa", 3600, True, 24)]

    def test_of_what_is_not_complete_the_most_covers(self):
        minutes = [
            raw_row(n, start=(FIRST + timedelta(minutes=n)).isoformat(), granularity=60, requests=1)
            for n in range(119)
        ]
        loaded(*hours([0, 1], requests=5))
        loaded(*minutes)
        assert chosen() == [("usa", 3600, False, 10)]
        loaded(raw_row(start=(FIRST + timedelta(minutes=200)).isoformat(), granularity=60, requests=1))
        assert chosen() == [("usa", 60, False, 120)]

    def test_all_regions_together_count_only_where_no_region_tells_the_day(self):
        loaded(*hours(range(24), region="all", requests=10))
        assert chosen() == [("all", 3600, True, 10 * 24)]
        loaded(*hours(range(2), requests=3))
        assert chosen() == [("all", 3600, True, 10 * 24)]
        loaded(*hours(range(24), requests=3))
        assert chosen() == [("usa", 3600, True, 3 * 24)]

    def test_sums_that_cannot_be_held_refuse_the_file(self):
        with pytest.raises(InKindError, match="too large to be added up") as refused:
            loaded(*hours(range(2), requests=2**63 - 1))
        assert (refused.value.code, refused.value.field) == ("sum_too_large", "file")
        assert not UsageRecord.objects.exists()


_COUNT = st.none() | st.integers(0, 9)
_ROW = st.builds(
    lambda service, region, granularity, at, **counts: raw_row(
        service=service,
        region=region,
        granularity=granularity,
        start=(FIRST + timedelta(seconds=at * granularity)).isoformat(),
        **counts,
    ),
    service=st.sampled_from(["files", "mirror"]),
    region=st.sampled_from(["usa", "europe", "all"]),
    granularity=st.sampled_from([60, 3600, A_DAY]),
    at=st.integers(0, 2) | st.integers(20, 30),
    requests=st.none() | st.integers(10, 19),
    hits=_COUNT,
    billable_bytes=_COUNT,
)
_WHOLE = st.builds(
    lambda region, granularity, count: [
        raw_row(
            region=region,
            granularity=granularity,
            start=(FIRST + timedelta(seconds=n * granularity)).isoformat(),
            requests=count,
        )
        for n in range(A_DAY // granularity)
    ],
    region=st.sampled_from(["usa", "all"]),
    granularity=st.sampled_from([3600, A_DAY]),
    count=st.integers(0, 9),
)
_FILE = st.builds(
    lambda parts: [row._replace(line=line) for line, row in enumerate([r for p in parts for r in p], 1)],
    st.lists(st.lists(_ROW, min_size=1, max_size=8) | _WHOLE, min_size=1, max_size=4),
)


def what_is_there():
    return [list(model.objects.order_by("pk").values()) for model in (UsageRecord, UsageDay, UsageMonth)]


class TestWhateverIsImported(TestCase):
    @classmethod
    def setUpTestData(cls):
        names()
        make_partitions([FIRST.date(), month_after(FIRST.date())])

    @pytest.mark.unmeasured
    @given(st.lists(_FILE, min_size=1, max_size=4))
    @settings(max_examples=60)
    def test_sums_are_those_of_the_buckets(self, files):
        for rows in files:
            run = loaded(*rows)
            assert sum(came_to(run).values()) == len(rows) == run.row_count
        check_sums()
        before = [
            list(model.objects.order_by("pk").values()) for model in (UsageRecord, UsageDay, UsageMonth)
        ]
        again = came_to(loaded(*files[-1]))
        assert again.keys() <= {"same", "rejected"}
        assert again.get("rejected", 0) == came_to(run).get("rejected", 0)
        assert what_is_there() == before

    @pytest.mark.unmeasured
    @given(st.lists(_ROW, min_size=2, max_size=20, unique_by=lambda row: row[1:6]), st.data())
    @settings(max_examples=40)
    def test_halves_in_any_order_are_the_whole(self, rows, data):
        one_length: dict[tuple[str, str], str] = {}
        rows = [
            row
            for row in rows
            if one_length.setdefault((row.service, row.starts_at[:10]), row.granularity) == row.granularity
        ]
        rows = [row._replace(line=line) for line, row in enumerate(rows, 1)]
        loaded(*rows)
        fields = ("service", "starts_at", "granularity", "region", *METRICS)
        whole = list(UsageRecord.objects.order_by("pk").values_list(*fields))
        UsageRecord.objects.all().delete(), UsageDay.objects.all().delete(), UsageMonth.objects.all().delete()
        shuffled = data.draw(st.permutations(rows))
        middle = data.draw(st.integers(0, len(rows)))
        for half in (shuffled[:middle], shuffled[middle:]):
            loaded(*half)
        assert list(UsageRecord.objects.order_by("pk").values_list(*fields)) == whole
        check_sums()

    @given(_FILE, st.integers(1, 5), st.integers(1, 4))
    @settings(max_examples=60)
    def test_where_blocks_end_changes_nothing(self, rows, rows_of_a_block, rows_at_once):
        with transaction.atomic():
            run = loaded(*rows)
            whole = came_to(run), told(run).keys(), self._without_import()
            transaction.set_rollback(True)
        with (
            mock.patch.object(copying, "ROWS_OF_A_BLOCK", rows_of_a_block),
            mock.patch("sponsors.inkind.formats.rows.ROWS_AT_ONCE", rows_at_once),
            mock.patch.object(known, "_MOST_STARTS", 3),
        ):
            run = loaded(*rows)
        assert (came_to(run), told(run).keys(), self._without_import()) == whole

    def _without_import(self):
        return [
            {name: value for name, value in row.items() if name != "usage_import_id"}
            for rows in what_is_there()
            for row in rows
        ]
