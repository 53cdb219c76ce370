"""What lists and pages say about services: who supplies them, how much they carry, what hangs on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import FIRM
from sponsors.inkind.models import Alternative, Service, ServiceKey, Supply, UsageMonth, UsagePull
from sponsors.inkind.selectors.traffic import SUMS, Figures


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """What a list says of a service. The month is the last full one."""

    supplier: str
    month: date
    used: Figures
    last_day: date | None


@dataclass(frozen=True, slots=True)
class SuppliedTime:
    """A supply as a page tells it: whether it holds today, and whether its line no longer does."""

    supply: Supply
    holds: bool
    needs_line: bool


@dataclass(frozen=True, slots=True)
class ServicePage:
    """What the page of a service shows above its form. `pull`: how far its provider was asked for usage, if it is."""

    figures: ServiceFigures
    pull: UsagePull | None
    supplies: Sequence[SuppliedTime]
    keys: Sequence[ServiceKey]
    alternatives: Sequence[Alternative]
    dependents: Sequence[str]


def month_before(today: date) -> date:
    """Return the first day of the last full month."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def figures_of(services: Collection[int], today: date) -> dict[int, ServiceFigures]:
    """Return what a list says of the services, by their keys. Three queries, however many they are."""
    month = month_before(today)
    suppliers = dict(
        Supply.objects.on(today).filter(service__in=services).values_list("service", "sponsor__name")
    )
    used = {
        row["service"]: Figures.of(row)
        for row in UsageMonth.objects.filter(service__in=services, month=month)
        .values("service")
        .annotate(**SUMS)
    }
    return {
        row.pk: ServiceFigures(suppliers.get(row.pk, ""), month, used.get(row.pk, Figures()), row.last_day)
        for row in Service.objects.filter(pk__in=services).with_last_day()
    }


def service_page(service: Service, today: date) -> ServicePage:
    """Return what hangs on a service. Eight queries."""
    supplies = service.supplies.select_related("sponsor", "line__commitment", "line__removed_by")
    homeless = set(
        Supply.objects.filter(service=service)
        .on(today)
        .without_standing_line(today)
        .values_list("pk", flat=True)
    )
    return ServicePage(
        figures_of([service.pk], today)[service.pk],
        UsagePull.objects.filter(service=service).first(),
        [
            SuppliedTime(
                supply,
                holds=supply.starts_on <= today
                and (supply.ends_before is None or today < supply.ends_before),
                needs_line=supply.pk in homeless,
            )
            for supply in supplies
        ],
        list(service.keys.all()),
        list(service.alternatives.select_related("card")),
        [line for line in service.dependents.splitlines() if line.strip()],
    )


def gift_lines(sponsors: Collection[int]) -> "list[CommitmentLine]":
    """Return the standing lines in kind of firm commitments of the sponsors, the newest commitment first."""
    return list(
        CommitmentLine.objects.filter(
            kind=CommitmentLine.Kind.IN_KIND,
            commitment__sponsor__in=sponsors,
            commitment__state__in=FIRM,
        )
        .select_related("commitment")
        .order_by("-commitment__number", "position")
    )
