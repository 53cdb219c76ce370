"""The cards that Bursar comes with: their figures, and that every region that providers name has a price."""

import json
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sponsors.inkind.models import RateCard, RateCardVersion, RateTier, Region, RegionMapping
from sponsors.inkind.rules import Gigabyte, Provider, Tier, Use, check_tiers, quote
from sponsors.inkind.selectors.rate_cards import mapping_of, prices_of

pytestmark = pytest.mark.django_db
PB, BILLION = 10**15, 10**9
SLUGS = ["bunny-standard", "bunny-volume", "cloudfront-list", "fastly-list"]
# Not in the list that the others are from: inferred, and said so in the notes of the version.
INFERRED = {"fastly-list": {"india_korea"}}
PUBLISHED = Path(__file__).resolve().parents[3] / "../shared/data/cdn/default_rate_cards.json"


def version_of(slug):
    return RateCardVersion.objects.select_related("card").get(card__slug=slug)


def price(slug, region, count, requests=0):
    return quote(prices_of(version_of(slug)), [Use(region, count, requests)])


def test_a_month_of_66_petabytes_and_100_billion_requests_by_the_shipped_cards():
    month = {"count": 66 * PB, "requests": 100 * BILLION}
    by_list, by_volume = price("fastly-list", "usa", **month), price("bunny-volume", "global", **month)
    assert (by_list.total, by_list.is_extrapolated) == (Decimal("5355400.00"), True)
    assert (by_volume.total, by_volume.is_extrapolated) == (Decimal("199500.00"), True)
    assert price("fastly-list", "usa", 27 * PB, 60 * BILLION).total == Decimal("2205400.00")
    by_cloudfront = price("cloudfront-list", "US,MX,CA", **month)
    assert not by_cloudfront.is_extrapolated
    assert {step.unit for step in by_cloudfront.steps} == {"GB (2^30 bytes)", "10,000 requests"}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_region_of_every_provider_has_a_price_on_every_card(slug):
    version = version_of(slug)
    prices, mapping = prices_of(version), mapping_of(version.card)
    assert set(mapping) == set(Region.objects.values_list("pk", flat=True))
    assert set(mapping.values()) <= set(prices.bandwidth)
    assert quote(prices, [Use(card_region, 10**12, 10**6) for card_region in mapping.values()]).total > 0
    check_tiers(prices.bandwidth, prices.requests)


def test_a_card_is_read_with_a_fixed_number_of_queries():
    version = version_of("cloudfront-list")
    with CaptureQueriesContext(connection) as queries:
        prices_of(version)
        mapping_of(version.card)
    assert len(queries) == 2


def test_each_card_says_where_its_prices_are_from():
    for version in RateCardVersion.objects.all():
        assert version.source
        assert version.as_of
        assert version.valid_before is None
    assert version_of("fastly-list").confidence == "medium"
    assert "India and South Korea are of low confidence" in version_of("fastly-list").notes


def test_the_regions_of_each_provider_are_there():
    named = {
        "fastly": "africa_std all anzac asia asia_india asia_southkorea europe latam mexico southamerica_std usa",
        "cloudfront": "AP AU CA EU IN JP ME SA US ZA",
        "cloudflare": "all",
        "bunny": "all asia_oceania eu_na me_africa south_america",
        "other": "global",
    }
    assert {
        provider: " ".join(sorted(Region.objects.filter(provider=provider).values_list("name", flat=True)))
        for provider in Provider.values
    } == named
    totals = Region.objects.filter(is_total=True).values_list("provider", "name")
    assert set(totals) == {("fastly", "all"), ("cloudflare", "all"), ("bunny", "all"), ("other", "global")}


def test_what_is_there_already_is_left_as_it_is():
    before = [model.objects.count() for model in (Region, RateCard, RateTier, RegionMapping)]
    import_module("sponsors.migrations.0010_default_rate_cards").add(apps, None)
    assert [model.objects.count() for model in (Region, RateCard, RateTier, RegionMapping)] == before


# Against the published figures, where they are at hand ------------------------------------------


def published_tiers(card, region):
    """Return a region's tiers of bandwidth as the file has them, in any of its three shapes."""
    given = card["bandwidth"][region]
    if isinstance(given, str):
        return [Tier(None, Decimal(given))]
    if "bounds" in card:
        return [
            Tier(None if up_to is None else Decimal(up_to), Decimal(rate))
            for up_to, rate in zip(card["bounds"], given, strict=True)
        ]
    return [
        Tier(
            None if tier["up_to"] is None else Decimal(tier["up_to"]),
            Decimal(tier["rate"]),
            tier.get("published", True),
        )
        for tier in given
    ]


def test_the_figures_are_the_published_ones():
    if not PUBLISHED.exists():
        pytest.skip("the published figures are not at hand")
    cards = json.loads(PUBLISHED.read_text())["cards"]
    assert len(cards) == len(SLUGS) == RateCard.objects.count()
    for card in cards:
        slug = card["id"].removesuffix("-2020")
        prices = prices_of(version_of(slug))
        regions = set(prices.bandwidth) - INFERRED.get(slug, set())
        assert regions == set(card["bandwidth"])
        assert {region: list(prices.bandwidth[region]) for region in regions} == {
            region: published_tiers(card, region) for region in regions
        }
        given = card.get("https_requests_per_10k") or card["requests"]
        for region in regions:
            rate = given.get(region, given.get("global"))
            assert list(prices.requests[region]) == [Tier(None, Decimal(rate))]
        free = card.get("free_tier", {"gb": 0, "requests": 0})
        assert (prices.free_gigabytes, prices.free_requests) == (free["gb"], free["requests"])
        assert prices.monthly_minimum == Decimal(card.get("monthly_minimum", "0"))
        assert (prices.currency, prices.gigabyte) == (card["currency"], card["gb_bytes"])
        assert prices.request_unit == card.get("request_unit", 10_000)
        assert (prices.gigabyte == Gigabyte.BINARY) == (slug == "cloudfront-list")
