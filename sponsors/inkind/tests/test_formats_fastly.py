"""Fastly's statistics, in every documented shape."""

import json

import pytest

from sponsors.inkind.formats import UsageRefused
from sponsors.inkind.formats.rows import RawRow
from sponsors.inkind.rules import UsageFormat
from sponsors.inkind.tests.usage_files import fastly, fastly_row, opened, packed, read

SERVICE = "SU1Z0isxPaozGVKXdv0eY"


def refusal(content, **given):
    with pytest.raises(UsageRefused) as refused:
        read(content, **given)
    return refused.value


def test_a_bucket_is_read_as_it_stands():
    assert read(fastly([fastly_row()])) == [
        RawRow(
            line=1,
            provider="fastly",
            service=SERVICE,
            region="usa",
            starts_at="2024-03-01T14:00:00+00:00",
            granularity="3600",
            billable_bytes="6000",
            delivered_bytes="5000",
            origin_bytes="430",
            requests="100",
            hits="90",
            misses="8",
            passes="2",
            errors="1",
        )
    ]


def test_rows_stand_below_the_ids_of_their_services():
    data = {
        "one": [fastly_row(service_id="absent"), fastly_row(1709305200, service_id="absent")],
        "two": [fastly_row(service_id="absent")],
        "none": [],
    }
    rows = read(fastly(data))
    assert [(row.line, row.service) for row in rows] == [(1, "one"), (2, "one"), (3, "two")]
    assert opened(fastly(data)).format is UsageFormat.FASTLY_STATS


@pytest.mark.parametrize("empty", [[], {}])
def test_an_empty_answer_has_no_rows(empty):
    reader = opened(fastly(empty))
    assert (reader.format, list(reader.rows())) == (UsageFormat.FASTLY_STATS, [])


def test_an_aggregate_is_of_the_service_given_with_it():
    content = fastly([fastly_row(service_id="absent")])
    refused = refusal(content)
    assert (refused.code, refused.line) == ("service_missing", 1)
    assert "Choose the service with the file" in refused.message
    assert read(content, service="files")[0].service == "files"
    # What the file says itself goes before.
    assert read(fastly([fastly_row()]), service="files")[0].service == SERVICE


def test_an_answer_of_one_field_says_only_that():
    (row,) = read(fastly([{"bandwidth": 7, "service_id": SERVICE, "start_time": 1709251200}], by="day"))
    assert (row.billable_bytes, row.delivered_bytes, row.origin_bytes, row.requests) == (
        "7",
        "",
        "",
        "",
    )
    assert (row.starts_at, row.granularity) == ("2024-03-01T00:00:00+00:00", "86400")


@pytest.mark.parametrize("missing", ["edge_resp_header_bytes", "edge_resp_body_bytes"])
def test_a_sum_needs_both_its_parts(missing):
    (row,) = read(fastly([fastly_row(**{missing: "absent"})]))
    assert row.delivered_bytes == ""


def test_what_is_no_count_is_handed_on_to_be_rejected():
    (row,) = read(
        fastly([fastly_row("soon", requests=1.5, hits=[1], miss="many", edge_resp_body_bytes=True)])
    )
    assert (row.starts_at, row.requests, row.misses, row.delivered_bytes) == ("soon", "1.5", "many", "True")
    assert row.hits == "(more than one value)"
    assert read(fastly([fastly_row(10**15)]))[0].starts_at == "1000000000000000"
    assert read(fastly([fastly_row("absent")]))[0].starts_at == ""


@pytest.mark.parametrize(("by", "seconds"), [("minute", "60"), ("hour", "3600"), ("day", "86400")])
def test_the_length_of_buckets_is_what_was_asked_by(by, seconds):
    assert read(fastly([fastly_row()], by=by))[0].granularity == seconds


def test_a_length_that_the_file_does_not_say_is_asked_for():
    content = {"data": [fastly_row()], "status": "success"}
    assert refusal(content).code == "granularity_missing"
    assert read(content, granularity=60)[0].granularity == "60"


@pytest.mark.parametrize("region", [None, "all"])
def test_without_a_region_a_row_is_of_all(region):
    assert read(fastly([fastly_row()], region=region))[0].region == "all"


def test_meta_may_stand_before_the_data():
    answer = fastly([fastly_row()])
    assert read({"meta": answer["meta"], "data": answer["data"]}) == read(answer)


def test_an_error_of_fastly_is_told():
    refused = refusal({"status": "error", "msg": "Provided credentials are missing\nor invalid"})
    assert refused.code == "provider_error"
    assert "Provided credentials are missing or invalid" in refused.message
    assert "does not say which" in refusal({"msg": None, "status": "error"}).message
    assert refusal(fastly([], status="error", msg="x" * 300)).message.count("x") == 199


