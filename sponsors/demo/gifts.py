"""What the first sponsor keeps running: five services, three years of use, what it was worth, and two incidents."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min
from django.utils import timezone

from sponsors.commitments.models import CommitmentLine
from sponsors.demo import story, traffic
from sponsors.inkind.models import Anomaly, RateCard, Region, Service, UsageImport, UsageRecord
from sponsors.inkind.rules import AnomalyKind, Criticality, GiftUnit, ImportState, Per, Provider, UsageSource
from sponsors.inkind.services import catalog, valuations, watch
from sponsors.inkind.services.gift_terms import set_gift_terms
from sponsors.inkind.services.supplies import supply_service
from sponsors.inkind.storage.partitions import make_partitions, month_after
from sponsors.inkind.storage.rollups import sum_up

if TYPE_CHECKING:
    from sponsors.demo.load import World

CARDS = {"base": "cloudfront-list", "low": "bunny-volume", "high": "fastly-list"}
CRITICALITY = {
    "files": Criticality.CRITICAL,
    "simple-index": Criticality.CRITICAL,
    "website": Criticality.HIGH,
    "documentation": Criticality.MEDIUM,
    "metadata-api": Criticality.HIGH,
}
DEPENDENTS = {
    "files": "Every installer and mirror\nBuild systems of companies and universities",
    "simple-index": "Every installer and mirror\nBuild systems of companies and universities",
    "website": "800,000 people with an account\nEverybody who looks for a project",
    "documentation": "People who publish projects",
    "metadata-api": "Security scanners\nEditors and dependency updaters",
}
CREDITS = "Larkspur Cloud"


def play(world: "World") -> None:
    """Write it in the order things happened."""
    lines = _lines(world)
    services = {share.slug: _service(world, share, lines) for share in traffic.SHARES}
    _agree_on_terms(world, lines)
    _count(world, services)
    _value(world, lines)
    _value_credits(world)
    # Two hours into the day, when a provider's figures of the day before are whole.
    watch.watch_services(actor=None, now=datetime.combine(world.as_of, time(2), tzinfo=UTC))
    _explain(world)


def _lines(world: "World") -> list[CommitmentLine]:
    """Return the sponsor's gifts from the first day of use on, the earliest first."""
    first = traffic.first_day(world.as_of)
    gifts = CommitmentLine.objects.filter(
        commitment__sponsor=world.sponsors[story.NAME],
        commitment__ends_before__gt=first,
        commitment__starts_on__lt=world.as_of,
    )
    return list(gifts.select_related("commitment__sponsor").order_by("commitment__starts_on"))


def _service(world: "World", share: traffic.Share, lines: list[CommitmentLine]) -> Service:
    actor = world.people["infrastructure"]
    service = catalog.add_service(
        actor=actor,
        name=share.name,
        slug=share.slug,
        purpose=f"{share.purpose} {traffic.GENERATED}",
        provider=Provider.FASTLY,
        criticality=CRITICALITY[share.slug],
        dependents=DEPENDENTS[share.slug],
    )
    catalog.add_key(
        actor=actor, service=service, provider=Provider.FASTLY, external_id=f"generated-{share.slug}"
    )
    for line in lines:
        ends = line.commitment.ends_before
        supply_service(
            actor=actor,
            service=service,
            sponsor=line.commitment.sponsor,
            starts_on=max(line.commitment.starts_on, traffic.first_day(world.as_of)),
            line=line,
            ends_before=ends if ends <= world.as_of else None,
        )
    for name, card, months, shed in (
        ("Fastly, paid for at list price", "fastly-list", 0, 0),
        ("Amazon CloudFront", "cloudfront-list", 9, 20),
        ("Bunny", "bunny-volume", 12, 10),
    ):
        catalog.set_alternative(
            actor=actor,
            service=service,
            name=name,
            card=RateCard.objects.get(slug=card),
            months_to_move=months,
            shed_percent=Decimal(shed),
            notes="An estimate of the infrastructure team, not an offer.",
        )
    return service


