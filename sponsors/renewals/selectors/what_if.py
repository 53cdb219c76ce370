"""What if they leave: what is lost, what depends on it, what it costs elsewhere, and how long the money lasts then.

Whoever leaves takes along all that belong to them. Commitments in force of everybody else are taken to go on: a month's
income is a twelfth of the cash a year that they promise.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from foundation.books.rules import FiscalYear, fiscal_year_of
from foundation.books.selectors import current_organization
from sponsors.commitments.models import Commitment, Installment
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import Service, Supply
from sponsors.renewals.models import Assessment, RenewalSettings
from sponsors.renewals.rules.runway import Runway, runway
from sponsors.renewals.selectors.concentration import (
    Concentrations,
    Given,
    Giver,
    Portfolio,
    concentrations,
    given_together,
    largest,
    portfolio,
    with_those_below,
)
from sponsors.renewals.selectors.money import InOwnCurrency
from sponsors.renewals.selectors.people import renewal_settings
from sponsors.renewals.selectors.replacement import Elsewhere, dearest, replacements

_MONTHS = 12
SHOWN = 10
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Dependence:
    """A service that those who leave supply today, and where it could go."""

    service: Service
    supplier: str
    dependents: Sequence[str]
    options: Sequence[Elsewhere]
    dearest: Elsewhere | None
    cheapest: Elsewhere | None
    months_to_move: int | None  # at the alternative that is quickest


@dataclass(frozen=True, slots=True)
class Leaving:
    """A commitment in force that would end; None as assessment: it has none yet."""

    commitment: Commitment
    assessment: Assessment | None


@dataclass(frozen=True, slots=True)
class AsItIs:
    """The portfolio of today. Amounts are a year's, in the foundation's currency."""

    currency: str
    settings: RenewalSettings
    portfolio: Portfolio
    total: Given
    concentrations: Concentrations
    largest: Sequence[Giver]
    runway: Runway


@dataclass(frozen=True, slots=True)
class StillToCome:
    """Cash that was agreed and falls due later in a fiscal year; None: there is no rate for all of it."""

    year: FiscalYear
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Departure:
    """What follows when sponsors leave together, with all that belong to them.

    `replacement` and `replacement_least` are those of services whose price is known somewhere: on the dearest and on the
    cheapest alternative of each. `paying`: the runway when the services are paid for elsewhere, on the dearest.
    """

    leaving: Sequence[Sponsor]
    lost: Given
    still_to_come: Sequence[StillToCome]
    commitments: Sequence[Leaving]
    services: Sequence[Dependence]
    replacement: Decimal | None
    replacement_least: Decimal | None
    concentrations: Concentrations
    runway: Runway
    paying: Runway


def as_it_is(today: date) -> AsItIs:
    """Return the portfolio of today. Five queries."""
    settings = renewal_settings()
    found = portfolio(today)
    groups, total = found.groups(), found.total
    return AsItIs(
        current_organization().base_currency,
        settings,
        found,
        total,
        concentrations(groups.values()),
        largest(groups, SHOWN),
        _runway(settings, total.cash),
    )


def departure(now: AsItIs, sponsors: Collection[Sponsor], today: date) -> Departure:
    """Return what follows when the sponsors leave. Eleven queries, and one a currency that is new."""
    gone = with_those_below([sponsor.pk for sponsor in sponsors])
    lost = given_together([now.portfolio.given[key] for key in gone if key in now.portfolio.given])
    services = _dependences(gone, today)
    most, least = _sum(one.dearest for one in services), _sum(one.cheapest for one in services)
    left = now.total.cash - lost.cash
    return Departure(
        list(Sponsor.objects.filter(pk__in=gone).order_by("name", "pk")),
        lost,
        _still_to_come(gone, today),
        _leaving(gone, today),
        services,
        most,
        least,
        concentrations(now.portfolio.groups(without=gone).values()),
        _runway(now.settings, left),
        _runway(now.settings, left, more=(most or _ZERO) / _MONTHS),
    )


def _runway(settings: RenewalSettings, cash: Decimal, *, more: Decimal = _ZERO) -> Runway:
    costs = settings.monthly_costs
    return runway(
        reserves=settings.reserves, costs=None if costs is None else costs + more, income=cash / _MONTHS
    )


def _still_to_come(sponsors: Collection[int], today: date) -> list[StillToCome]:
    """Return the installments of the sponsors that fall due from today on, by fiscal year. One query."""
    own, start = InOwnCurrency(today), current_organization().fiscal_year_start_month
    rows = (
        Installment.objects.open()
        .filter(commitment__sponsor__in=sponsors, due_on__gte=today)
        .order_by("due_on")
        .values_list("due_on", "commitment__currency")
        .annotate(sum=Sum("remainder"))
    )
    found: dict[FiscalYear, Decimal | None] = {}
    for day, currency, amount in rows:
        year, worth = fiscal_year_of(day, start), own.of(amount, currency)
        so_far = found.get(year, _ZERO)
        found[year] = None if worth is None or so_far is None else so_far + worth
    return [StillToCome(year, amount) for year, amount in found.items()]


def _leaving(sponsors: Collection[int], today: date) -> list[Leaving]:
    """Return the commitments in force of the sponsors with their latest assessments. Two queries."""
    commitments = list(
        Commitment.objects.filter(sponsor__in=sponsors)
        .in_force(today)
        .select_related("sponsor")
        .order_by("ends_before", "pk")
    )
    latest: Mapping[int, Assessment] = {
        one.commitment_id: one
        for one in Assessment.objects.latest_of_each().filter(commitment__in=commitments)
    }
    return [Leaving(commitment, latest.get(commitment.pk)) for commitment in commitments]


def _dependences(sponsors: Collection[int], today: date) -> list[Dependence]:
    """Return the services that the sponsors supply, the most critical first. Six queries, and one a currency that is new."""
    supplies = list(
        Supply.objects.on(today).filter(sponsor__in=sponsors).select_related("service", "sponsor")
    )
    options = replacements({supply.service_id for supply in supplies}, InOwnCurrency(today), today)
    found = []
    for supply in sorted(supplies, key=_order):
        of = options.get(supply.service_id, [])
        found.append(
            Dependence(
                supply.service,
                supply.sponsor.name,
                [line.strip() for line in supply.service.dependents.splitlines() if line.strip()],
                of,
                dearest(of),
                min(
                    (one for one in of if one.a_year is not None),
                    key=lambda one: one.a_year or 0,
                    default=None,
                ),
                min((one.months_to_move for one in of), default=None),
            )
        )
    return found


def _order(supply: Supply) -> tuple[int, str]:
    ranks = [value for value, _label in Service._meta.get_field("criticality").choices or ()]
    return ranks.index(supply.service.criticality), supply.service.name


def _sum(options: Iterable[Elsewhere | None]) -> Decimal | None:
    amounts = [one.a_year for one in options if one is not None and one.a_year is not None]
    return sum(amounts, start=_ZERO) if amounts else None
