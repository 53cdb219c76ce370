"""Prices as a table, and quantities as people type them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sponsors.inkind.rules import Gigabyte, InKindError, Prices, Tier
from sponsors.inkind.rules.quantities import LARGEST, read_bytes, read_count
from sponsors.inkind.rules.rate_tables import rate_table

CARD = Prices(
    name="List, version 1",
    currency="USD",
    gigabyte=Gigabyte.DECIMAL,
    request_unit=10_000,
    bandwidth={
        "usa": [Tier(Decimal(10_000), Decimal("0.12")), Tier(None, Decimal("0.08"), is_published=False)],
        "asia": [Tier(Decimal(5_000), Decimal("0.190")), Tier(None, Decimal("0.1"))],
    },
    requests={"usa": [Tier(None, Decimal("0.0075"))], "asia": [Tier(None, Decimal("0.009"))]},
)


def test_a_column_ends_wherever_a_tier_of_any_region_does():
    table = rate_table(CARD)
    assert [(group.title, group.unit) for group in table.groups] == [
        ("Bandwidth", "USD for a GB (10^9 bytes), by GB in the month"),
        ("Requests", "USD for 10,000"),
    ]
    assert [column.label for group in table.groups for column in group.columns] == [
        "to 5,000",
        "to 10,000",
        "above 10,000",
        "all",
    ]
    assert {row.region: [cell.rate for cell in row.cells] for row in table.rows} == {
        "usa": ["0.12", "0.12", "0.08", "0.0075"],
        "asia": ["0.19", "0.10", "0.10", "0.0090"],
    }
    assert [cell.is_published for cell in table.rows[0].cells] == [True, True, False, True]
    assert table.is_extrapolated


def test_a_table_of_published_prices_says_nothing_of_others():
    only = replace(CARD, bandwidth=CARD.requests)
    assert not rate_table(only).is_extrapolated


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("", 0),
        ("66 PB", 66 * 10**15),
        ("1.5TiB", 1536 * 2**30),
        ("1,500,000", 1_500_000),
        ("1 500 000 b", 1_500_000),
        ("12 bytes", 12),
        ("9223372036854775807", LARGEST),
    ],
)
def test_bytes_are_read_as_people_write_them(typed, count):
    assert read_bytes(typed) == count


@pytest.mark.parametrize(
    ("typed", "count"), [("100 billion", 10**11), ("1.2 Trillion", 12 * 10**11), ("7", 7), (" ", 0)]
)
def test_counts_are_read_as_people_write_them(typed, count):
    assert read_count(typed) == count


@pytest.mark.parametrize(
    ("read", "typed", "code"),
    [
        (read_bytes, "66 petabytes", "quantity_unreadable"),
        (read_bytes, "-1", "quantity_unreadable"),
        (read_bytes, "1,5 TB", "quantity_unreadable"),
        (read_bytes, "0.5", "quantity_not_whole"),
        (read_bytes, "10 EB", "quantity_too_large"),
        (read_bytes, "9" * 200, "quantity_too_large"),
        (read_count, "66 PB", "quantity_unreadable"),
        (read_count, "٣", "quantity_unreadable"),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example(read, typed, code):
    with pytest.raises(InKindError) as caught:
        read(typed)
    assert caught.value.code == code
    assert "Write" in caught.value.message
