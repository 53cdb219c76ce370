"""Metered use over time: sums of buckets, days, months and years, by region or by service, made by the database.

Bytes are kept apart as they are metered: delivered to users, billable (what the provider would charge for),
and fetched from our own servers. A ratio counts only rows in which both its parts are known.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, TextChoices, Value
from django.db.models.functions import TruncDate, TruncHour, TruncMonth, TruncYear

from sponsors.inkind.models import UsageDay, UsageMonth, UsageRecord
from sponsors.inkind.rules import Granularity, InKindError
from sponsors.inkind.selectors.windows import (
    Window,
    following_month,
    in_days,
    in_months,
    in_other_days,
)

MOST_DAYS = 5 * 366
MOST_DAYS_BY_HOUR = 31
# By day, the parts of more than a year are thinner than a line on any screen, and cost the most.
MOST_DAYS_DIVIDED = 366
UNDIVIDED = "All"


class Step(TextChoices):
    """The length of a period that is summed up."""

    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    MONTH = "month", "Month"
    YEAR = "year", "Year"


class Split(TextChoices):
    """What a figure is divided by."""

    REGION = "region", "Region"
    SERVICE = "service", "Service"


SUMS: dict[str, Any] = {
    "delivered": Sum("delivered_bytes"),
    "billable": Sum("billable_bytes"),
    "origin": Sum("origin_bytes"),
    "asked": Sum("requests"),
    "all_hits": Sum("hits"),
    "all_misses": Sum("misses"),
    "all_passes": Sum("passes"),
    "all_errors": Sum("errors"),
    "ratio_hits": Sum("hits", filter=Q(misses__isnull=False)),
    "ratio_misses": Sum("misses", filter=Q(hits__isnull=False)),
    "ratio_delivered": Sum("delivered_bytes", filter=Q(origin_bytes__isnull=False)),
    "ratio_origin": Sum("origin_bytes", filter=Q(delivered_bytes__isnull=False)),
    "ratio_requests": Sum("requests", filter=Q(errors__isnull=False)),
    "ratio_errors": Sum("errors", filter=Q(requests__isnull=False)),
}


class Figures(NamedTuple):
    """Sums of what was metered; None where nobody told. Those that begin with `ratio` belong together in pairs."""

    delivered: int | None = None
    billable: int | None = None
    origin: int | None = None
    asked: int | None = None
    all_hits: int | None = None
    all_misses: int | None = None
    all_passes: int | None = None
    all_errors: int | None = None
    ratio_hits: int | None = None
    ratio_misses: int | None = None
    ratio_delivered: int | None = None
    ratio_origin: int | None = None
    ratio_requests: int | None = None
    ratio_errors: int | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Figures":
        """Return the figures of a row that was annotated with SUMS."""
        return cls._make(map(row.__getitem__, SUMS))

    @property
    def bytes(self) -> int | None:
        """Delivered to users; billable where the provider tells nothing else."""
        return self.billable if self.delivered is None else self.delivered

    @property
    def hit_ratio(self) -> float | None:
        """Hits of hits and misses; what was passed through by design is neither."""
        return _share(self.ratio_hits, (self.ratio_hits or 0) + (self.ratio_misses or 0))

    @property
    def offload(self) -> float | None:
        """The share of delivered bytes that our own servers did not have to send."""
        share = _share(self.ratio_origin, self.ratio_delivered)
        return None if share is None else 1 - share

    @property
    def error_share(self) -> float | None:
        return _share(self.ratio_errors, self.ratio_requests)


def together(some: Iterable[Figures]) -> Figures:
    """Return the sums of the figures; what none of them knows is not known of all."""
    columns = zip(*some, strict=True)
    known = ([value for value in column if value is not None] for column in columns)
    return Figures(*(sum(values) if values else None for values in known))


@dataclass(frozen=True, slots=True)
class Period:
    """The figures of one hour, day, month or year (by its first moment), whole and divided."""

    start: date | datetime
    whole: Figures
    parts: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Use over a time. `parts` are the names of what it is divided by, the largest first, with their sums.

    `is_divided`: each period is told by them too.
    """

    step: Step
    split: Split | None
    first: date
    last: date
    periods: Sequence[Period]
    parts: Mapping[str, Figures]
    whole: Figures
    is_divided: bool = True


