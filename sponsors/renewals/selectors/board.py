"""The board of renewals: cards by column, what they are worth a year, and how much of that is to be expected."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum, Window
from django.db.models.fields import DecimalField
from django.db.models.functions import Cast, RowNumber

from foundation.books.quarters import Quarter, quarter_of
from foundation.books.selectors import current_organization
from foundation.money.rules import smallest_unit
from foundation.people.models import User
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.querysets import CaseQuerySet
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import CaseState

MOST_CARDS = 200
MOST_QUARTERS = 40
NOBODY = "nobody"
# Digits of money times a probability, exactly.
_EXACT: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=40, decimal_places=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFilter:
    """Whose cards (a person's key, `NOBODY`, or everybody's), and of ends in which quarter."""

    owner: int | str | None = None
    quarter: Quarter | None = None

    def of_owner(self) -> Q:
        if self.owner is None:
            return Q()
        return Q(commitment__owner=None) if self.owner == NOBODY else Q(commitment__owner=self.owner)

    def of_end(self) -> Q:
        """The last day falls in the quarter."""
        if self.quarter is None:
            return Q()
        return Q(
            commitment__ends_before__gt=self.quarter.starts_on,
            commitment__ends_before__lte=self.quarter.ends_before,
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """A year's support in one currency, and the cash to be expected: each card's by its probability of renewal."""

    currency: str
    cash: Decimal
    in_kind: Decimal
    expected: Decimal

    def __add__(self, other: "Worth") -> "Worth":
        return Worth(
            self.currency,
            self.cash + other.cash,
            self.in_kind + other.in_kind,
            self.expected + other.expected,
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What cards are worth together. `unknown` of them have no cash or probability yet and are in no forecast."""

    count: int = 0
    unknown: int = 0
    worth: Mapping[str, Worth] = field(default_factory=dict)

    def __add__(self, other: "Forecast") -> "Forecast":
        worth = dict(self.worth)
        for currency, more in other.worth.items():
            worth[currency] = worth[currency] + more if currency in worth else more
        return Forecast(self.count + other.count, self.unknown + other.unknown, worth)


@dataclass(frozen=True, slots=True)
class Card:
    """A renewal as the board shows it; amounts a year in `currency`, None where nobody knows."""

    case: RenewalCase
    days_left: int
    currency: str | None
    cash: Decimal | None
    in_kind: Decimal | None
    probability: float | None
    band: Band | None


class Row(NamedTuple):
    """What a file says of a card."""

    number: str
    sponsor: str
    ends_before: date
    state: str
    owner: str | None
    currency: str | None
    cash: Decimal | None
    in_kind: Decimal | None
    probability: float | None
    own_probability: float | None
    band: str | None


_READ = (
    "commitment__number",
    "commitment__sponsor__name",
    "commitment__ends_before",
    "state",
    "commitment__owner__name",
    "currency",
    "cash_a_year",
    "in_kind_a_year",
    "probability",
    "own_probability",
    "band",
)


@dataclass(frozen=True, slots=True)
class Column:
    state: CaseState
    cards: Sequence[Card]
    forecast: Forecast

    @property
    def more(self) -> int:
        """How many cards are not shown."""
        return self.forecast.count - len(self.cards)


@dataclass(frozen=True, slots=True)
class Board:
    columns: Sequence[Column]
    forecast: Forecast
    closed: Sequence[Card]
    closed_in: Quarter
    owners: Sequence[tuple[int, str]]
    quarters: Sequence[Quarter]


def board(user: User, asked: BoardFilter, today: date) -> Board:
    """Return the cases on the board as columns, and beneath those that were closed in the quarter. Six queries.

    With a quarter asked for, closed are those whose end is in it; else those closed in the present one.
    """
    start_month = current_organization().fiscal_year_start_month
    present = quarter_of(today, start_month)
    found = forecast_by_state(user, asked, today)
    cards = defaultdict(list)
    # Numbered without what a card shows: joined to that, every case there is would be read.
    numbered = Window(RowNumber(), partition_by="state", order_by=["commitment__ends_before", "pk"])
    first = cases_on(user, asked, today).annotate(number=numbered).filter(number__lte=MOST_CARDS)
    shown = RenewalCase.objects.filter(pk__in=first.values("pk"))
    for card in _cards(shown.order_by("commitment__ends_before", "pk"), today):
        cards[card.case.state].append(card)
    above = Q(pk__in=RenewalCase.objects.on_board(today).values("pk"))
    closed = RenewalCase.objects.visible_to(user).filter(~above, asked.of_owner())
    closed = (
        closed.filter(asked.of_end())
        if asked.quarter
        else closed.filter(closed_on__gte=present.starts_on, closed_on__lt=present.ends_before)
    )
    return Board(
        [Column(state, cards[state], found[state]) for state in CaseState],
        sum(found.values(), start=Forecast()),
        list(_cards(closed.order_by("-closed_on", "-pk")[:MOST_CARDS], today)),
        asked.quarter or present,
        _owners(user, today),
        _quarters(user, present, start_month, today),
    )


