"""Prices as a table that people read: a row a region, a column a slab."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sponsors.inkind.rules.pricing import Prices, Tier, gigabyte_text, plain_number
from sponsors.inkind.rules.tiers import Tiers


@dataclass(frozen=True, slots=True)
class Column:
    """A slab: what lies between two bounds, in words."""

    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one metric, and what a rate in them is for."""

    title: str
    unit: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    rate: str
    is_published: bool


@dataclass(frozen=True, slots=True)
class Row:
    region: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RateTable:
    groups: tuple[Group, Group]
    rows: tuple[Row, ...]
    is_extrapolated: bool


def rate_table(prices: Prices) -> RateTable:
    """Return all prices in one table. A column ends wherever a tier of any region does."""
    bandwidth, requests = _bounds(prices.bandwidth), _bounds(prices.requests)
    places, calls_places = _places(prices.bandwidth), _places(prices.requests)
    groups = (
        Group(
            "Bandwidth",
            f"{prices.currency} for a {gigabyte_text(prices.gigabyte)}, by GB in the month",
            _columns(bandwidth),
        ),
        Group("Requests", f"{prices.currency} for {prices.request_unit:,}", _columns(requests)),
    )
    rows = tuple(
        Row(
            region,
            (*_cells(slabs, bandwidth, places), *_cells(prices.requests[region], requests, calls_places)),
        )
        for region, slabs in prices.bandwidth.items()
    )
    return RateTable(
        groups, rows, is_extrapolated=any(not cell.is_published for row in rows for cell in row.cells)
    )


def _bounds(tiers: Tiers) -> list[Decimal | None]:
    ends = {tier.up_to for slabs in tiers.values() for tier in slabs if tier.up_to is not None}
    return [*sorted(ends), None]


def _places(tiers: Tiers) -> int:
    """Return how many decimals the rate with the most of them has, so that all are written alike."""
    written = (plain_number(tier.rate).partition(".")[2] for slabs in tiers.values() for tier in slabs)
    return max(map(len, written))


def _columns(bounds: Sequence[Decimal | None]) -> tuple[Column, ...]:
    ends = [plain_number(bound) for bound in bounds if bound is not None]
    return (*(Column(f"to {end}") for end in ends), Column(f"above {ends[-1]}" if ends else "all"))


def _cells(slabs: Sequence[Tier], bounds: Sequence[Decimal | None], places: int) -> list[Cell]:
    """Return what a unit costs between each two bounds."""
    cells, remaining = [], iter(slabs)
    tier = next(remaining)
    for up_to in bounds:
        cells.append(Cell(f"{tier.rate:,.{places}f}", tier.is_published))
        if tier.up_to is not None and tier.up_to == up_to:
            tier = next(remaining)
    return cells
