"""How gifts that keep services running are used: what was metered in the last twelve full months, and whether it falls."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models.functions import Coalesce

from sponsors.commitments.rules import add_months
from sponsors.inkind.models import Supply, UsageMonth
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.renewals.selectors.keys import AnyOf

MONTHS = 12
# Use is falling when the later half of twelve months comes to less than this share of the earlier one.
_FALLING_BELOW = Decimal("0.8")
_TERABYTE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class RegionMonth:
    """Bytes and requests of a service in a month and a region; bytes are billable ones, else those delivered."""

    month: date
    region: int
    bytes: int
    requests: int


Use = Mapping[int, Sequence[RegionMonth]]


def full_months(today: date) -> tuple[date, date]:
    """Return the first day of the twelve full months before this one, and of this one."""
    before = today.replace(day=1)
    return add_months(before, -MONTHS), before


def use_of_services(services: Collection[int] | None, today: date) -> Use:
    """Return what each service used in the last twelve full months, of all when none are named. One query."""
    first, before = full_months(today)
    rows = UsageMonth.objects.filter(month__gte=first, month__lt=before)
    if services is not None:
        rows = rows.filter(service__in=services)
    found: dict[int, list[RegionMonth]] = defaultdict(list)
    for service, month, region, size, requests in rows.order_by("service", "month", "region").values_list(
        "service",
        "month",
        "region",
        Coalesce("billable_bytes", "delivered_bytes", 0),
        Coalesce("requests", 0),
    ):
        found[service].append(RegionMonth(month, region, size, requests))
    return found


@dataclass(frozen=True, slots=True)
class Supplied:
    """A service that a commitment supplies, since when, and what its terms promise a month."""

    service: int
    starts_on: date
    ends_before: date | None
    unit: str | None
    per: str | None
    quantity: Decimal | None
    ceiling: Decimal | None


def supplied_under(commitments: Collection[int]) -> dict[int, list[Supplied]]:
    """Return which services the lines of the commitments supply, ever. One query."""
    found: dict[int, list[Supplied]] = defaultdict(list)
    terms = "line__gift_terms__"
    for commitment, *row in (
        Supply.objects.filter(line__commitment__in=AnyOf(commitments))
        .order_by("pk")
        .values_list(
            "line__commitment",
            "service",
            "starts_on",
            "ends_before",
            f"{terms}unit",
            f"{terms}per",
            f"{terms}quantity",
            f"{terms}ceiling",
        )
    ):
        found[commitment].append(Supplied(*row))
    return found


def on(supplies: Sequence[Supplied], day: date) -> list[Supplied]:
    """Return what is supplied on the day."""
    return [
        one for one in supplies if one.starts_on <= day and (one.ends_before is None or day < one.ends_before)
    ]


def is_falling(supplies: Sequence[Supplied], use: Use, today: date) -> bool | None:
    """Whether ever less of the gift is used: its later six months of twelve came to less than four fifths of the earlier.

    None where months are without figures although it was supplied in them; False where nothing is supplied, or not
    yet for a year.
    """
    first, before = full_months(today)
    if not supplies:
        return False
    sizes: dict[date, int] = defaultdict(int)
    for service in {one.service for one in supplies}:
        for row in use.get(service, ()):
            sizes[row.month] += row.bytes
    if len(sizes) < MONTHS:
        return None if min(one.starts_on for one in supplies) <= first else False
    half = add_months(before, -MONTHS // 2)
    earlier = sum(size for month, size in sizes.items() if month < half)
    later = sum(size for month, size in sizes.items() if month >= half)
    return later < earlier * _FALLING_BELOW


def share_of_ceiling(supplies: Sequence[Supplied], use: Use, today: date) -> Decimal | None:
    """Return which share of the most that is given a month the last full month took; None where that is no number.

    The most is the ceiling, and without one the quantity that was promised.
    """
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    terms = {(one.unit, one.per, one.ceiling or one.quantity) for one in supplies}
    if len(terms) != 1:
        return None
    unit, per, most = terms.pop()
    if (
        most is None
        or per not in {Per.MONTH, Per.AS_USED}
        or unit not in {GiftUnit.TERABYTE, GiftUnit.REQUEST}
    ):
        return None
    rows = [
        row
        for service in {one.service for one in supplies}
        for row in use.get(service, ())
        if row.month == last
    ]
    if not rows:
        return None
    if unit == GiftUnit.TERABYTE:
        return sum(row.bytes for row in rows) / _TERABYTE / most
    return sum(row.requests for row in rows) / most
