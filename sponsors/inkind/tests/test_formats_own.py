"""Bursar's own rows: CSV, JSON, NDJSON; and how a format is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.formats import UsageRefused, csv_template
from sponsors.inkind.formats.rows import RawRow, rows_of
from sponsors.inkind.rules import UsageFormat
from sponsors.inkind.tests.usage_files import (
    HEADER,
    opened,
    own_csv,
    own_line,
    own_row,
    packed,
    read,
)

ROW = RawRow(
    line=2,
    provider="",
    service="files",
    region="usa",
    starts_at="2024-03-01T14:00:00Z",
    granularity="3600",
    billable_bytes="5000",
    delivered_bytes="",
    origin_bytes="",
    requests="100",
    hits="90",
    misses="8",
    passes="",
    errors="1",
)


def refusal(content, **given):
    with pytest.raises(UsageRefused) as refused:
        read(content, **given)
    return refused.value


# CSV -------------------------------------------------------------------------------------------


def test_a_line_is_a_bucket():
    content = own_csv(own_line())
    assert read(content) == [ROW]
    assert opened(content).format is UsageFormat.CSV
    assert read(packed(content)) == [ROW]


@pytest.mark.parametrize(
    "content",
    [
        own_csv(own_line()).replace("\n", "\r\n"),
        "\ufeff" + own_csv(own_line()),
        own_csv(own_line()).rstrip("\n"),
        own_csv(own_line()) + "\n  \n",
        own_csv(own_line().replace("files", '"files"')),
        own_csv(own_line().replace(",", ", ")),
        own_csv(own_line(), header=HEADER.upper().replace(",", ", ")),
        own_csv(own_line(granularity="Hour")),
        own_csv(own_line(granularity="3600")),
    ],
)
def test_how_a_line_is_written_makes_no_difference(content):
    assert read(content) == [ROW]


def test_the_template_is_a_file_that_can_be_read():
    (row,) = read(csv_template())
    assert (row.provider, row.service, row.granularity) == ("fastly", "files", "3600")
    assert "" not in row


def test_empty_cells_are_unknown_and_an_empty_region_is_all():
    (row,) = read(own_csv("files,2024-03-01,day,,,,,,5"))
    assert (row.region, row.requests, row.billable_bytes) == ("all", "", "5")
    (row,) = read(own_csv("files,2024-03-01,day,5", header="service,start,granularity,bytes"))
    assert (row.region, row.requests, row.provider) == ("all", "", "")


@pytest.mark.parametrize("line", [own_line(region=""), own_line(service='"files"')])
def test_rows_that_were_taken_together_can_be_looked_at_again(line):
    content = own_csv(own_line(), line)
    (batch,) = opened(content).batches()
    assert list(rows_of(batch)) == list(rows_of(batch)) == read(content)


def test_what_is_given_stands_for_columns_that_are_missing():
    (row,) = read(own_csv("2024-03-01T00:00Z,5", header="start,bytes"), service="files", granularity=60)
    assert (row.service, row.granularity) == ("files", "60")
    (row,) = read(own_csv(own_line()), service="other", granularity=60)
    assert (row.service, row.granularity) == ("files", "3600")


def test_lines_are_counted_over_blank_ones():
    assert [row.line for row in read(own_csv(own_line(), "", own_line(), "\r", own_line()))] == [2, 4, 6]


@pytest.mark.parametrize(
    ("content", "code", "line", "said"),
    [
        (own_csv(header=HEADER.replace("hits", "hit")), "column_unknown", 1, "“hit”, which is none"),
        (own_csv(header=HEADER.replace("hits", "misses")), "column_twice", 1, "“misses” twice"),
        (own_csv(header="service,start,bytes"), "column_missing", 1, "“granularity”"),
        (own_csv(header="service,start,granularity,region"), "column_missing", 1, "no column of counts"),
        (own_csv(own_line(), "files,2024"), "cells_missing", 3, "has 2 cells"),
        (own_csv(own_line(), own_line() + ",1", own_line()[:-5]), "cells_missing", 3, "has 10 cells"),
        (own_csv('"files"' + own_line()[5:], own_line() + ",1"), "cells_missing", 3, "has 10 cells"),
        (own_csv(own_line(), '"files,2024'), "csv_damaged", 3, "not closed on the line"),
        (own_csv('"fi\nles"' + own_line()[5:]), "csv_damaged", 2, "not closed on the line"),
        (own_csv(own_line()).replace("\n", "\r"), "csv_damaged", 1, "carriage return"),
        (own_csv(own_line(), "\0"), "not_text", 3, "zero byte"),
        (own_csv(own_line(), "f" * 100_001), "line_too_long", 3, "longer than 100,000"),
        (own_csv(own_line(), "f" * 600_000), "line_too_long", 3, "longer than 100,000"),
        (own_csv(own_line()) + "f" * 200_000, "line_too_long", 3, "longer than 100,000"),
        (own_csv(own_line()).encode() + b"caf\xe9\n", "not_utf8", 3, "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content, code, line, said):
    refused = refusal(content)
    assert (refused.code, refused.line) == (code, line)
    assert said in refused.message
    assert refused.field == "file"


def test_too_many_rows_are_refused():
    refused = refusal(own_csv(own_line(), own_line(), own_line()), most_rows=2)
    assert (refused.code, refused.line) == ("too_many_rows", 3)


def test_a_file_of_many_blocks_is_read_whole():
    lines = [own_line(requests=number) for number in range(20_000)]
    seen: list[int] = []
    content = own_csv(*lines)
    rows = read(content, on_progress=seen.append)
    assert [(row.line, row.requests) for row in rows] == [(n + 2, str(n)) for n in range(20_000)]
    assert (seen[-1], len(seen) > 3) == (len(content), True)


@given(st.lists(st.text(alphabet='ab",\n\r é\t', max_size=30), max_size=8))
def test_any_lines_are_read_or_refused_with_a_line(lines):
    said = ""
    try:
        rows = read(own_csv(*lines))
    except UsageRefused as refused:
        rows, said = [], f"{refused.line}: {refused.message}"
    assert not said or said.startswith(f"{said.partition(':')[0]}: Line {said.partition(':')[0]} ")
    assert len(rows) <= "\n".join(lines).count("\n") + 1


# JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: {"rows": [row]}])
def test_rows_of_json_are_those_of_csv(wrap):
    reader = opened(wrap(own_row()))
    assert reader.format is UsageFormat.JSON
    assert list(reader.rows()) == [ROW._replace(line=1)]


def test_a_row_of_json_a_line():
    content = f"{json.dumps(own_row())}\n\n{json.dumps(own_row())}"
    reader = opened(content)
    assert reader.format is UsageFormat.NDJSON
    assert list(reader.rows()) == [ROW._replace(line=1), ROW._replace(line=3)]


def test_what_a_row_does_not_say_is_given_or_unknown():
    bare = {"start": "2024-03-01", "granularity": None, "bytes": 5}
    for content in ([bare], json.dumps(bare)):
        (row,) = read(content, service="files", granularity=86400)
        assert (row.service, row.granularity, row.region, row.hits) == ("files", "86400", "all", "")
        (row,) = read(content)
        assert (row.service, row.granularity) == ("", "")


def test_values_that_are_none_are_handed_on_to_be_rejected():
    odd = own_row(requests=1.5, hits={"a": 1}, misses=True, errors=-1, granularity=3600)
    for content in ([odd], json.dumps(odd)):
        (row,) = read(content)
        assert (row.requests, row.hits, row.misses, row.errors) == (
            "1.5",
            "(more than one value)",
            "True",
            "-1",
        )
        assert row.granularity == "3600"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ([own_row(), own_row(hit=1)], "column_unknown", 2),
        ([own_row(), 7], "row_unreadable", 2),
        ({"rows": [own_row()], "more": 1}, "shape_unknown", 2),
        ({"rows": 5}, "shape_unknown", 1),
        (json.dumps(own_row()) + "\n" + json.dumps(own_row(hit=1)), "column_unknown", 2),
        (json.dumps(own_row()) + "\n[1]", "row_unreadable", 2),
        (json.dumps(own_row()) + "\n" + json.dumps(own_row())[:40], "row_unreadable", 2),
        (json.dumps(own_row()) + "\n" + "[" * 90_000, "row_unreadable", 2),
        (json.dumps([own_row(), own_row()])[:-40], "json_ends_early", 2),
        (json.dumps([own_row()]) + "]", "json_damaged", 1),
        (json.dumps({"rows": [own_row()]}) + "]", "json_damaged", 1),
    ],
)
def test_json_that_cannot_be_read_says_in_which_row(content, code, line):
    refused = refusal(content)
    assert (refused.code, refused.line) == (code, line)


def test_an_object_that_goes_on_and_on_is_not_kept():
    many = {f"name-{number}": number for number in range(100_000)}
    assert refusal([many]).code == "column_unknown"


def test_too_many_rows_of_json_are_refused():
    assert refusal([own_row()] * 3, most_rows=2).line == 3
    assert refusal("\n".join([json.dumps(own_row())] * 3), most_rows=2).line == 3


def test_an_empty_list_has_no_rows():
    assert read([]) == []
    assert read({"rows": []}) == []


# Telling formats -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "  \n ", packed("")])
def test_an_empty_file_is_refused(content):
    assert refusal(content, name="march.csv").message == "march.csv is empty. Choose another."


@pytest.mark.parametrize(
    "content", ["# Notes\n\nwords\n", "a,b\n1,2\n", "\nservice,start\n", '{"cards": [1]}', "{}"]
)
def test_what_is_no_usage_is_refused_with_what_is(content):
    refused = refusal(content)
    assert refused.code == "shape_unknown"
    assert "Bursar reads Fastly statistics" in refused.message


def test_gzip_that_is_damaged_is_refused():
    whole = packed(own_csv(*[own_line(requests=number) for number in range(5_000)]))
    for content in (whole[:-20], whole[:200] + b"\0" * 50 + whole[250:], whole + b"more"):
        assert refusal(content).code == "gzip_damaged"


def test_cells_between_semicolons_or_tabs_are_told_from_no_usage_at_all():
    for sign in (";", "\t"):
        refused = refusal(own_csv(own_line()).replace(",", sign))
        assert (refused.code, refused.line) == ("shape_unknown", 1)
        assert "Save it with commas." in refused.message
