"""Cloudflare's GraphQL answers."""

import json

import pytest

from sponsors.inkind.formats import UsageRefused
from sponsors.inkind.rules import UsageFormat
from sponsors.inkind.tests.usage_files import cloudflare, group, opened, read


def refusal(content, **given):
    with pytest.raises(UsageRefused) as refused:
        read(content, **given)
    return refused.value


def test_a_group_is_a_bucket_of_all_regions():
    reader = opened(cloudflare(group(), tag="023e105f"))
    assert reader.format is UsageFormat.CLOUDFLARE
    (row,) = reader.rows()
    assert (row.line, row.provider, row.service, row.region) == (1, "cloudflare", "023e105f", "all")
    assert (row.starts_at, row.granularity) == ("2024-03-01T14:00:00Z", "3600")
    assert (row.billable_bytes, row.delivered_bytes, row.origin_bytes) == ("5000", "5000", "500")
    assert (row.requests, row.hits, row.misses, row.passes, row.errors) == ("100", "90", "10", "", "")


@pytest.mark.parametrize(
    ("name", "dimension", "seconds"),
    [
        ("httpRequests1mGroups", "datetimeMinute", "60"),
        ("httpRequests1hGroups", "datetime", "3600"),
        ("httpRequests1dGroups", "date", "86400"),
    ],
)
def test_groups_are_of_a_minute_an_hour_or_a_day(name, dimension, seconds):
    (row,) = read(cloudflare(group("2024-03-01", dimension=dimension), name=name), service="files")
    assert (row.starts_at, row.granularity, row.service) == ("2024-03-01", seconds, "files")


def test_a_zone_says_its_tag_before_or_behind_its_groups():
    zones = [
        {"zoneTag": "one", "httpRequests1hGroups": [group(), group()]},
        {"httpRequests1hGroups": [group()], "zoneTag": "two"},
        {"settings": {"tls": True}, "zoneTag": None, "httpRequests1hGroups": [group()]},
        "no zone",
    ]
    content = {"errors": [], "data": {"more": 1, "viewer": {"budget": 5, "zones": zones}}}
    assert [row.service for row in read(content, service="three")] == ["one", "one", "two", "three"]
    assert refusal(content).line == 4


def test_without_tag_the_service_is_asked_for():
    refused = refusal(cloudflare(group()))
    assert (refused.code, "zoneTag" in refused.message) == ("service_missing", True)


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([{"message": "zones is over the limit", "path": ["viewer"]}], "zones is over the limit"),
        (["not authorized"], "not authorized"),
        ("not authorized", "not authorized"),
        ([{}], "does not say which"),
    ],
)
def test_errors_of_cloudflare_are_told(errors, said):
    for content in ({"data": None, "errors": errors}, {"errors": errors, "data": None}):
        refused = refusal(content)
        assert (refused.code, said in refused.message) == ("provider_error", True)


def test_groups_that_are_no_buckets_are_refused():
    refused = refusal(cloudflare(group(), name="httpRequestsAdaptiveGroups", tag="one"))
    assert refused.code == "groups_unknown"
    assert "httpRequests1hGroups" in refused.message


def test_what_a_group_lacks_is_unknown_and_what_is_none_is_handed_on():
    rows = read(
        cloudflare({"dimensions": {}, "sum": {"requests": -1, "bytes": "many"}}, {"sum": None}, 7, tag="one")
    )
    assert [(row.starts_at, row.requests, row.billable_bytes, row.misses) for row in rows] == [
        ("", "-1", "many", ""),
        ("", "", "", ""),
        ("", "", "", ""),
    ]


def test_more_zones_than_may_be_are_refused():
    zones: list[dict[str, str]] = [{}] * 10_001
    assert refusal({"data": {"viewer": {"zones": zones}}, "errors": None}).code == "too_many_rows"


def test_an_answer_without_zones_has_no_rows():
    assert read({"data": {"viewer": {"zones": []}}, "errors": None}) == []


def test_an_answer_that_ends_early_says_in_which_row():
    whole = json.dumps(cloudflare(group(), group(), tag="one"))
    refused = refusal(whole[: whole.rindex("cachedBytes")])
    assert (refused.code, refused.line) == ("json_ends_early", 2)
