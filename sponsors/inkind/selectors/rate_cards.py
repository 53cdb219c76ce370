"""The prices of a version of a card, which of its regions prices what was metered where, and a card as a page shows it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sponsors.inkind.models import RateCard, RateCardVersion, RateTier, Region, RegionMapping
from sponsors.inkind.rules import Prices, Provider, Tier
from sponsors.inkind.rules.rate_tables import RateTable, rate_table
from sponsors.inkind.rules.tiers import grouped

_TierRow = tuple[str, str, Decimal | None, Decimal, bool]
_COLUMNS = ("metric", "region", "up_to", "rate", "is_published")


def prices_of(version: RateCardVersion) -> Prices:
    """Return what the version's prices are, regions and tiers in the order in which they were given.

    One query; one more where the card of the version was not read with it.
    """
    return _prices(version, version.tiers.order_by("pk").values_list(*_COLUMNS))


def mapping_of(card: RateCard) -> Mapping[int, str]:
    """Return the region of the card that prices each provider's region, by the key of the latter. One query."""
    return dict(card.mappings.values_list("region", "card_region"))


@dataclass(frozen=True, slots=True)
class PricesOfDay:
    """The prices of a card that hold on a day, and the region of the card that prices each provider's region."""

    prices: Prices
    mapping: Mapping[int, str]


def prices_on(cards: Collection[int], day: date) -> dict[int, PricesOfDay]:
    """Return those of the cards, by their keys, that have prices for the day. Three queries."""
    versions = list(RateCardVersion.objects.valid_on(day).filter(card__in=cards).select_related("card"))
    tiers: dict[int, list[_TierRow]] = defaultdict(list)
    rows = RateTier.objects.filter(version__in=versions).order_by("pk").values_list("version", *_COLUMNS)
    for version, *tier in rows:
        tiers[version].append(tuple(tier))
    mappings: dict[int, dict[int, str]] = defaultdict(dict)
    for card, region, card_region in RegionMapping.objects.filter(card__in=cards).values_list(
        "card", "region", "card_region"
    ):
        mappings[card][region] = card_region
    return {
        version.card_id: PricesOfDay(_prices(version, tiers[version.pk]), mappings[version.card_id])
        for version in versions
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVersion:
    """A version with its prices; `holds`: on the day that was asked for."""

    version: RateCardVersion
    prices: Prices
    table: RateTable
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMapping:
    """A region of the card, and by provider the regions that it prices; `has_price` in the newest version."""

    card_region: str
    priced: tuple[tuple[str, tuple[Region, ...]], ...]
    has_price: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """A card's versions, the newest first, its mappings, and the regions that it prices nothing in."""

    versions: tuple[ShownVersion, ...]
    mappings: tuple[ShownMapping, ...]
    unmapped: tuple[Region, ...]


def shown_card(card: RateCard, *, on: date) -> ShownCard:
    """Return the card with its prices on the day. Five queries."""
    tiers: dict[int, list[_TierRow]] = defaultdict(list)
    rows = RateTier.objects.filter(version__card=card).order_by("pk").values_list("version", *_COLUMNS)
    for version, *tier in rows:
        tiers[version].append(tuple(tier))
    versions = []
    holding = set(card.versions.valid_on(on).values_list("pk", flat=True))
    for version in card.versions.select_related("card").order_by("-number"):
        prices = _prices(version, tiers[version.pk])
        versions.append(
            ShownVersion(
                version=version, prices=prices, table=rate_table(prices), holds=version.pk in holding
            )
        )
    mapping = mapping_of(card)
    regions = list(Region.objects.order_by("provider", "label"))
    return ShownCard(
        versions=tuple(versions),
        mappings=tuple(_mappings(mapping, regions, list(versions[0].prices.bandwidth) if versions else [])),
        unmapped=tuple(region for region in regions if region.pk not in mapping),
    )


def _prices(version: RateCardVersion, rows: Iterable[_TierRow]) -> Prices:
    bandwidth, requests = grouped(
        (metric, region, Tier(up_to, rate, is_published))
        for metric, region, up_to, rate, is_published in rows
    )
    return Prices(
        name=str(version),
        currency=version.card.currency,
        gigabyte=version.gigabyte,
        request_unit=version.request_unit,
        monthly_minimum=version.monthly_minimum,
        free_gigabytes=version.free_gigabytes,
        free_requests=version.free_requests,
        bandwidth=bandwidth,
        requests=requests,
    )


def _mappings(
    mapping: Mapping[int, str], regions: Iterable[Region], known: list[str]
) -> Iterable[ShownMapping]:
    priced: dict[str, dict[str, list[Region]]] = {name: defaultdict(list) for name in known}
    for region in regions:
        if region.pk in mapping:
            priced.setdefault(mapping[region.pk], defaultdict(list))[region.provider].append(region)
    for card_region, by_provider in priced.items():
        yield ShownMapping(
            card_region=card_region,
            priced=tuple(
                (str(Provider(provider).label), tuple(found)) for provider, found in by_provider.items()
            ),
            has_price=card_region in known,
        )
