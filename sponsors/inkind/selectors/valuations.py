"""What a page tells of a valuation, and which of them somebody should look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.selectors import AttentionCard, AttentionRow, CurrencyTotal, Event, EventKind
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import (
    Region,
    Service,
    Valuation,
    ValuationEvidence,
    ValuationStep,
    ValuationUsage,
)
from sponsors.inkind.querysets import COUNTING, ValuationQuerySet
from sponsors.inkind.rules import Estimate, Method, ValuationState
from sponsors.inkind.selectors.metered import counts_of, metered_use

FIRST_ROWS = 5
LAST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class EstimateTable:
    """One of the three sums, as a treasurer adds it up: steps in the valuation's currency make its value."""

    estimate: Estimate
    source: str
    steps: tuple[ValuationStep, ...]
    value: Decimal
    is_extrapolated: bool

    @property
    def label(self) -> str:
        return str(self.estimate.label)


@dataclass(frozen=True, slots=True)
class UseDifference:
    """What was valued of a service in a region, and what it is now."""

    service: str
    region: str
    bytes_valued: int
    bytes_now: int
    requests_valued: int
    requests_now: int


def tables_of(valuation: Valuation) -> tuple[EstimateTable, ...]:
    """Return low, base and high with their steps. One query."""
    steps: dict[str, list[ValuationStep]] = {estimate: [] for estimate in Estimate}
    for step in valuation.steps.order_by("position"):
        steps[step.estimate].append(step)
    versions = {
        Estimate.LOW: valuation.low_version or valuation.base_version,
        Estimate.BASE: valuation.base_version,
        Estimate.HIGH: valuation.high_version or valuation.base_version,
    }
    values = {
        Estimate.LOW: valuation.low_value,
        Estimate.BASE: valuation.value,
        Estimate.HIGH: valuation.high_value,
    }
    return tuple(
        EstimateTable(
            estimate,
            str(versions[estimate] or valuation.technique),
            tuple(steps[estimate]),
            values[estimate],
            any(not step.is_published for step in steps[estimate]),
        )
        for estimate in Estimate
    )


def told_once(tables: Sequence[EstimateTable]) -> tuple[EstimateTable, ...]:
    """Return the base first, and low and high only where they are something else."""
    low, base, high = tables
    return (base, *(one for one in (low, high) if (one.source, one.value) != (base.source, base.value)))


def usage_of(valuation: Valuation) -> Sequence[ValuationUsage]:
    """Return the use that was priced. One query."""
    rows = valuation.usage.select_related("service", "region")
    return list(rows.order_by("service__name", "region__name"))


def evidence_of(valuation: Valuation) -> Sequence[ValuationEvidence]:
    return list(valuation.evidence.select_related("added_by").order_by("pk"))


def use_differences(valuation: Valuation) -> list[UseDifference]:
    """Return where the use is no longer what was valued, by service and region. At most seven queries."""
    if valuation.method != Method.METERED or valuation.reverses_id is not None:
        return []
    held = counts_of(valuation.usage.values_list("service", "region", "bytes", "requests"))
    now = metered_use(valuation.line, valuation.month).counts
    changed = sorted(pair for pair in held.keys() | now.keys() if held.get(pair) != now.get(pair))
    services = Service.objects.in_bulk({service for service, _region in changed})
    regions = Region.objects.in_bulk({region for _service, region in changed})
    nothing = (0, 0)
    return [
        UseDifference(
            str(services[service]),
            str(regions[region]),
            held.get((service, region), nothing)[0],
            now.get((service, region), nothing)[0],
            held.get((service, region), nothing)[1],
            now.get((service, region), nothing)[1],
        )
        for service, region in changed
    ]


@dataclass(frozen=True, slots=True)
class GiftsOfCommitment:
    """What counts of a commitment's gifts, in kind; the last months, and how many valuations there are."""

    recognized: Decimal
    low: Decimal
    high: Decimal
    last: Sequence[Valuation]
    count: int


