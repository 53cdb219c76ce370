"""Aged debt: what is owed by how long it is past due, as of any day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from sponsors.commitments.models import Installment
from sponsors.commitments.rules import Age, due_dates_of
from sponsors.directory.models import Sponsor


@dataclass(frozen=True, slots=True)
class AgedDebt:
    """What one sponsor owes in one currency, by age; `sponsor` is None in a total."""

    sponsor: int | None
    sponsor_name: str
    currency: str
    amounts: dict[Age, Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), start=Decimal(0))

    @property
    def past_due(self) -> Decimal:
        return self.total - self.amounts[Age.NOT_DUE]


@dataclass(frozen=True, slots=True)
class AgedDebts:
    """Rows by sponsor and currency, those longest past due first, and a total a currency."""

    as_of: date
    rows: tuple[AgedDebt, ...]
    totals: tuple[AgedDebt, ...]


def aged_debt(as_of: date, *, sponsor: Sponsor | None = None) -> AgedDebts:
    """Return what was owed at the end of the day, from the dates of the facts. One query.

    A past day gives the same whenever it is asked for. As of today it is what is open.
    """
    owed = Installment.versions.as_of(as_of).owed_on(as_of)
    if sponsor is not None:
        owed = owed.filter(commitment__sponsor=sponsor)
    sums: Any = {age.value: Sum("remainder", filter=_fell_due(age, as_of)) for age in Age}
    groups: Any = (
        owed.order_by()
        .values("commitment__sponsor", "commitment__sponsor__name", "commitment__currency")
        .annotate(**sums)
    )
    rows = [
        AgedDebt(
            group["commitment__sponsor"],
            group["commitment__sponsor__name"],
            group["commitment__currency"],
            {age: group[age.value] or Decimal(0) for age in Age},
        )
        for group in groups
    ]
    # Amounts of different currencies are not compared: by age, the oldest first, then by name.
    rows.sort(
        key=lambda row: (*(not row.amounts[age] for age in reversed(Age)), row.sponsor_name, row.currency)
    )
    return AgedDebts(as_of, tuple(rows), _totals(rows))


def _fell_due(age: Age, as_of: date) -> Q:
    first, last = due_dates_of(age, as_of)
    within = Q()
    if first is not None:
        within &= Q(due_on__gte=first)
    if last is not None:
        within &= Q(due_on__lte=last)
    return within


def _totals(rows: list[AgedDebt]) -> tuple[AgedDebt, ...]:
    found: dict[str, dict[Age, Decimal]] = defaultdict(lambda: dict.fromkeys(Age, Decimal(0)))
    for row in rows:
        for age in Age:
            found[row.currency][age] += row.amounts[age]
    return tuple(AgedDebt(None, "", currency, amounts) for currency, amounts in sorted(found.items()))
