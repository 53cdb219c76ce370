"""How much hangs on few sponsors: cash, gifts in kind, and both together, by ultimate parent.

Amounts are those of the latest assessments of commitments in force: a year's, in the foundation's currency. “Together” adds
the value of gifts in kind to cash, and says so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from heapq import nsmallest

from django.db import connection
from django.db.models import Count, FilteredRelation, Max, Min, Q, Sum

from sponsors.commitments.models import Commitment
from sponsors.directory.models import Sponsor
from sponsors.renewals.rules.concentration import Concentration, concentration

_ZERO = Decimal(0)
# From those below to the top: only sponsors that have a parent are walked, which are few.
_ROOTS = """
    WITH RECURSIVE up AS (
        SELECT id AS sponsor, parent_id AS above FROM sponsors_sponsor WHERE parent_id IS NOT NULL
        UNION
        SELECT up.sponsor, parent.parent_id FROM up JOIN sponsors_sponsor AS parent ON parent.id = up.above
        WHERE parent.parent_id IS NOT NULL
    )
    SELECT up.sponsor, up.above FROM up JOIN sponsors_sponsor AS top ON top.id = up.above WHERE top.parent_id IS NULL
"""
_BELOW = """
    WITH RECURSIVE down AS (
        SELECT id FROM sponsors_sponsor WHERE id = ANY(%s)
        UNION SELECT child.id FROM down JOIN sponsors_sponsor AS child ON child.parent_id = down.id
    )
    SELECT id FROM down
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What a sponsor, or all of a group, gives a year; `unknown` commitments have an amount that nobody can convert."""

    cash: Decimal = _ZERO
    in_kind: Decimal = _ZERO
    commitments: int = 0
    unknown: int = 0

    @property
    def together(self) -> Decimal:
        """Cash and the value of gifts in kind in one sum."""
        return self.cash + self.in_kind

    def __add__(self, other: "Given") -> "Given":
        return Given(
            self.cash + other.cash,
            self.in_kind + other.in_kind,
            self.commitments + other.commitments,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What everybody gives, by sponsor, and which group each belongs to where it has a parent.

    `first` and `last` are the days of the assessments; `unassessed` commitments are in force and have none yet.
    """

    given: Mapping[int, Given]
    roots: Mapping[int, int]
    first: date | None
    last: date | None
    unassessed: int

    def groups(self, without: Collection[int] = ()) -> dict[int, Given]:
        """Return what each group gives, by its ultimate parent, without some sponsors."""
        left = frozenset(without)
        # Most sponsors are a group of their own, and are not added up.
        found = {key: one for key, one in self.given.items() if key not in left and key not in self.roots}
        for sponsor in self.roots.keys() & self.given.keys() - left:
            root = self.roots[sponsor]
            found[root] = found.get(root, Given()) + self.given[sponsor]
        return found

    @property
    def total(self) -> Given:
        """What everybody gives together."""
        return given_together(self.given.values())


@dataclass(frozen=True, slots=True)
class Concentrations:
    cash: Concentration
    in_kind: Concentration
    together: Concentration

    @property
    def rows(self) -> Sequence[tuple[str, Concentration]]:
        return (
            ("Cash", self.cash),
            ("In kind", self.in_kind),
            ("Cash and in kind together", self.together),
        )


def given_together(each: Collection[Given]) -> Given:
    """Return the sum, of ten thousand as of two."""
    return Given(
        sum((one.cash for one in each), start=_ZERO),
        sum((one.in_kind for one in each), start=_ZERO),
        sum(one.commitments for one in each),
        sum(one.unknown for one in each),
    )


def portfolio(today: date) -> Portfolio:
    """Return what is given by commitments in force. Two queries."""
    # Of the assessments only what its index holds is read.
    assessed = Q(latest__day__isnull=False)
    rows = (
        Commitment.objects.in_force(today)
        .annotate(latest=FilteredRelation("assessments", condition=Q(assessments__is_latest=True)))
        .order_by()
        .values_list("sponsor")
        .annotate(
            cash=Sum("latest__cash_a_year"),
            in_kind=Sum("latest__in_kind_a_year"),
            known=Count("latest__day"),
            unknown=Count(
                "latest__day",
                filter=assessed & (Q(latest__cash_a_year=None) | Q(latest__in_kind_a_year=None)),
            ),
            count=Count("pk"),
            first=Min("latest__day"),
            last=Max("latest__day"),
        )
    )
    given: dict[int, Given] = {}
    unassessed = 0
    days: set[date] = set()
    with connection.cursor() as cursor:
        # Read as they come: ten thousand rows through the fields of models take as long as the query.
        cursor.execute(*rows.query.sql_with_params())
        for sponsor, cash, in_kind, known, unknown, count, first, last in cursor.fetchall():
            unassessed += count - known
            if known:
                given[sponsor] = Given(cash or _ZERO, in_kind or _ZERO, known, unknown)
                days |= {first, last}
    return Portfolio(given, _roots(), min(days, default=None), max(days, default=None), unassessed)


def concentrations(groups: Iterable[Given]) -> Concentrations:
    """Return how concentrated cash, gifts in kind, and both together are."""
    groups = list(groups)
    return Concentrations(
        concentration(group.cash for group in groups),
        concentration(group.in_kind for group in groups),
        concentration(group.together for group in groups),
    )


@dataclass(frozen=True, slots=True)
class Giver:
    """A group among the largest, by the name of its ultimate parent."""

    sponsor: int
    name: str
    given: Given
    share: Decimal | None  # of cash and in kind together


def largest(groups: Mapping[int, Given], count: int) -> list[Giver]:
    """Return the groups that give most, cash and in kind together. One query."""
    total = given_together(groups.values()).together
    top = nsmallest(count, groups.items(), key=lambda pair: (-pair[1].together, pair[0]))
    names = dict(Sponsor.objects.filter(pk__in=[key for key, _given in top]).values_list("pk", "name"))
    return [Giver(key, names[key], given, given.together / total if total else None) for key, given in top]


def with_those_below(sponsors: Collection[int]) -> list[int]:
    """Return the sponsors and all that belong to them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [list(sponsors)])
        return [row[0] for row in cursor.fetchall()]


def _roots() -> dict[int, int]:
    """Return the ultimate parent of each sponsor that has a parent. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS)
        return dict(cursor.fetchall())