def test_a_list_of_regions_is_no_usage():
    refused = refusal(fastly(["asia", "usa"]))
    assert refused.code == "not_usage"
    assert "a list of names" in refused.message


def test_totals_of_a_span_are_no_buckets():
    totals = fastly({"usa": {"bandwidth": 5, "requests": 2, "compute_requests": 0}})
    totals["meta"]["to"] = "2024-03-03 00:00:00 UTC"
    refused = refusal(totals, service="files")
    assert refused.code == "not_buckets"
    assert "from 2024-03-01 00:00:00 UTC to 2024-03-03 00:00:00 UTC" in refused.message
    assert "by=hour" in refused.message


@pytest.mark.parametrize(
    ("first", "until"),
    [
        ("2024-03-01 00:00:00 UTC", "2024-03-02 00:00:00 UTC"),
        ("2024-03-01T00:00:00Z", "2024-03-02T00:00:00.000Z"),
        ("2024-03-01 00:00:00 +0000", "2024-03-02 00:00:00 +0000"),
        (1709251200, "1709337600"),
    ],
)
def test_totals_of_exactly_one_day_are_its_bucket(first, until):
    totals = fastly({"usa": {"bandwidth": 5, "requests": 2}, "asia": {"requests": 1, "more": []}})
    totals["meta"] |= {"from": first, "to": until}
    assert refusal(totals).code == "service_missing"
    rows = read(totals, service="files")
    assert [(row.line, row.region, row.billable_bytes, row.requests) for row in rows] == [
        (1, "usa", "5", "2"),
        (2, "asia", "", "1"),
    ]
    assert {(row.service, row.starts_at, row.granularity) for row in rows} == {
        ("files", "2024-03-01T00:00:00+00:00", "86400")
    }
    assert opened(totals).format is UsageFormat.FASTLY_USAGE


@pytest.mark.parametrize(
    ("first", "until"),
    [
        ("2024-03-01 12:00:00 UTC", "2024-03-02 12:00:00 UTC"),
        ("2024-13-01 00:00:00 UTC", "2024-03-02 00:00:00 UTC"),
        (None, None),
        ("9" * 30, "yesterday"),
    ],
)
def test_a_day_is_one_from_midnight_to_midnight(first, until):
    totals = fastly({"usa": {"bandwidth": 5}})
    totals["meta"] |= {"from": first, "to": until}
    assert refusal(totals, service="files").code == "not_buckets"


def test_totals_by_service_name_theirs():
    rows = read(
        fastly({"usa": {"one": {"bandwidth": 5, "requests": 2}, "two": {"bandwidth": 1}}, "asia": {}})
    )
    assert [(row.region, row.service, row.billable_bytes) for row in rows] == [
        ("usa", "one", "5"),
        ("usa", "two", "1"),
    ]


def test_totals_of_a_month_are_refused():
    refused = refusal(fastly({"customer_id": "x", "services": {}, "total": {}}))
    assert (refused.code, "without the time" in refused.message) == ("not_buckets", True)


@pytest.mark.parametrize("keep", [15, 60, 700, 1500])
def test_json_that_ends_early_says_in_which_row(keep):
    whole = json.dumps(fastly([fastly_row(1709301600 + 3600 * n) for n in range(9)]))
    refused = refusal(whole[:keep])
    assert refused.code == "json_ends_early"
    assert refused.line == max(whole[:keep].count("start_time"), 1)
    assert f"in row {refused.line}." in refused.message


def test_damaged_json_is_refused():
    whole = json.dumps(fastly([fastly_row()]))
    assert refusal(whole.replace('"hits": 90', '"hits": ')).code == "json_damaged"
    assert refusal(whole + "{}").code == "json_damaged"
    assert refusal(whole + " " * 300_000 + "{}").code == "json_damaged"
    assert refusal(whole.replace("6000", "9" * 40)).code == "number_too_large"
    assert refusal(whole.replace('"hits": 90', '"hits": "' + "9" * 3_000_000 + '"')).code == "value_too_long"


def test_too_many_rows_are_refused():
    content = fastly([fastly_row(), fastly_row(), fastly_row()])
    refused = refusal(content, most_rows=2)
    assert (refused.code, refused.line) == ("too_many_rows", 3)


def test_gzip_is_unpacked_and_progress_is_of_the_file():
    content = packed(json.dumps(fastly([fastly_row(1709301600 + 3600 * n) for n in range(500)])))
    seen: list[int] = []
    assert len(read(content, on_progress=seen.append)) == 500
    assert seen == sorted(seen)
    assert seen[-1] == len(content)
