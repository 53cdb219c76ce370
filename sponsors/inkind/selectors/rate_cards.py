"""The prices of a version of a card, and which of its regions prices what was metered where."""

from collections.abc import Mapping

from sponsors.inkind.models import RateCard, RateCardVersion
from sponsors.inkind.rules import Prices, Tier
from sponsors.inkind.rules.tiers import grouped


def prices_of(version: RateCardVersion) -> Prices:
    """Return what the version's prices are, regions and tiers in the order in which they were given.

    One query; one more where the card of the version was not read with it.
    """
    rows = version.tiers.order_by("pk").values_list("metric", "region", "up_to", "rate", "is_published")
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


def mapping_of(card: RateCard) -> Mapping[int, str]:
    """Return the region of the card that prices each provider's region, by the key of the latter. One query."""
    return dict(card.mappings.values_list("region", "card_region"))
