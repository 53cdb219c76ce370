"""What gifts in kind came to: sums of what counts, never added to cash, never across currencies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum, TextChoices

from foundation.books.rules import fiscal_year_of
from foundation.books.selectors import current_organization
from sponsors.inkind.querysets import ValuationQuerySet
from sponsors.inkind.rules import ValuationState


class TotalsBy(TextChoices):
    """What the sums are told for."""

    SPONSOR = "sponsor", "Sponsor"
    LINE = "line", "Gift"
    MONTH = "month", "Month"
    FISCAL_YEAR = "fiscal_year", "Fiscal year"


@dataclass(frozen=True, slots=True)
class InKindTotal:
    """What counts of one sponsor, gift, month or year in one currency; `months` is how many stand.

    `key` is the number of a sponsor or line, the first day of a month, or the calendar year in which a
    fiscal year ends.
    """

    key: str
    label: str
    currency: str
    months: int
    value: Decimal
    low: Decimal
    high: Decimal
    statements: Decimal
    tax: Decimal


_AMOUNTS = {
    "sum_value": "value",
    "sum_low": "low_value",
    "sum_high": "high_value",
    "sum_statements": "statements_value",
    "sum_tax": "tax_value",
}
_GROUPS = {
    TotalsBy.SPONSOR: {"group": F("line__commitment__sponsor"), "name": F("line__commitment__sponsor__name")},
    TotalsBy.LINE: {"group": F("line"), "name": F("line__description")},
    TotalsBy.MONTH: {"group": F("month"), "name": F("month")},
    TotalsBy.FISCAL_YEAR: {"group": F("booked_on"), "name": F("booked_on")},
}


def in_kind_totals(valuations: ValuationQuerySet, by: TotalsBy) -> list[InKindTotal]:
    """Return the sums of those of the valuations that count. One query, and one for the fiscal year."""
    sums: dict[str, Any] = {name: Sum(field) for name, field in _AMOUNTS.items()}
    standing = Count("pk", filter=Q(state=ValuationState.APPROVED, reverses=None, adjusts=None))
    rows: Any = valuations.counting().order_by().values("currency", **_GROUPS[by])
    named = _naming(by)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.annotate(months=standing, **sums):
        key, label = named(row["group"], row["name"])
        total = found.setdefault(
            (key, row["currency"]), {"label": label, "months": 0, **dict.fromkeys(_AMOUNTS, Decimal(0))}
        )
        for name in ("months", *_AMOUNTS):
            total[name] += row[name]
    totals = [
        InKindTotal(
            key,
            total["label"],
            currency,
            total["months"],
            *(total[name] for name in _AMOUNTS),
        )
        for (key, currency), total in found.items()
    ]
    return sorted(totals, key=lambda total: (total.label, total.key, total.currency))


def _naming(by: TotalsBy) -> Callable[[Any, Any], tuple[str, str]]:
    """Return what makes key and label of a group."""
    if by == TotalsBy.MONTH:
        return lambda month, _name: (month.isoformat(), f"{month:%Y-%m}")
    if by == TotalsBy.FISCAL_YEAR:
        start = current_organization().fiscal_year_start_month

        def year_of(day: date, _name: date) -> tuple[str, str]:
            year = fiscal_year_of(day, start)
            return str(year.number), str(year)

        return year_of
    return lambda pk, name: (str(pk), name)
