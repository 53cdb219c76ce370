"""Services, regions and metered use for tests, as plain rows; one small function a model."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from foundation.books.selectors import local_today
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.tests.factories import in_kind_line, signed_commitment
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import (
    Alternative,
    Anomaly,
    EnergyFactor,
    GiftTerms,
    RateCard,
    RateCardVersion,
    RateTier,
    Region,
    Service,
    ServiceKey,
    Supply,
    UsageAside,
    UsageDay,
    UsageImport,
    UsageMonth,
    UsageProgress,
    UsageReject,
)
from sponsors.inkind.rules import (
    AnomalyKind,
    AsideProblem,
    Confidence,
    Criticality,
    GiftUnit,
    Gigabyte,
    Granularity,
    ImportState,
    Metric,
    Per,
    Provider,
)

STARTS = date(2024, 1, 1)


def gift_line(sponsor: Sponsor | None = None, *, category: str = "cdn", years: int = 5) -> CommitmentLine:
    """Return the only line of a signed five-year commitment in kind, from 2024 on."""
    commitment = signed_commitment(
        sponsor, years=years, starts_on=STARTS, lines=[in_kind_line(9_000_000, category=category)]
    )
    return commitment.lines.get()


def service(slug: str = "files", *, provider: str = Provider.FASTLY) -> Service:
    """Return the service of that slug, made at the first call."""
    return Service.objects.get_or_create(
        slug=slug,
        defaults={
            "name": slug.capitalize(),
            "purpose": f"Serves {slug} to everybody.",
            "provider": provider,
            "criticality": Criticality.CRITICAL,
        },
    )[0]


def supplied(of: Service, line: CommitmentLine | None = None, *, starts_on: date = STARTS) -> Supply:
    """Let the line's sponsor supply the service from the day on."""
    line = line or gift_line()
    return Supply.objects.create(service=of, sponsor=line.commitment.sponsor, line=line, starts_on=starts_on)


def gift_terms(line: CommitmentLine | None = None, **terms: Any) -> GiftTerms:
    """Write the terms of a line: 60,000 TB a month, at most 70,000, unless others are given."""
    usual = {
        "unit": GiftUnit.TERABYTE,
        "per": Per.MONTH,
        "quantity": Decimal(60_000),
        "ceiling": Decimal(70_000),
    }
    return GiftTerms.objects.create(line=line or gift_line(), **usual | terms)


def service_in_use(number: int = 1) -> Service:
    """Return a supplied service with a name at its provider, an alternative, and use last month."""
    of = service(f"files-{number}")
    if not of.supplies.exists():
        supplied(of, starts_on=STARTS)
    ServiceKey.objects.get_or_create(service=of, provider=Provider.FASTLY, external_id=f"SU{number}")
    Alternative.objects.get_or_create(service=of, name="Elsewhere", defaults={"months_to_move": 6})
    last = (local_today().replace(day=1) - timedelta(days=1)).replace(day=1)
    month_of_use(of, last)
    return of


def region(name: str = "usa", *, provider: str = Provider.FASTLY) -> Region:
    """Return the provider's region of that name, made at the first call."""
    return Region.objects.get_or_create(provider=provider, name=name, defaults={"label": name.title()})[0]


def month_of_use(
    of: Service,
    month: date,
    *,
    where: Region | None = None,
    billable_bytes: int = 10**15,
    requests: int = 10**9,
) -> UsageMonth:
    """Write a complete month of metered use, and its days, as if it had been imported."""
    where = where or region()
    following = (month + timedelta(days=31)).replace(day=1)
    days = (following - month).days
    counts = {
        "delivered_bytes": billable_bytes,
        "origin_bytes": billable_bytes // 100,
        "hits": requests * 99 // 100,
        "misses": requests // 100,
        "passes": 0,
        "errors": 0,
    }
    total = {"billable_bytes": billable_bytes, "requests": requests, **counts}
    first = {name: value - (days - 1) * (value // days) for name, value in total.items()}
    for number in range(days):
        UsageDay.objects.create(
            service=of,
            day=month + timedelta(days=number),
            region=where,
            granularity=Granularity.HOUR,
            is_complete=True,
            **(first if number == 0 else {name: value // days for name, value in total.items()}),
        )
    return UsageMonth.objects.create(service=of, month=month, region=where, complete_days=days, **total)


def rate_card(
    slug: str = "list", *, rate: str = "0.10", request_rate: str = "0.0075", card_region: str = "usa"
) -> RateCardVersion:
    """Return a card's version with one open tier of bandwidth and one of requests in one region."""
    card = RateCard.objects.create(
        name=slug.capitalize(), slug=slug, provider=Provider.FASTLY, currency="USD"
    )
    version = RateCardVersion.objects.create(
        card=card,
        number=1,
        valid_from=date(2020, 1, 1),
        gigabyte=Gigabyte.DECIMAL,
        request_unit=10_000,
        source="A price list",
        as_of="2020",
        confidence=Confidence.HIGH,
    )
    for metric, price in ((Metric.BANDWIDTH, rate), (Metric.REQUESTS, request_rate)):
        RateTier.objects.create(
            version=version, metric=metric, region=card_region, position=1, rate=Decimal(price)
        )
    return version


def energy_factor(name: str = "Factor", *, is_current: bool = False, year: int = 2024) -> EnergyFactor:
    """Return a factor of 0.01, 0.03 and 0.06 kWh a GB and of 50, 500 and 700 g a kWh."""
    return EnergyFactor.objects.create(
        name=name,
        kwh_per_gb_low=Decimal("0.01"),
        kwh_per_gb=Decimal("0.03"),
        kwh_per_gb_high=Decimal("0.06"),
        gco2_per_kwh_low=Decimal(50),
        gco2_per_kwh=Decimal(500),
        gco2_per_kwh_high=Decimal(700),
        source="A study",
        year=year,
        is_current=is_current,
    )


def anomaly(number: int = 0, *, kind: str = AnomalyKind.REQUESTS, of: Service | None = None) -> Anomaly:
    """Return an open anomaly of so many days after the start of 2026."""
    return Anomaly.objects.create(
        service=of or service(),
        kind=kind,
        day=date(2026, 1, 1) + timedelta(days=number),
        hour=14,
        observed=1.2e9,
        expected=390e6,
        spread=20e6,
        score=20.8,
        compared_with=8,
    )


def usage_import(**values: object) -> UsageImport:
    """Return an import that is done, with nothing in it."""
    given = {"source": "upload", "format": "csv", "file_name": "march.csv", "sha256": "0" * 64, "size": 5}
    over = {"state": ImportState.DONE, "finished_at": timezone.now()}
    made = UsageImport.objects.create(**{**given, **over, **values})
    UsageProgress.objects.create(usage_import=made, done=made.size, total=made.size)
    return made


def reject(of: UsageImport, line: int = 2) -> UsageReject:
    return UsageReject.objects.create(
        usage_import=of,
        line=line,
        reason="The requests are -1. A count is 0 or more.",
        excerpt="files, usa, -1",
    )


def aside(service_name: str = "mirror", region_name: str = "mars", **values: object) -> UsageAside:
    """Return an hour of a service that nobody knows."""
    given = {
        "usage_import": usage_import(row_count=1, aside_count=1),
        "line": 2,
        "problem": AsideProblem.UNKNOWN_SERVICE,
        "provider": Provider.FASTLY,
        "starts_at": datetime(2024, 3, 1, 14, tzinfo=UTC),
        "granularity": Granularity.HOUR,
        "requests": 100,
    }
    return UsageAside.objects.create(
        service_name=service_name, region_name=region_name, **{**given, **values}
    )
