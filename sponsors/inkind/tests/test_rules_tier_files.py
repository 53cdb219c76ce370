"""Tiers as lines of CSV: what a person pastes or uploads."""

from decimal import Decimal

import pytest

from sponsors.inkind.rules import Tier, TiersRefused
from sponsors.inkind.rules.tier_files import read_tiers, written_tiers

HEAD = "metric,region,up_to,rate,published\n"
GOOD = HEAD + (
    'bandwidth,"US,MX,CA",10240,0.085,yes\n'
    'bandwidth,"US,MX,CA",,0.02,no\n'
    'requests,"US,MX,CA",,0.01,\n'
)  # fmt: skip


def test_lines_become_tiers_in_their_order():
    bandwidth, requests = read_tiers(GOOD)
    assert bandwidth == {
        "US,MX,CA": [Tier(Decimal(10240), Decimal("0.085")), Tier(None, Decimal("0.02"), is_published=False)]
    }
    assert requests == {"US,MX,CA": [Tier(None, Decimal("0.01"))]}


def test_what_is_written_is_read_again():
    read = read_tiers(GOOD)
    assert read_tiers(written_tiers(*read)) == read


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffRegion;Metric;Rate;Up_to\r\nusa;Bandwidth;0.1;\r\n\r\nusa;REQUESTS;0;\r\n",
        "\nmetric\tregion\tup_to\trate\tpublished\nbandwidth\tusa\t\t0.1\tTrue\nrequests\tusa\t\t0\t1\n",
    ],
    ids=["semicolons of a spreadsheet, other order", "tabs of copied cells"],
)
def test_what_a_spreadsheet_gives_is_read(text):
    open_tier = Tier(None, Decimal("0.1"))
    assert read_tiers(text) == ({"usa": [open_tier]}, {"usa": [Tier(None, Decimal(0))]})


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("", "no_tiers", "There are no tiers of bandwidth. Enter at least one."),
        ("metric,region,rate\n", "columns_unknown", "Line 1 must name the columns: metric, region, up_to, rate, published, each once. Download the template"),
        ("metric,region,up_to,rate,rate\n", "columns_unknown", "Line 1 must name"),
        (HEAD + "bandwidth,usa,,0.1\n", "cells_of_line", "Line 2 has 4 cells, and the first line names 5 columns."),
        (HEAD + "bandwidth,US,MX,CA,,0.1,\n", "cells_of_line", "Put a region with a comma in quotation marks."),
        (HEAD + 'bandwidth,"usa,,0.1,\n', "not_csv", "Line 2 cannot be read: a quotation mark is not closed. Close it."),
        (HEAD + "bytes,usa,,0.1,\n", "metric_unknown", "Line 2: “bytes” is no metric. Write bandwidth or requests."),
        (HEAD + "\nbandwidth,usa,,-0.1,\n", "number_unreadable", "Line 3: “-0.1” in rate is no number. Write digits and a dot"),
        (HEAD + "bandwidth,usa,,,\n", "number_unreadable", "Line 2: “” in rate is no number."),
        (HEAD + 'bandwidth,usa,"10,000",0.1,\n', "number_unreadable", "Line 2: “10,000” in up_to is no number."),
        (HEAD + "bandwidth,usa,,0.1,perhaps\n", "published_unclear", "Line 2: “perhaps” in published is unclear. Write yes or no."),
        (HEAD + "bandwidth,usa,20,0.1,\nbandwidth,usa,10,0.1,\nbandwidth,usa,,0.1,\nrequests,usa,,0,\n", "bounds_not_ascending", "Line 3: Bandwidth in “usa”, tier 2: it must end above 20"),
        (HEAD + "bandwidth,usa,,0.1,\n", "price_missing", "Line 2: “usa” has a price for bandwidth and none for requests."),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_named_with_the_fix(text, code, sentence):
    with pytest.raises(TiersRefused) as caught:
        read_tiers(text)
    assert caught.value.code == code
    assert caught.value.message.startswith(sentence) or sentence in caught.value.message