def cases_on(user: User, asked: BoardFilter, today: date) -> CaseQuerySet:
    return RenewalCase.objects.visible_to(user).on_board(today).filter(asked.of_owner(), asked.of_end())


def forecast_by_state(user: User, asked: BoardFilter, today: date) -> dict[CaseState, Forecast]:
    """Return what the cards of each column are worth; every column is there. One query, whatever their number."""
    found = dict.fromkeys(CaseState, Forecast())
    share = Cast("probability", DecimalField(max_digits=13, decimal_places=12))
    valued: QuerySet[Any] = cases_on(user, asked, today).with_value()
    rows = (
        valued.order_by()
        .values("state", "currency")
        .annotate(
            count=Count("pk"),
            cash=Sum("cash_a_year", default=Decimal(0)),
            in_kind=Sum("in_kind_a_year", default=Decimal(0)),
            expected=Sum(F("cash_a_year") * share, default=Decimal(0), output_field=_EXACT),
            unknown=Count("pk", filter=Q(cash_a_year=None) | Q(probability=None)),
        )
    )
    for row in rows:
        currency = row["currency"]
        worth = {}
        if currency is not None:
            unit = smallest_unit(currency)
            expected = row["expected"].quantize(unit, rounding=ROUND_HALF_UP)
            worth[currency] = Worth(
                currency, row["cash"].quantize(unit), row["in_kind"].quantize(unit), expected
            )
        found[CaseState(row["state"])] += Forecast(row["count"], row["unknown"], worth)
    return found


def rows_of(user: User, asked: BoardFilter, today: date) -> Iterator[Row]:
    """Yield all cards in the order of their ends; for files, which hold more than a page and read no whole records."""
    rows = cases_on(user, asked, today).with_value().order_by("commitment__ends_before", "pk")
    for values in rows.values_list(*_READ).iterator():
        row = Row._make(values)
        yield row._replace(
            cash=whole_units(row.cash, row.currency), in_kind=whole_units(row.in_kind, row.currency)
        )


def _cards(rows: CaseQuerySet, today: date) -> Iterable[Card]:
    for case in rows.with_value().select_related("commitment__sponsor", "commitment__owner"):
        yield Card(
            case,
            (case.commitment.held_before - timedelta(days=1) - today).days,
            case.currency,
            whole_units(case.cash_a_year, case.currency),
            whole_units(case.in_kind_a_year, case.currency),
            case.probability,
            Band(case.band) if case.band else None,
        )


def whole_units(amount: Decimal | None, currency: str | None) -> Decimal | None:
    """Return the amount with the decimals of its currency; None for what nobody knows."""
    if amount is None or currency is None:
        return None
    return amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


def _owners(user: User, today: date) -> list[tuple[int, str]]:
    rows = RenewalCase.objects.visible_to(user).on_board(today).exclude(commitment__owner=None).order_by()
    people = rows.values_list("commitment__owner", "commitment__owner__name", "commitment__owner__email")
    return sorted(((key, name or email) for key, name, email in people.distinct()), key=lambda one: one[1])


def _quarters(user: User, present: Quarter, start_month: int, today: date) -> list[Quarter]:
    """Return the quarters from the first end of a case on the board to the last, and the present one."""
    ends = (
        RenewalCase.objects.visible_to(user)
        .on_board(today)
        .aggregate(first=Min("commitment__ends_before"), last=Max("commitment__ends_before"))
    )
    days = [day - timedelta(days=1) for day in ends.values() if day is not None]
    at = min([present, *(quarter_of(day, start_month) for day in days)])
    last = max([present, *(quarter_of(day, start_month) for day in days)])
    quarters = [at]
    while at < last and len(quarters) < MOST_QUARTERS:
        at = at.next(start_month)
        quarters.append(at)
    return quarters
