"""Sums of metered use by day, month or year, service and region, as programs ask for them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, TextChoices
from django.db.models.functions import TruncMonth, TruncYear

from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH
from sponsors.inkind.models import UsageDay, UsageMonth
from sponsors.inkind.rules import InKindError
from sponsors.inkind.selectors.traffic import SUMS, Figures, together
from sponsors.inkind.selectors.windows import Window

MOST_YEARS = 10


class Group(TextChoices):
    """What sums are made by."""

    DAY = "day", "Day"
    MONTH = "month", "Month"
    YEAR = "year", "Year"
    SERVICE = "service", "Service"
    REGION = "region", "Region"


_TIMES = {Group.DAY: "%Y-%m-%d", Group.MONTH: "%Y-%m", Group.YEAR: "%Y"}
# By which column of the answer a sum is told apart, and where the column stands.
_PARTS = {
    Group.SERVICE: {"slug": F("service__slug")},
    Group.REGION: {"provider_name": F("region__provider"), "region_name": F("region__name")},
}
Key = tuple[str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A sum; what it is not divided by is None. `provider` is whose name of a region it is."""

    period: str | None
    service: str | None
    provider: str | None
    region: str | None
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuestion:
    """The days from `first` to `last`, of these services and regions or of all, summed by the groups."""

    first: date
    last: date
    groups: frozenset[Group]
    services: Collection[int] | None = None
    regions: Collection[str] | None = None

    def check(self) -> None:
        """Raise InKindError, naming the parameter and the fix, for what cannot be answered."""
        times = sorted(group.value for group in self.groups if group in _TIMES)
        if len(times) > 1:
            msg = f"Sums are by one length of time, and these are {' and '.join(times)}. Choose one of them."
            raise InKindError(msg, code="several_times", field="group_by")
        # The last day first: when only that was given, the other follows from it.
        for field, day in (("to", self.last), ("from", self.first)):
            if not EARLIEST_DAY <= day < LATEST_DAY:
                raise InKindError(OUT_OF_REACH, code="date_out_of_reach", field=field)
        if self.last < self.first:
            msg = f"The last day, {self.last}, is before the first, {self.first}. Correct one of them."
            raise InKindError(msg, code="ends_before_start", field="to")
        if (self.last - self.first).days >= MOST_YEARS * 366:
            msg = f"At most {MOST_YEARS} years are summed in one call. Choose a later first day."
            raise InKindError(msg, code="range_too_long", field="from")


def usage_rows(question: UsageQuestion, *, most: int) -> list[UsageRow]:
    """Return the sums in the order of their groups. At most two queries, summed by the database.

    Raises InKindError when they are more than `most`, or the question cannot be answered.
    """
    question.check()
    found: dict[Key, Figures] = {}
    for key, figures in _sums(question, most):
        found[key] = together([found[key], figures]) if key in found else figures
    if len(found) > most:
        msg = (
            f"These are more than {most:,} rows. Choose fewer days, services or regions, or group by month, or by "
            "nothing but time; a CSV holds more."
        )
        raise InKindError(msg, code="too_many_rows", field="group_by")
    ordered = sorted(found, key=lambda key: tuple(part or "" for part in key))
    return [UsageRow(*key, found[key]) for key in ordered]


def _sums(question: UsageQuestion, most: int) -> Iterator[tuple[Key, Figures]]:
    window = Window(0, question.first, question.last + timedelta(days=1))
    if Group.DAY in question.groups:
        days = [(window.first, window.before)]
        yield from _grouped(question, UsageDay.objects.all(), "day", days, most)
        return
    first, before = window.whole_months
    if first < before:
        yield from _grouped(question, UsageMonth.objects.all(), "month", [(first, before)], most)
    if window.other_days:
        yield from _grouped(question, UsageDay.objects.all(), "day", window.other_days, most)


def _grouped(
    question: UsageQuestion,
    rows: "QuerySet[Any]",
    column: str,
    spans: Collection[tuple[date, date]],
    most: int,
) -> Iterator[tuple[Key, Figures]]:
    within = Q()
    for first, before in spans:
        within |= Q(**{f"{column}__gte": first, f"{column}__lt": before})
    rows = rows.filter(within)
    if question.services is not None:
        rows = rows.filter(service__in=question.services)
    if question.regions is not None:
        rows = rows.filter(region__name__in=question.regions)
    keys: dict[str, Any] = {}
    time = next((group for group in question.groups if group in _TIMES), None)
    if time is not None:
        cut = {Group.MONTH: TruncMonth, Group.YEAR: TruncYear}.get(time)
        keys["at"] = cut(column) if cut else F(column)
    for group, columns in _PARTS.items():
        if group in question.groups:
            keys |= columns
    if not keys:
        whole = rows.aggregate(**SUMS)
        if any(value is not None for value in whole.values()):
            yield (None, None, None, None), Figures.of(whole)
        return
    for row in rows.order_by().values(**keys).annotate(**SUMS)[: most + 1]:
        at = row["at"].strftime(_TIMES[time]) if time is not None else None
        yield (at, row.get("slug"), row.get("provider_name"), row.get("region_name")), Figures.of(row)
