"""What a service costs elsewhere, and why nobody can say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from foundation.money.models import ExchangeRate
from sponsors.inkind.models import Alternative, RateCard, RateCardVersion, RateTier, RegionMapping
from sponsors.inkind.tests.factories import month_of_use, region, service
from sponsors.inkind.tests.valuing import card
from sponsors.renewals.selectors.money import InOwnCurrency
from sponsors.renewals.selectors.replacement import dearest, replacements

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
LAST_MONTH = date(2026, 2, 1)


@pytest.fixture
def option():
    """Return an alternative by a card of 0.10 a GB, of a service that used 10^15 bytes and 10^9 requests."""
    month_of_use(service(), LAST_MONTH)
    return Alternative.objects.create(service=service(), name="Elsewhere", card=card().card, months_to_move=6)


def found():
    return replacements([service().pk], InOwnCurrency(TODAY), TODAY)[service().pk]


def only():
    (one,) = found()
    return one


def test_month_without_others_counts_for_all_twelve(option):
    assert (only().a_year, only().months) == (12 * 100_750, 1)
    assert only().a_month == 100_750
    assert only().problem == ""


def test_only_the_last_twelve_full_months_count(option):
    month_of_use(service(), date(2025, 2, 1), billable_bytes=10**18)
    month_of_use(service(), date(2026, 3, 1), billable_bytes=10**18)

    assert only().a_year == 12 * 100_750


def test_slabs_begin_anew_each_month(option):
    version = card("graduated", "0")
    for position, up_to, rate in ((1, 500_000, "0.20"), (2, None, "0.10")):
        RateTier.objects.create(
            version=version, metric="bandwidth", region="elsewhere", position=position, up_to=up_to, rate=rate
        )
    RateTier.objects.create(version=version, metric="requests", region="elsewhere", position=1, rate=0)
    RegionMapping.objects.filter(card=version.card).update(card_region="elsewhere")
    Alternative.objects.update(card=version.card)
    month_of_use(service(), date(2026, 1, 1))

    assert only().a_year == 12 * (100_000 + 50_000)


def test_alternative_without_a_card_says_so(option):
    Alternative.objects.update(card=None)

    assert (only().a_year, only().a_month, only().card) == (None, None, "")
    assert only().problem == "“Elsewhere” has no rate card. Add one on the page of the service."


def test_service_without_use_says_so(option):
    Alternative.objects.create(service=service("docs"), name="Elsewhere", card=option.card)

    (docs,) = replacements(None, InOwnCurrency(TODAY), TODAY)[service("docs").pk]

    assert docs.problem == "No use is known of the last twelve months. Import it."


def test_card_without_prices_for_today_says_so(option):
    RateCardVersion.objects.filter(card=option.card).update(valid_before=TODAY)

    assert only().problem == "List has no prices for today. Add a version that has."


def test_regions_that_are_not_mapped_are_counted_only_where_something_was_used(option):
    month_of_use(service(), LAST_MONTH, where=region("europe"), billable_bytes=0, requests=0)
    assert only().problem == ""

    month_of_use(service(), LAST_MONTH, where=region("asia"))
    assert only().problem.startswith("List does not price a region in which the service is used.")


def test_region_that_the_card_has_no_prices_for_says_so(option):
    RegionMapping.objects.update(card_region="moon")

    assert "moon" in only().problem


def test_card_abroad_is_converted_or_says_what_lacks(option):
    RateCard.objects.filter(pk=option.card_id).update(currency="EUR")
    assert only().problem.startswith("It is EUR 1,209,000.00, and there is no recent exchange rate from EUR.")

    ExchangeRate.objects.create(day=TODAY - timedelta(days=1), currency="USD", rate=Decimal("1.25"))
    assert only().a_year == Decimal("1511250.00")


def test_dearest_is_of_those_whose_price_is_known(option):
    Alternative.objects.create(service=service(), name="Cheap", card=card("cheap", "0.01").card)
    Alternative.objects.create(service=service(), name="Unknown")

    most = dearest(found())
    assert most is not None
    assert most.alternative == "Elsewhere"
    assert dearest([one for one in found() if one.alternative == "Unknown"]) is None
