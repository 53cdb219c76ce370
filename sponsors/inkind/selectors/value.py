"""What gifts in kind were worth by approved valuations, and what they promise, beside the use of services."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from sponsors.commitments.models import CommitmentLine
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import GiftTerms, Service, Supply, Valuation
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.inkind.selectors.traffic import Step
from sponsors.inkind.selectors.windows import Window, following_month


@dataclass(frozen=True, slots=True)
class Worth:
    """A month's value in one currency, of all lines together."""

    month: date
    currency: str
    list_value: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Gift:
    """A line under which services are supplied. `is_whole`: all it keeps running is on the page."""

    line: CommitmentLine
    terms: GiftTerms | None
    first: date
    before: date | None
    is_whole: bool
    services: Sequence[str]

    def promised(self, unit: GiftUnit, step: Step, on: date) -> tuple[Decimal | None, Decimal | None]:
        """Return quantity and ceiling of a month or year, when they can be laid beside use; None for what cannot.

        Of two gifts that follow each other within it, that of the later one: both together were promised by nobody.
        """
        terms = self.terms
        fits = {Step.MONTH: {Per.MONTH, Per.AS_USED}, Step.YEAR: {Per.YEAR}}.get(step, set())
        if terms is None or not self.is_whole or terms.unit != unit or terms.per not in fits:
            return None, None
        ends = following_month(on) if step is Step.MONTH else date(on.year + 1, 1, 1)
        holds = self.before is None or ends <= self.before
        begun = (self.first.year, self.first.month if step is Step.MONTH else 0) <= (
            on.year,
            on.month if step is Step.MONTH else 0,
        )
        return (terms.quantity, terms.ceiling) if holds and begun else (None, None)


def supplied_by(sponsor: Sponsor, first: date, before: date) -> tuple[list[Window], dict[int, Service]]:
    """Return when the sponsor supplied which service in that time. One query."""
    rows = Supply.objects.filter(sponsor=sponsor).overlapping(first, before).select_related("service")
    services: dict[int, Service] = {}
    windows = []
    for row in rows:
        services[row.service_id] = row.service
        windows.append(
            Window(row.service_id, max(row.starts_on, first), min(row.ends_before or before, before))
        )
    return windows, services


def gifts_of(supplies: "Collection[Supply]", first: date, before: date) -> list[Gift]:
    """Return the lines of the supplies with their terms. Two queries at most."""
    shown = {supply.service_id for supply in supplies}
    lines = {supply.line_id for supply in supplies if supply.line_id is not None}
    if not lines:
        return []
    rows: dict[int, list[Supply]] = defaultdict(list)
    under = Supply.objects.filter(line__in=lines).overlapping(first, before)
    for row in under.select_related("service", "line__commitment__sponsor").order_by("starts_on"):
        assert row.line_id is not None  # they were looked up by their lines
        rows[row.line_id].append(row)
    terms = {row.line_id: row for row in GiftTerms.objects.filter(line__in=lines)}
    gifts = []
    for key, some in rows.items():
        ends = [row.ends_before for row in some]
        assert some[0].line is not None
        gifts.append(
            Gift(
                some[0].line,
                terms.get(key),
                some[0].starts_on,
                None if None in ends else max(end for end in ends if end),
                is_whole={row.service_id for row in some} <= shown,
                services=sorted({row.service.name for row in some}),
            )
        )
    return gifts


def supplies_of(services: Collection[int], first: date, before: date) -> list[Supply]:
    """Return who supplied the services in that time. One query."""
    return list(
        Supply.objects.filter(service__in=services).overlapping(first, before).select_related("sponsor")
    )


def worth_by_month(lines: Collection[int], first: date, last: date) -> list[Worth]:
    """Return what approved valuations of the lines say of each month in the range. One query."""
    rows = (
        Valuation.objects.counting()
        .filter(line__in=lines, month__range=(first.replace(day=1), last))
        .order_by("month", "currency")
        .values("month", "currency")
        .annotate(list=Sum("list_value"), net=Sum("value"))
    )
    return [Worth(row["month"], row["currency"], row["list"], row["net"]) for row in rows]
