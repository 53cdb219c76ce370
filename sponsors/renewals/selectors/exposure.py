"""What would be lost if a commitment lapsed: cash, gifts in kind, and what their services would cost elsewhere.

In the foundation's currency, a year, each by itself: what is in kind is never added to cash except where it says so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from sponsors.inkind.models import Valuation
from sponsors.inkind.rules import ValuationState
from sponsors.renewals.selectors.facts import Known
from sponsors.renewals.selectors.keys import AnyOf
from sponsors.renewals.selectors.money import InOwnCurrency
from sponsors.renewals.selectors.replacement import Elsewhere, dearest
from sponsors.renewals.selectors.use import MONTHS, full_months

_STANDS = Q(state=ValuationState.APPROVED, reverses=None, adjusts=None)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a year without the commitment would lose, or cost; None where nobody can say.

    `elsewhere` are each service's alternatives whose costs are known, `unpriced` the services without one; `replacement`
    is the sum of each service's dearest.
    """

    cash: Decimal | None
    in_kind: Decimal | None
    is_approved: (
        bool  # the value in kind: twelve months of it are approved, else it is the estimate of the promise
    )
    replacement: Decimal | None
    elsewhere: Sequence[Elsewhere]
    unpriced: Sequence[int]


def exposures(
    known: Iterable[Known], options: Mapping[int, Sequence[Elsewhere]], own: InOwnCurrency, today: date
) -> dict[int, Exposure]:
    """Return the exposure of each commitment, by its key. One query, and one a currency that is new."""
    known = list(known)
    approved = approved_values([one.commitment.pk for one in known], own, today)
    found = {}
    for one in known:
        key = one.commitment.pk
        services = sorted({supplied.service for supplied in one.supplies})
        best = {service: dearest(options.get(service, ())) for service in services}
        costs = [
            choice.a_year for choice in best.values() if choice is not None and choice.a_year is not None
        ]
        value = approved.get(key)
        found[key] = Exposure(
            one.promised.cash,
            one.promised.in_kind if value is None else value,
            value is not None,
            sum(costs, start=Decimal(0)) if costs else None,
            [one for service in services for one in options.get(service, ()) if one.a_year is not None],
            [service for service in services if best[service] is None],
        )
    return found


def approved_values(commitments: Collection[int], own: InOwnCurrency, today: date) -> dict[int, Decimal]:
    """Return the approved value of the last twelve full months, where each of them has one. One query."""
    first, before = full_months(today)
    rows = (
        Valuation.objects.counting()
        .filter(line__commitment__in=AnyOf(commitments), month__gte=first, month__lt=before)
        .order_by()
        .values_list("line__commitment", "currency")
        .annotate(sum=Sum("value"), months=Count("month", distinct=True, filter=_STANDS))
    )
    found = {}
    for commitment, currency, amount, months in rows:
        value = own.of(amount, currency) if months == MONTHS else None
        if value is not None:
            found[commitment] = value
    return found