def gifts_of(commitment: Commitment) -> GiftsOfCommitment:
    """Return what was valued of a commitment, which is in one currency. Two queries."""
    rows = Valuation.objects.filter(line__commitment=commitment).exclude(state=ValuationState.DISCARDED)
    counts = Q(state__in=COUNTING)
    sums = rows.order_by().aggregate(
        recognized=Sum("value", filter=counts),
        low=Sum("low_value", filter=counts),
        high=Sum("high_value", filter=counts),
        count=Count("pk"),
    )
    return GiftsOfCommitment(
        sums["recognized"] or Decimal(0),
        sums["low"] or Decimal(0),
        sums["high"] or Decimal(0),
        list(rows.select_related("line").order_by("-month", "-pk")[:LAST_MONTHS]),
        sums["count"],
    )


def valuation_events(commitment: Commitment) -> list[Event]:
    """Return what of a commitment's gifts was approved and reversed, for its timeline. One query."""
    return list(_events(Valuation.objects.filter(line__commitment=commitment)))


def sponsor_valuation_events(sponsor: Sponsor) -> list[Event]:
    """Return the same of all commitments of a sponsor. One query."""
    return list(_events(Valuation.objects.filter(line__commitment__sponsor=sponsor)))


def _events(rows: ValuationQuerySet) -> Iterator[Event]:
    for row in rows.counting().select_related("line__commitment").order_by("booked_on", "pk"):
        assert row.booked_on is not None  # it counts
        amount = money_text(row.value, row.currency)
        yield Event(
            row.booked_on,
            EventKind.VALUED,
            row.line.commitment.number,
            f"{row}: {amount} in kind{_why(row)}",
        )


def _why(valuation: Valuation) -> str:
    if valuation.reverses_id:
        return f", reversed: {valuation.reason}"
    return ", adjusted" if valuation.adjusts_id else ""


def valuations_attention(user: User) -> tuple[AttentionCard, ...]:
    """Return the cards of what waits for approval and what is stale, if the user may see them. Four queries."""
    if not user.has_perm("sponsors.view_valuation"):
        return ()
    seen = Valuation.objects.visible_to(user)
    return (
        _card("valuations_waiting", "Gifts in kind: valuations to approve", seen.submitted()),
        _card("valuations_stale", "Gifts in kind: use changed since it was valued", seen.stale()),
    )


def _card(key: str, title: str, rows: ValuationQuerySet) -> AttentionCard:
    groups = list(
        rows.order_by("currency").values("currency").annotate(count=Count("pk"), amount=Sum("value"))
    )
    first = rows.select_related("line__commitment__sponsor").order_by("month", "pk")[:FIRST_ROWS]
    return AttentionCard(
        key=key,
        title=title,
        model="sponsors.valuation",
        count=sum(group["count"] for group in groups),
        totals=tuple(
            CurrencyTotal(group["currency"], group["amount"]) for group in groups if group["amount"]
        ),
        rows=tuple(
            AttentionRow(
                row.pk, str(row), row.line.commitment.sponsor.name, row.month, row.currency, row.value
            )
            for row in first
        ),
    )


def gift_inputs(valuation: Valuation) -> dict[str, Decimal | None]:
    """Return quantity, unit values and what expired, as the draft of a gift was given them. One query."""
    steps = [step for step in valuation.steps.order_by("position") if step.unit != step.currency]
    rates = {step.estimate: step.rate for step in reversed(steps)}
    expired = [step.quantity for step in steps if step.estimate == Estimate.BASE and step.position > 1]
    low, high = rates.get(Estimate.LOW), rates.get(Estimate.HIGH)
    return {
        "quantity": valuation.quantity,
        "unit_value": valuation.unit_value,
        "low_unit_value": None if low == valuation.unit_value else low,
        "high_unit_value": None if high == valuation.unit_value else high,
        "expired": expired[0] if expired else None,
    }
