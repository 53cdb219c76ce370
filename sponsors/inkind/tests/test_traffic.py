"""Use over time: sums of whole months and of single days agree, whatever the range is cut by."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.models import UsageDay
from sponsors.inkind.rules import Granularity, InKindError
from sponsors.inkind.selectors.traffic import (
    UNDIVIDED,
    Figures,
    Split,
    Step,
    check_range,
    overview,
    together,
    traffic,
)
from sponsors.inkind.selectors.usage_query import Group, UsageQuestion, usage_rows
from sponsors.inkind.selectors.windows import Window, in_days, in_months, in_other_days
from sponsors.inkind.tests import factories

JANUARY, MARCH = date(2024, 1, 1), date(2024, 3, 1)


def shown(windows, first, last, step, split=Split.REGION):
    return traffic(windows, first=first, last=last, step=Step(step), split=split)


def months_of(*names, service="files"):
    of = factories.service(service)
    for name in names or ("usa",):
        for month in (JANUARY, date(2024, 2, 1), MARCH):
            factories.month_of_use(of, month, where=factories.region(name), billable_bytes=31 * 29 * 10**9)
    return of


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
def test_a_window_is_whole_months_and_other_days_and_nothing_twice(first, length):
    window = Window(1, first, first + timedelta(days=length))
    start, before = window.whole_months
    days = [window.first + timedelta(days=number) for number in range(length)]
    in_whole = [day for day in days if start <= day < before]
    in_others = [day for a, b in window.other_days for day in days if a <= day < b]
    assert sorted(in_whole + in_others) == days
    assert window.is_empty == (length == 0)
    if start < before:
        assert start.day == before.day == 1


def test_no_windows_are_no_condition():
    empty = Window(1, MARCH, MARCH)
    assert (in_months([]), in_days([empty]), in_other_days([empty])) == (None, None, None)


@pytest.mark.django_db
def test_the_same_days_have_the_same_sum_by_day_month_and_year():
    service = months_of("usa", "europe")
    window = Window(service.pk, JANUARY, date(2024, 4, 1))
    wholes = [shown([window], JANUARY, date(2024, 3, 31), step).whole for step in ("day", "month", "year")]
    assert wholes[0] == wholes[1] == wholes[2]
    assert wholes[0].delivered == 6 * 31 * 29 * 10**9
    by_month = shown([window], JANUARY, date(2024, 3, 31), "month")
    assert [period.start for period in by_month.periods] == [JANUARY, date(2024, 2, 1), MARCH]
    assert list(by_month.parts) == ["Europe", "North America"] or len(by_month.parts) == 2


@pytest.mark.django_db
def test_a_window_that_begins_within_a_month_counts_its_days_only():
    service = months_of()
    days = Window(service.pk, date(2024, 1, 30), date(2024, 3, 2))
    by_month = shown([days], JANUARY, date(2024, 3, 31), "month")
    february = 31 * 29 * 10**9
    day = february // 31
    assert [period.whole.delivered for period in by_month.periods] == [2 * day, february, day]
    by_day = shown([days], JANUARY, date(2024, 3, 31), "day")
    assert by_day.whole.delivered == by_month.whole.delivered
    assert len(by_day.periods) == 2 + 29 + 1


@pytest.mark.django_db
def test_periods_without_use_are_shown_between_others():
    service = factories.service()
    for month in (JANUARY, MARCH, date(2026, 3, 1)):
        factories.month_of_use(service, month)
    window = Window(service.pk, JANUARY, date(2027, 1, 1))
    by_month = shown([window], JANUARY, date(2026, 12, 31), "month")
    assert len(by_month.periods) == 27
    assert by_month.periods[1].whole == Figures()
    assert [period.start.year for period in shown([window], JANUARY, date(2026, 12, 31), "year").periods] == [
        2024,
        2025,
        2026,
    ]
    assert not shown([Window(service.pk, date(2030, 1, 1), date(2031, 1, 1))], JANUARY, MARCH, "day").periods
    assert not shown([], JANUARY, MARCH, "hour").periods


@pytest.mark.django_db
def test_use_is_divided_by_service_as_well():
    files, mirror = months_of(), months_of(service="mirror")
    windows = [Window(of.pk, JANUARY, date(2024, 4, 1)) for of in (files, mirror)]
    by_service = shown(windows, JANUARY, date(2024, 3, 31), "month", Split.SERVICE)
    assert set(by_service.parts) == {"Files", "Mirror"}


def test_a_ratio_counts_what_tells_both_its_parts():
    some = Figures(delivered=100, ratio_delivered=50, ratio_origin=5, ratio_hits=99, ratio_misses=1)
    assert (some.offload, some.hit_ratio, some.error_share) == (0.9, 0.99, None)
    assert Figures().offload is None
    assert Figures(ratio_requests=0, ratio_errors=0).error_share is None
    assert (Figures(billable=7).bytes, Figures(billable=7, delivered=6).bytes) == (7, 6)
    assert together([some, Figures()]) == together([Figures(), some]) == some
    assert together([some, some]).delivered == 200
    assert together([]) == Figures()


@pytest.mark.parametrize(
    ("first", "last", "step", "code", "field"),
    [
        (MARCH, JANUARY, Step.DAY, "ends_before_start", "last"),
        (JANUARY, date(2024, 2, 1), Step.HOUR, "range_too_long", "last"),
        (JANUARY, date(2029, 2, 1), Step.MONTH, "range_too_long", "first"),
    ],
)
def test_a_range_that_cannot_be_shown_is_refused(first, last, step, code, field):
    with pytest.raises(InKindError) as caught:
        check_range(first, last, step)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_months_and_years_are_shown_whole():
    some = (date(2024, 2, 10), date(2025, 2, 10))
    assert check_range(*some, Step.DAY) == some
    assert check_range(*some, Step.MONTH) == (date(2024, 2, 1), date(2025, 2, 28))
    assert check_range(*some, Step.YEAR) == (JANUARY, date(2025, 12, 31))


@pytest.mark.django_db
def test_a_year_costs_two_queries_at_ten_rows_and_at_ten_thousand():
    service = factories.service()
    regions = [factories.region(f"region-{number}") for number in range(28)]

    def fill(some):
        UsageDay.objects.bulk_create(
            UsageDay(
                service=service,
                day=JANUARY + timedelta(days=day),
                region=where,
                granularity=Granularity.HOUR,
                is_complete=True,
                delivered_bytes=10**12,
                requests=10**6,
            )
            for where in some
            for day in range(366)
        )

    def cost():
        window = Window(service.pk, JANUARY, date(2025, 1, 1))
        with CaptureQueriesContext(connection) as queries:
            for step in ("day", "month"):
                shown([window], JANUARY, date(2024, 12, 31), step)
        return len(queries)

    fill(regions[:1])
    few = cost()
    fill(regions[1:])
    assert UsageDay.objects.count() > 10_000
    assert cost() == few == 2


@pytest.mark.django_db
def test_days_of_more_than_a_year_are_told_whole_and_their_sum_by_part():
    service = months_of("usa", "europe")

    def told(last):
        windows = [Window(service.pk, JANUARY, last + timedelta(days=1))]
        with CaptureQueriesContext(connection) as queries:
            found = overview(windows, first=JANUARY, last=last, step=Step.DAY, split=Split.REGION)
        assert len(queries) <= 3
        return found, shown(windows, JANUARY, last, "day")

    a_year, divided = told(date(2024, 12, 31))
    assert a_year == divided
    longer, divided = told(date(2025, 1, 1))
    assert not longer.is_divided
    assert (longer.parts, longer.whole, longer.split) == (divided.parts, divided.whole, Split.REGION)
    assert [period.whole for period in longer.periods] == [period.whole for period in divided.periods]
    assert {name for period in longer.periods for name in period.parts} == {UNDIVIDED}


# What programs ask -----------------------------------------------------------------------------


def asked(first, last, *groups, **more):
    question = UsageQuestion(first=first, last=last, groups=frozenset(map(Group, groups)), **more)
    return usage_rows(question, most=100)


@pytest.mark.django_db
def test_sums_are_made_by_what_is_asked_for():
    files = months_of("usa", "europe")
    months_of(service="mirror")
    one = 31 * 29 * 10**9
    (all_of_it,) = asked(JANUARY, date(2024, 3, 31))
    assert (all_of_it.period, all_of_it.service, all_of_it.figures.delivered) == (None, None, 9 * one)
    rows = asked(JANUARY, date(2024, 3, 31), "service", "month")
    assert [(row.period, row.service, row.figures.delivered) for row in rows[:2]] == [
        ("2024-01", "files", 2 * one),
        ("2024-01", "mirror", one),
    ]
    assert len(rows) == 6
    regions = asked(JANUARY, date(2024, 3, 31), "region", services=[files.pk])
    assert [(row.provider, row.region) for row in regions] == [("fastly", "europe"), ("fastly", "usa")]
    (usa,) = asked(JANUARY, date(2024, 3, 31), "year", regions=["usa"], services=[files.pk])
    assert (usa.period, usa.figures.delivered) == ("2024", 3 * one)
    cut = asked(date(2024, 1, 31), date(2024, 3, 1), "month", services=[files.pk])
    assert [row.figures.delivered for row in cut] == [2 * one // 31, 2 * one, 2 * one // 31]
    days = asked(date(2024, 1, 31), date(2024, 1, 31), "day")
    assert [row.period for row in days] == ["2024-01-31"]
    assert asked(date(2020, 1, 1), date(2020, 1, 2)) == []


@pytest.mark.django_db
def test_what_cannot_be_answered_is_refused():
    months_of("usa", "europe")
    for first, last, groups, code, field in (
        (JANUARY, MARCH, ("day", "month"), "several_times", "group_by"),
        (MARCH, JANUARY, (), "ends_before_start", "to"),
        (date(1900, 1, 1), MARCH, (), "date_out_of_reach", "from"),
        (MARCH, date(2100, 1, 1), (), "date_out_of_reach", "to"),
        (date(2010, 1, 1), MARCH, (), "range_too_long", "from"),
        (JANUARY, MARCH, ("day", "region"), "too_many_rows", "group_by"),
    ):
        with pytest.raises(InKindError) as caught:
            asked(first, last, *groups)
        assert (caught.value.code, caught.value.field) == (code, field)
