"""What a gift in kind promised and what came of it, month by month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import GiftTerms, Supply, UsageDay, UsageMonth, Valuation
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.inkind.rules.promises import Promise, progress, promised_in_year, year_of
from sponsors.inkind.selectors.windows import Window, following_month, in_months, in_other_days

_TERABYTE = Decimal(10) ** 12
_METERED = frozenset({GiftUnit.TERABYTE, GiftUnit.REQUEST})
# What the provider gives is what it would charge for; where it tells no such bytes, what reached users.
_USED: dict[str, Any] = {"used": Sum(Coalesce("billable_bytes", "delivered_bytes")), "asked": Sum("requests")}


@dataclass(frozen=True, slots=True)
class Used:
    """Bytes and requests that were metered; None where nobody told."""

    bytes: int | None = None
    requests: int | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """What approved valuations say, in the commitment's currency; None without any."""

    list_value: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DeliveredMonth:
    """A month of UTC. Quantities are in the unit of the terms; shares count what came so far in the promise's time."""

    month: date
    year: int
    quantity: Decimal | None
    used: Used
    in_year: Decimal
    promise_share: Decimal | None
    ceiling_share: Decimal | None
    worth: Worth


@dataclass(frozen=True, slots=True)
class DeliveredYear:
    """Twelve months of the gift, or those of them that have begun."""

    number: int
    first: date
    last: date
    promised: Decimal | None
    quantity: Decimal
    used: Used
    worth: Worth


@dataclass(frozen=True, slots=True)
class PromisedAndDelivered:
    """A line in kind with its terms, if they were said, and every month of it up to now."""

    line: CommitmentLine
    terms: GiftTerms | None
    supplies: Sequence[Supply]
    months: Sequence[DeliveredMonth]
    years: Sequence[DeliveredYear]

    @property
    def is_metered(self) -> bool:
        """Whether the quantity is read from usage, and not from valuations."""
        return self.terms is not None and self.terms.unit in _METERED


def promised_and_delivered(line: CommitmentLine, today: date) -> PromisedAndDelivered:
    """Return the months of a line from its first day to today. At most six queries, and the line's commitment."""
    commitment = line.commitment
    terms = GiftTerms.objects.filter(line=line).first()
    supplies = list(
        Supply.objects.filter(line=line).select_related("service", "sponsor").order_by("service", "starts_on")
    )
    first = max(commitment.starts_on, line.added_by.effective_on if line.added_by else commitment.starts_on)
    before = commitment.held_before
    if line.removed_by is not None:
        before = min(before, line.removed_by.effective_on)
    months = _months(first, min(before, following_month(today)))
    used = _used(
        [Window(row.service_id, row.starts_on, row.ends_before or following_month(today)) for row in supplies]
    )
    valued = _valued(line)
    quantities = [_quantity(terms, used.get(month), valued.get(month)) for month in months]
    promise = Promise(Per(terms.per), terms.quantity, terms.ceiling) if terms else None
    steps = progress(first, months, (quantity or Decimal(0) for quantity in quantities), promise)
    rows = [
        DeliveredMonth(
            month,
            year_of(first, month),
            quantity,
            used.get(month, Used()),
            step.in_year,
            None if quantity is None else step.promise_share,
            None if quantity is None else step.ceiling_share,
            _worth(valued.get(month)),
        )
        for month, quantity, step in zip(months, quantities, steps, strict=True)
    ]
    return PromisedAndDelivered(line, terms, supplies, rows, _years(rows, promise))


def _months(first: date, before: date) -> list[date]:
    months, month = [], first.replace(day=1)
    while month < before:
        months.append(month)
        month = following_month(month)
    return months


def _used(windows: Sequence[Window]) -> dict[date, Used]:
    """Return what was metered in each month of the windows. At most two queries."""
    found: dict[date, Used] = defaultdict(Used)
    months, days = in_months(windows), in_other_days(windows)
    rows: list[tuple[QuerySet[Any], Any]] = []
    if months:
        rows.append((UsageMonth.objects.filter(months), F("month")))
    if days:
        rows.append((UsageDay.objects.filter(days), TruncMonth("day")))
    for queryset, month in rows:
        for row in queryset.order_by().values(at=month).annotate(**_USED):
            there = found[row["at"]]
            found[row["at"]] = Used(_sum(there.bytes, row["used"]), _sum(there.requests, row["asked"]))
    return found


def _valued(line: CommitmentLine) -> dict[date, dict[str, Any]]:
    """Return quantity and value of each month by approved valuations. Two queries."""
    found: dict[date, dict[str, Any]] = defaultdict(dict)
    counting = Valuation.objects.counting().filter(line=line).order_by()
    for row in counting.values("month").annotate(list=Sum("list_value"), net=Sum("value")):
        found[row["month"]] |= row
    standing = Valuation.objects.approved_originals().filter(line=line).order_by()
    for each in standing.values("month").annotate(counted=Sum("quantity")):
        found[each["month"]] |= each
    return found


def _quantity(terms: GiftTerms | None, used: Used | None, valued: dict[str, Any] | None) -> Decimal | None:
    """Return what came in the unit of the terms: metered, or as it was valued. None where nobody told."""
    if terms is None:
        return None
    if terms.unit == GiftUnit.TERABYTE:
        return None if used is None or used.bytes is None else Decimal(used.bytes) / _TERABYTE
    if terms.unit == GiftUnit.REQUEST:
        return None if used is None or used.requests is None else Decimal(used.requests)
    counted: Decimal | None = valued.get("counted") if valued else None
    return counted


def _worth(valued: dict[str, Any] | None) -> Worth:
    return Worth(valued.get("list"), valued.get("net")) if valued else Worth()


def _years(rows: Sequence[DeliveredMonth], promise: Promise | None) -> list[DeliveredYear]:
    years = []
    for number, group in groupby(rows, key=lambda row: row.year):
        months = list(group)
        years.append(
            DeliveredYear(
                number,
                months[0].month,
                months[-1].month,
                promised_in_year(promise, len(months)) if promise else None,
                months[-1].in_year,
                Used(_total(row.used.bytes for row in months), _total(row.used.requests for row in months)),
                Worth(
                    _total(row.worth.list_value for row in months), _total(row.worth.value for row in months)
                ),
            )
        )
    return years


def _total(values: Any) -> Any:
    total = None
    for value in values:
        total = _sum(total, value)
    return total


def _sum(one: Any, two: Any) -> Any:
    return one if two is None else two if one is None else one + two
