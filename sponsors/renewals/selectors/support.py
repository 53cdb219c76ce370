"""Firm commitments as the history of their sponsors, and what each promises a year."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.db.models import QuerySet, Sum

from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import FIRM, Period, State
from sponsors.renewals.rules.support import (
    Standing,
    Support,
    SupportKind,
    a_year,
    followers,
    kind_of,
    standings,
)
from sponsors.renewals.selectors.keys import AnyOf
from sponsors.renewals.selectors.money import InOwnCurrency

_ZERO = Decimal(0)


class Held(NamedTuple):
    """What is read of a commitment."""

    pk: int
    number: str
    sponsor_id: int
    currency: str
    starts_on: date
    ends_before: date
    state: str
    closed_on: date | None
    notice_days: int | None
    renewal_months: int | None
    owner_id: int | None
    sponsor__foundations_supported: int | None
    sponsor__left_a_foundation: bool | None

    @property
    def period(self) -> Period:
        return Period(self.starts_on, self.ends_before)

    @property
    def before(self) -> date:
        """The first day on which it no longer holds."""
        if self.state == State.TERMINATED and self.closed_on is not None:
            return self.closed_on
        return self.ends_before


def held(commitments: "QuerySet[Commitment]") -> list[Held]:
    """Return the commitments, read lightly. One query."""
    return [Held(*row) for row in commitments.values_list(*Held._fields)]


@dataclass(frozen=True, slots=True)
class History:
    """Of some sponsors, by the commitment: where each stood when it began, what renews it, and what follows it by the days."""

    standings: Mapping[int, Standing]
    renewals: Mapping[int, Support]
    followers: Mapping[int, Support]


def history_of(sponsors: Collection[int]) -> History:
    """Return the history of the sponsors by all their firm commitments. One query."""
    rows = (
        Commitment.objects.filter(sponsor__in=AnyOf(sponsors), state__in=FIRM)
        .order_by("sponsor", "starts_on", "pk")
        .values_list(
            "sponsor", "pk", "number", "starts_on", "ends_before", "state", "closed_on", "renewal_of"
        )
    )
    stood: dict[int, Standing] = {}
    renewed: dict[int, Support] = {}
    followed: dict[int, Support] = {}
    for _sponsor, group in groupby(rows, key=lambda row: row[0]):
        history = [
            Support(pk, number, starts, closed if state == State.TERMINATED and closed else ends, renewal_of)
            for _of, pk, number, starts, ends, state, closed, renewal_of in group
        ]
        stood |= standings(history)
        renewed |= {one.renewal_of: one for one in history if one.renewal_of is not None}
        followed |= followers(history)
    return History(stood, renewed, followed)


@dataclass(frozen=True, slots=True)
class Promised:
    """What the lines promise a year: in the foundation's currency, None where no rate is there.

    Cash and gifts in kind stay apart.
    """

    kind: SupportKind
    cash: Decimal | None
    in_kind: Decimal | None

    @property
    def level_worth(self) -> Decimal | None:
        """By what the level is told: cash where there is some, else the estimate in kind."""
        return self.in_kind if self.cash == _ZERO else self.cash


def promised_a_year(rows: Iterable[Held], own: InOwnCurrency) -> dict[int, Promised]:
    """Return what each promises a year, by the commitment. One query, and one a currency that is new."""
    rows = list(rows)
    sums: dict[int, dict[str, Decimal]] = defaultdict(dict)
    lines = CommitmentLine.objects.filter(commitment__in=AnyOf([row.pk for row in rows])).order_by()
    for commitment, kind, amount in lines.values_list("commitment", "kind").annotate(sum=Sum("amount")):
        sums[commitment][kind] = amount
    found = {}
    for row in rows:
        of = sums[row.pk]
        cash = of.get(CommitmentLine.Kind.CASH, _ZERO)
        in_kind = of.get(CommitmentLine.Kind.IN_KIND, _ZERO)
        kind = kind_of(has_cash=bool(cash), period=row.period, renewal_months=row.renewal_months)
        found[row.pk] = Promised(
            kind,
            own.of(a_year(cash, row.period, kind=kind, currency=row.currency), row.currency),
            own.of(a_year(in_kind, row.period, kind=kind, currency=row.currency), row.currency),
        )
    return found
