"""What is kept aside, by the names under which it came."""

from dataclasses import dataclass

from django.db.models import Count, F, Max, Min, OuterRef, QuerySet, Subquery

from sponsors.inkind.models import Region, Service, UsageAside
from sponsors.inkind.storage.names import Names

_NAMES = ("provider", "service_name", "region_name")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of names by now, and so what is still to be said."""

    service: Service | None
    provider: str
    needs_region: bool


def groups_of(asides: "QuerySet[UsageAside]") -> "QuerySet[UsageAside]":
    """Return one row for all with the same names: the first, with `row_count`, `first_at` and `last_at` of them."""
    firsts = asides.order_by().values(*_NAMES).annotate(first=Min("pk")).values("first")
    alike = UsageAside.objects.filter(**{name: OuterRef(name) for name in _NAMES}).order_by().values(*_NAMES)
    return asides.filter(pk__in=firsts).annotate(
        row_count=Subquery(alike.annotate(found=Count("pk")).values("found")),
        first_at=Subquery(alike.annotate(found=Min("starts_at")).values("found")),
        last_at=Subquery(alike.annotate(found=Max("starts_at")).values("found")),
    )


def alike(aside: UsageAside) -> "QuerySet[UsageAside]":
    """Return all rows that came under the same names, in the order of their time."""
    named = {name: getattr(aside, name) for name in _NAMES}
    return UsageAside.objects.filter(**named).order_by(F("starts_at"), "pk")


def known_of(aside: UsageAside) -> Known:
    """Return what the names mean by now."""
    meaning = Names().meaning(aside.provider, aside.service_name, aside.region_name)
    if meaning.service is None:
        # Whose regions are meant is known where the file names the provider, and else only with the service.
        regions = Region.objects.filter(provider=aside.provider, name=aside.region_name)
        return Known(None, meaning.provider, not regions.exists())
    return Known(Service.objects.get(pk=meaning.service), meaning.provider, meaning.region is None)