def check_range(first: date, last: date, step: Step) -> tuple[date, date]:
    """Return the range in whole months or years where the step asks for it. Raises InKindError with the fix."""
    if last < first:
        msg = f"The last day, {last}, is before the first, {first}. Correct one of them."
        raise InKindError(msg, code="ends_before_start", field="last")
    days = (last - first).days + 1
    if step is Step.HOUR and days > MOST_DAYS_BY_HOUR:
        msg = f"By hour at most {MOST_DAYS_BY_HOUR} days are shown, and these are {days:,}. Choose fewer, or show them by day."
        raise InKindError(msg, code="range_too_long", field="last")
    if days > MOST_DAYS:
        msg = f"At most five years are shown, and these are {days:,} days. Choose a later first day."
        raise InKindError(msg, code="range_too_long", field="first")
    if step is Step.MONTH:
        return first.replace(day=1), following_month(last) - timedelta(days=1)
    if step is Step.YEAR:
        return first.replace(month=1, day=1), last.replace(month=12, day=31)
    return first, last


def overview(windows: Collection[Window], *, first: date, last: date, step: Step, split: Split) -> Traffic:
    """Return the use as a page shows it: of very many days each is told whole, and their sum by part.

    At most three queries.
    """
    if step is not Step.DAY or (last - first).days < MOST_DAYS_DIVIDED:
        return traffic(windows, first=first, last=last, step=step, split=split)
    days = traffic(windows, first=first, last=last, step=step, split=None)
    sums = traffic(windows, first=first, last=last, step=Step.YEAR, split=split)
    return replace(sums, step=step, periods=days.periods, is_divided=False)


def traffic(
    windows: Collection[Window], *, first: date, last: date, step: Step, split: Split | None
) -> Traffic:
    """Return the use of the windows, which lie within the range. At most two queries, grouped by the database."""
    found: dict[date | datetime, dict[str, Figures]] = defaultdict(dict)
    of_part: dict[str, list[Figures]] = defaultdict(list)
    for start, name, figures in _rows(windows, step, split):
        then = found[start]
        then[name] = together([then[name], figures]) if name in then else figures
        of_part[name].append(figures)
    parts = {name: together(some) for name, some in of_part.items()}
    largest = sorted(parts, key=lambda name: (-(parts[name].bytes or 0), -(parts[name].asked or 0), name))
    return Traffic(
        step,
        split,
        first,
        last,
        [
            Period(start, together(parts_then.values()), parts_then)
            for start in _starts(step, found)
            for parts_then in [found.get(start, {})]
        ],
        {name: parts[name] for name in largest},
        together(parts.values()),
    )


def _starts(step: Step, found: Collection[date | datetime]) -> Iterator[date | datetime]:
    """Yield every period from the first to the last of which something is known, also those without use between."""
    if not found:
        return
    at: Any = min(found)
    last: Any = max(found)
    while at <= last:
        yield at
        if step is Step.HOUR:
            at += timedelta(hours=1)
        elif step is Step.DAY:
            at += timedelta(days=1)
        elif step is Step.MONTH:
            at = following_month(at)
        else:
            at = at.replace(year=at.year + 1)


def _rows(
    windows: Collection[Window], step: Step, split: Split | None
) -> Iterator[tuple[date | datetime, str, Figures]]:
    if step is Step.HOUR:
        days = in_days(windows)
        yield from _grouped(_buckets(windows) if days else None, TruncHour("starts_at", tzinfo=UTC), split)
    elif step is Step.DAY:
        days = in_days(windows)
        yield from _grouped(UsageDay.objects.filter(days) if days else None, F("day"), split)
    else:
        cut = TruncYear if step is Step.YEAR else TruncMonth
        months, days = in_months(windows), in_other_days(windows)
        yield from _grouped(UsageMonth.objects.filter(months) if months else None, cut("month"), split)
        yield from _grouped(UsageDay.objects.filter(days) if days else None, cut("day"), split)


def _buckets(windows: Collection[Window]) -> "QuerySet[UsageRecord]":
    """Return the hours and minutes of the granularity that counts for their day; whole days have no hours."""
    times = Q()
    for window in windows:
        times |= Q(
            service=window.service,
            starts_at__gte=_midnight(window.first),
            starts_at__lt=_midnight(window.before),
        )
    counts = UsageDay.objects.filter(
        service=OuterRef("service"),
        region=OuterRef("region"),
        day=OuterRef("utc_day"),
        granularity=OuterRef("granularity"),
    )
    buckets = UsageRecord.objects.alias(utc_day=TruncDate("starts_at", tzinfo=UTC))
    return buckets.filter(times, Exists(counts), granularity__lt=Granularity.DAY)


def _grouped(
    rows: "QuerySet[Any] | None", start: Any, split: Split | None
) -> Iterator[tuple[date | datetime, str, Figures]]:
    if rows is None:
        return
    names = {None: Value(UNDIVIDED), Split.REGION: F("region__label"), Split.SERVICE: F("service__name")}
    grouped = rows.order_by().values(at=start, name=names[split]).annotate(**SUMS)
    for at, name, *sums in grouped.values_list("at", "name", *SUMS):
        yield at, name, Figures._make(sums)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None
