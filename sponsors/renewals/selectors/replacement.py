"""What services would cost elsewhere: the last twelve full months' use at the prices of the alternatives' rate cards.

Each service is priced by itself, each month by the slabs of the card as they are on the day. Traffic that a move would
shed is not priced. Months without figures count as the mean of those that have some.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from foundation.money.display import money_text
from foundation.money.rules import smallest_unit
from sponsors.inkind.models import Alternative
from sponsors.inkind.rules import InKindError
from sponsors.inkind.rules.pricing import Use, quote
from sponsors.inkind.selectors.rate_cards import PricesOfDay, prices_on
from sponsors.renewals.selectors.money import InOwnCurrency
from sponsors.renewals.selectors.use import MONTHS, RegionMonth, use_of_services
from sponsors.renewals.selectors.use import Use as UseOfServices

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A service at an alternative: what a year of it costs there in the foundation's currency, or why nobody can say.

    `months` are those of the last twelve whose use is known.
    """

    service: int
    alternative: str
    card: str
    months_to_move: int
    months: int
    a_year: Decimal | None
    problem: str = ""

    @property
    def a_month(self) -> Decimal | None:
        return None if self.a_year is None else self.a_year / MONTHS


def replacements(
    services: Collection[int] | None, own: InOwnCurrency, today: date, *, use: UseOfServices | None = None
) -> dict[int, list[Elsewhere]]:
    """Return what each service costs at each of its alternatives, of all services when none are named.

    Five queries, and one a currency that is new; however much was used.
    """
    rows = Alternative.objects.select_related("card").order_by("service", "name")
    alternatives = list(rows if services is None else rows.filter(service__in=services))
    used = use if use is not None else use_of_services({one.service_id for one in alternatives}, today)
    cards = prices_on({one.card_id for one in alternatives if one.card_id is not None}, today)
    found: dict[int, list[Elsewhere]] = defaultdict(list)
    for one in alternatives:
        found[one.service_id].append(_elsewhere(one, cards, used.get(one.service_id, ()), own))
    return found


def dearest(options: Iterable[Elsewhere]) -> Elsewhere | None:
    """Return the alternative that costs most; None when nobody can say what any costs."""
    priced = [one for one in options if one.a_year is not None]
    return max(priced, key=lambda one: one.a_year or 0, default=None)


def _elsewhere(
    one: Alternative, cards: Mapping[int, PricesOfDay], rows: Sequence[RegionMonth], own: InOwnCurrency
) -> Elsewhere:
    months = len({row.month for row in rows})
    cost, problem = None, ""
    if one.card_id is None:
        problem = f"“{one.name}” has no rate card. Add one on the page of the service."
    elif not rows:
        problem = "No use is known of the last twelve months. Import it."
    else:
        cost, problem = _priced(one, cards.get(one.card_id), rows, months, own)
    name = "" if one.card is None else one.card.name
    return Elsewhere(one.service_id, one.name, name, one.months_to_move, months, cost, problem)


def _priced(
    one: Alternative, card: PricesOfDay | None, rows: Sequence[RegionMonth], months: int, own: InOwnCurrency
) -> tuple[Decimal | None, str]:
    if card is None:
        return None, f"{one.card} has no prices for today. Add a version that has."
    used = [row for row in rows if row.bytes or row.requests]
    if lacking := {row.region for row in used} - card.mapping.keys():
        which = "a region" if len(lacking) == 1 else f"{len(lacking)} regions"
        return None, f"{one.card} does not price {which} in which the service is used. Map it on its page."
    kept = (_HUNDRED - one.shed_percent) / _HUNDRED
    total = Decimal(0)
    try:
        for _month, group in groupby(used, key=lambda row: row.month):
            uses = [
                Use(card.mapping[row.region], int(row.bytes * kept), int(row.requests * kept))
                for row in group
            ]
            total += quote(card.prices, uses).total
    except InKindError as refusal:
        return None, refusal.message
    source = card.prices.currency
    a_year = (total * MONTHS / months).quantize(smallest_unit(source), rounding=ROUND_HALF_UP)
    cost = own.of(a_year, source)
    if cost is None:
        text = money_text(a_year, source)
        return None, f"It is {text}, and there is no recent exchange rate from {source}. Import one."
    return cost, ""