def _agree_on_terms(world: "World", lines: list[CommitmentLine]) -> None:
    for line in lines:
        # Of what is over, the terms are history that this Bursar does not have.
        if line.commitment.ends_before > world.as_of:
            set_gift_terms(
                actor=world.fundraiser,
                line=line,
                unit=GiftUnit.TERABYTE,
                per=Per.AS_USED,
                ceiling=Decimal(120_000),
                discount_percent=Decimal(100),
                terms_of_use="For the services of the package index. Illustration: the ceiling is invented.",
                notice_days=180,
            )
        valuations.add_policy(
            actor=world.treasurer,
            line=line,
            base_card=RateCard.objects.get(slug=CARDS["base"]),
            low_card=RateCard.objects.get(slug=CARDS["low"]),
            high_card=RateCard.objects.get(slug=CARDS["high"]),
        )


def _count(world: "World", services: dict[str, Service]) -> None:
    """Write the hours of three years, and their sums, as an import would have."""
    month, months = traffic.first_day(world.as_of), []
    while month < world.as_of:
        months.append(month)
        month = month_after(month)
    make_partitions(months)
    taken = UsageImport.objects.create(
        source=UsageSource.COMMAND,
        file_name="generated from published totals",
        sha256="",
        size=0,
        remark="1.2 trillion requests in a year, some 66 PB a month, 99 in 100 answered from cache.",
        imported_by=world.people["infrastructure"],
    )
    regions = {
        region.name: region
        for region in Region.objects.filter(provider=Provider.FASTLY, name__in=traffic.REGIONS)
    }
    traffic.write_hours(services, regions, taken, as_of=world.as_of)
    days = (world.as_of - months[0]).days
    sum_up(
        [
            (service.pk, months[0] + timedelta(days=number))
            for service in services.values()
            for number in range(days)
        ]
    )
    written = UsageRecord.objects.filter(service__in=[service.pk for service in services.values()]).aggregate(
        rows=Count("*"), first=Min("starts_at"), last=Max("starts_at")
    )
    taken.row_count = taken.new_count = written["rows"]
    taken.first_at, taken.last_before = written["first"], written["last"] + timedelta(hours=1)
    taken.state, taken.finished_at = ImportState.DONE, timezone.now()
    taken.save()


def _value(world: "World", lines: list[CommitmentLine]) -> None:
    """Value every month that is over: drafted and submitted by infrastructure, approved by finance."""
    for line in lines:
        month = max(line.commitment.starts_on, traffic.first_day(world.as_of)).replace(day=1)
        while month_after(month) <= min(line.commitment.ends_before, world.as_of):
            day = month_after(month) + timedelta(days=4)
            drafted = valuations.draft_valuation(
                actor=world.people["infrastructure"], line=line, month=month, today=max(day, world.as_of)
            )
            submitted = valuations.submit_valuation(actor=world.people["infrastructure"], valuation=drafted)
            valuations.approve_valuation(
                actor=world.treasurer, valuation=submitted, today=min(day, world.as_of)
            )
            month = month_after(month)


def _value_credits(world: "World") -> None:
    """Credits of the last month, which wait for approval."""
    month = (world.as_of.replace(day=1) - timedelta(days=1)).replace(day=1)
    line = (
        CommitmentLine.objects.filter(
            commitment__sponsor=world.sponsors[CREDITS],
            kind=CommitmentLine.Kind.IN_KIND,
            commitment__in=world.sponsors[CREDITS].commitments.in_force(month),
        )
        .order_by("pk")
        .last()
    )
    if line is not None:
        drafted = valuations.draft_other_gift(
            actor=world.people["infrastructure"],
            line=line,
            month=month,
            today=world.as_of,
            quantity=Decimal(9_400),
            unit_value=Decimal(1),
            expired=Decimal(600),
        )
        valuations.submit_valuation(actor=world.people["infrastructure"], valuation=drafted)


def _explain(world: "World") -> None:
    """The older incident was looked into; the newer one waits for somebody."""
    for anomaly in Anomaly.objects.open().filter(kind=AnomalyKind.HIT_RATIO):
        watch.explain_anomaly(
            actor=world.people["infrastructure"],
            anomaly=anomaly,
            explanation="A changed header let caches forget files within minutes. It was put right the same evening.",
        )
