"""CloudFront's usage report, whose lines are put together to buckets."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.formats import UsageRefused
from sponsors.inkind.formats.merging import Sums, total
from sponsors.inkind.rules import UsageFormat
from sponsors.inkind.tests.usage_files import opened, read, report, report_line


def refusal(content, **given):
    with pytest.raises(UsageRefused) as refused:
        read(content, **given)
    return refused.value


def test_lines_of_an_hour_and_region_are_one_bucket():
    content = report(
        report_line("US-Out-Bytes-HTTPS-Static", 5_000),
        report_line("EU-Out-Bytes-HTTP-Proxy", 70),
        report_line("US-Requests-HTTPS-Static", 90),
        report_line("US-Out-Bytes-HTTP-Dynamic", 500),
        report_line("US-Requests-HTTP-Proxy", 10),
        report_line("Invalidations", 3),
        "",
    )
    reader = opened(content)
    assert reader.format is UsageFormat.CLOUDFRONT
    europe, america = reader.rows()
    assert (america.line, america.service, america.region) == (2, "E1A2B3", "US")
    assert (america.starts_at, america.granularity) == ("2024-03-01T14:00:00+00:00", "3600")
    assert (america.billable_bytes, america.delivered_bytes, america.requests) == ("5500", "5500", "100")
    assert (america.origin_bytes, america.hits) == ("", "")
    assert (europe.line, europe.region, europe.billable_bytes, europe.requests) == (3, "EU", "70", "")


def test_a_report_by_day_has_buckets_of_a_day():
    (row,) = read(report(report_line(starts="03/01/2024 00:00:00", ends="03/02/2024 00:00:00")))
    assert (row.starts_at, row.granularity) == ("2024-03-01T00:00:00+00:00", "86400")


def test_a_line_that_names_no_distribution_is_of_the_service_given():
    content = report(report_line(resource=""))
    refused = refusal(content)
    assert (refused.code, refused.line) == ("service_missing", 2)
    assert read(content, service="files")[0].service == "files"
    without = report(
        "US-Out-Bytes-HTTP-Static,03/01/24 14:00:00,03/01/24 15:00:00,7",
        header="UsageType,StartTime,EndTime,UsageValue",
    )
    assert read(without, service="files")[0].billable_bytes == "7"


def test_what_is_no_count_makes_its_bucket_one_to_be_rejected():
    (row,) = read(report(report_line(value=5), report_line(value=-3), report_line(value=7)))
    assert row.billable_bytes == "-3"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (report_line(ends="04/01/24 14:00:00"), "granularity_unknown"),
        (report_line(starts="2024-03-01"), "time_unreadable"),
        (report_line(ends="soon"), "time_unreadable"),
        ("AmazonCloudFront,GET,US-Out-Bytes", "cells_missing"),
        ('"AmazonCloudFront,GET', "csv_damaged"),
    ],
)
def test_a_line_that_cannot_be_is_named(line, code):
    refused = refusal(report(report_line(), line))
    assert (refused.code, refused.line) == (code, 3)
    assert "Line 3" in refused.message


def test_a_report_needs_its_columns():
    refused = refusal(report(header="Service, UsageType, StartTime, UsageValue"))
    assert (refused.code, "endtime" in refused.message) == ("column_missing", True)


def test_too_many_buckets_are_refused():
    content = report(report_line(), report_line("EU-Out-Bytes-HTTP-Static"))
    assert refusal(content, most_rows=1).code == "too_many_rows"


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 10**12)), max_size=60),
    st.integers(1, 5),
)
def test_sums_are_the_same_however_little_is_in_memory(entries, most):
    def summed(size):
        with Sums(size) as sums:
            for line, (key, which, count) in enumerate(entries):
                sums.add(line, ("files", str(key), "3600", "US"), which, str(count))
            return list(sums.merged())

    in_memory = summed(1_000)
    assert summed(most) == in_memory
    assert sum(int(size or 0) + int(requests or 0) for _line, _key, (size, requests) in in_memory) == sum(
        count for _key, _which, count in entries
    )


def test_a_sum_knows_what_is_missing():
    assert (total(None, None), total("1", None), total(None, "2"), total("1", "2")) == (None, "1", "2", "3")
    assert (total("1", "x"), total("", "2")) == ("x", "")


def hash_of(line):
    return hashlib.sha256(line.encode()).digest()


def test_a_long_report_in_any_order_is_put_together(monkeypatch):
    monkeypatch.setattr("sponsors.inkind.formats.merging._MOST_IN_MEMORY", 50)
    lines = [
        report_line(f"{region}-{kind}-HTTPS-Static", 1, resource=f"E{number}")
        for number in range(100)
        for region in ("US", "EU")
        for kind in ("Out-Bytes", "Requests")
    ]
    rows = read(report(*sorted(lines, key=hash_of)))
    assert len(rows) == 200
    assert {(row.billable_bytes, row.requests) for row in rows} == {("1", "1")}
