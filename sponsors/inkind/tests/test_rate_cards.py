"""Rate cards, their versions and mappings, and regions."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pghistory
import pytest

from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import RateCard, RateCardVersion, RateTier, Region, UsageRecord
from sponsors.inkind.rules import Granularity, InKindError, NotAllowedNow, Tier, Use, quote
from sponsors.inkind.selectors.rate_cards import mapping_of, prices_of, prices_on
from sponsors.inkind.services import rate_cards as services
from sponsors.inkind.services.regions import add_region, change_region
from sponsors.inkind.storage.partitions import make_partitions
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.valuing import card

pytestmark = pytest.mark.django_db

OPEN = [Tier(None, Decimal("0.05"))]
VERSION: dict[str, Any] = {
    "valid_from": date(2024, 1, 1),
    "gigabyte": 10**9,
    "request_unit": 10_000,
    "source": "https://prices.example",
    "as_of": "2024-01-01",
    "confidence": "high",
    "bandwidth": {
        "usa": [Tier(Decimal(10), Decimal("0.1")), Tier(None, Decimal("0.05"), is_published=False)]
    },
    "requests": {"usa": OPEN},
}


def a_card(finance, slug="mine"):
    return services.add_card(
        actor=finance, name=f" {slug.title()} ", slug=slug, provider="fastly", currency="USD"
    )


def a_version(finance, card, **values):
    return services.add_version(actor=finance, card=card, **VERSION | values)


def refused(call):
    with pytest.raises(InKindError) as caught:
        call()
    return caught.value.code, caught.value.field


# Cards ------------------------------------------------------------------------------------------


def test_a_card_is_added_and_called_something_else(finance):
    card = a_card(finance)
    assert (card.name, card.slug) == ("Mine", "mine")
    assert services.change_card(actor=finance, card=card, name="Ours").name == "Ours"
    event = pghistory.models.Events.objects.tracks(card).order_by("pgh_id").last()
    assert event.pgh_context["action"] == "ratecard.change"
    assert (
        services.change_card(actor=finance, card=card, name="Ours").updated_at
        == RateCard.objects.get(pk=card.pk).updated_at
    )


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"name": " "}, ("required", "name")),
        ({"name": "Fastly list"}, ("rate_card_exists", "name")),
        ({"slug": "fastly-list"}, ("rate_card_exists", "slug")),
        ({"slug": "Not one"}, ("slug_invalid", "slug")),
        ({"provider": "akamai"}, ("unknown_choice", "provider")),
        ({"currency": "XXX"}, ("unknown_currency", "currency")),
    ],
)
def test_a_card_that_cannot_be_is_refused(finance, values, answer):
    given = {"name": "New", "slug": "new", "provider": "other", "currency": "USD"} | values
    assert refused(lambda: services.add_card(actor=finance, **given)) == answer


def test_a_name_is_of_one_card(finance):
    card = a_card(finance)
    assert refused(lambda: services.change_card(actor=finance, card=card, name="Fastly list")) == (
        "rate_card_exists",
        "name",
    )


# Versions ---------------------------------------------------------------------------------------


def test_a_version_holds_its_tiers_and_ends_the_one_before_on_its_first_day(finance):
    card = a_card(finance)
    first = a_version(finance, card, notes=" Why ", monthly_minimum=Decimal(5))
    second = a_version(
        finance, card, valid_from=date(2025, 1, 1), free_gigabytes=Decimal("1.5"), free_requests=7
    )
    first.refresh_from_db()
    assert (first.number, first.notes, first.valid_until) == (1, "Why", date(2024, 12, 31))
    assert (second.number, second.valid_from, second.valid_before) == (2, date(2025, 1, 1), None)
    assert prices_of(second).bandwidth == VERSION["bandwidth"]
    assert prices_of(second).free_gigabytes == Decimal("1.5")
    assert [tier.position for tier in second.tiers.filter(metric="bandwidth")] == [1, 2]
    assert card.versions.valid_on(date(2024, 12, 31)).get() == first
    assert card.versions.valid_on(date(2025, 1, 1)).get() == second


def test_days_without_prices_are_possible_and_shared_days_are_not(finance):
    card = a_card(finance)
    a_version(finance, card, valid_until=date(2024, 12, 31))
    a_version(finance, card, valid_from=date(2026, 1, 1))
    assert not card.versions.valid_on(date(2025, 6, 1)).exists()
    for day, field in ((date(2024, 12, 31), "valid_from"), (date(2025, 1, 1), "valid_until")):
        assert refused(lambda d=day: a_version(finance, card, valid_from=d)) == ("versions_overlap", field)
    assert card.versions.count() == 2


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"valid_from": date(1989, 12, 31)}, ("date_out_of_reach", "valid_from")),
        ({"valid_until": date(2100, 1, 1)}, ("date_out_of_reach", "valid_until")),
        ({"valid_until": date(2023, 12, 31)}, ("ends_before_start", "valid_until")),
        ({"gigabyte": 10**6}, ("unknown_choice", "gigabyte")),
        ({"request_unit": 0}, ("unit_out_of_reach", "request_unit")),
        ({"monthly_minimum": Decimal("0.001")}, ("amount_not_exact", "monthly_minimum")),
        ({"monthly_minimum": Decimal(-1)}, ("amount_out_of_reach", "monthly_minimum")),
        ({"free_gigabytes": Decimal("0.00001")}, ("free_out_of_reach", "free_gigabytes")),
        ({"free_requests": -1}, ("free_out_of_reach", "free_requests")),
        ({"source": ""}, ("required", "source")),
        ({"as_of": ""}, ("required", "as_of")),
        ({"confidence": "sure"}, ("unknown_choice", "confidence")),
        ({"notes": "x" * 5001}, ("too_long", "notes")),
        ({"requests": {}}, ("price_missing", "tiers")),
        ({"bandwidth": {"u\x00": OPEN}, "requests": {"u\x00": OPEN}}, ("unreadable", "tiers")),
        ({"bandwidth": {"usa": [Tier(Decimal(1), Decimal(1))]}}, ("tier_closed", "tiers")),
    ],
)
def test_a_version_that_cannot_be_is_refused_and_ends_nothing(finance, values, answer):
    card = a_card(finance)
    first = a_version(finance, card, valid_from=date(2020, 1, 1))
    assert refused(lambda: a_version(finance, card, **values)) == answer
    first.refresh_from_db()
    assert first.valid_before is None
    assert RateTier.objects.filter(version__card=card).count() == 3


def test_a_version_ends_on_a_day_and_twice_on_the_same(finance):
    card = a_card(finance)
    version = a_version(finance, card)
    ended = services.end_version(actor=finance, version=version, valid_until=date(2024, 6, 30))
    again = services.end_version(actor=finance, version=version, valid_until=date(2024, 6, 30))
    assert (ended.valid_until, again.updated_at) == (date(2024, 6, 30), ended.updated_at)
    a_version(finance, card, valid_from=date(2025, 1, 1))
    services.end_version(actor=finance, version=version, valid_until=date(2024, 12, 31))
    for day, code in ((date(2025, 1, 1), "versions_overlap"), (date(2023, 12, 31), "ends_before_start")):
        assert refused(lambda d=day: services.end_version(actor=finance, version=version, valid_until=d)) == (
            code,
            "valid_until",
        )


def test_what_was_valued_by_a_version_costs_the_same_after_a_new_one(finance):
    card = a_card(finance)
    first, month = a_version(finance, card), [Use("usa", 10**14, 10**6)]
    before = quote(prices_of(first), month)
    a_version(finance, card, valid_from=date(2025, 1, 1), bandwidth={"usa": OPEN})
    assert quote(prices_of(RateCardVersion.objects.get(pk=first.pk)), month) == before


# Mappings and regions ---------------------------------------------------------------------------


def test_a_region_is_mapped_to_one_that_has_a_price_and_mapped_again(finance):
    card, region = a_card(finance), factories.region("moon")
    call = {"actor": finance, "card": card, "region": region, "card_region": "usa"}
    with pytest.raises(InKindError, match="Add a version first"):
        services.map_region(**call)
    a_version(finance, card, bandwidth={"usa": OPEN, "asia": OPEN}, requests={"usa": OPEN, "asia": OPEN})
    first = services.map_region(**call)
    assert (services.map_region(**call), mapping_of(card)) == (first, {region.pk: "usa"})
    services.map_region(**call | {"card_region": "asia"})
    assert mapping_of(card) == {region.pk: "asia"}
    with pytest.raises(InKindError, match="Choose one of “asia”, “usa”") as caught:
        services.map_region(**call | {"card_region": "mars"})
    assert caught.value.field == "card_region"


def test_a_region_is_added_and_read_otherwise(infrastructure):
    region = add_region(actor=infrastructure, provider="fastly", name=" moon ", label="The moon")
    assert (region.name, region.is_total) == ("moon", False)
    changed = change_region(actor=infrastructure, region=region, label="Moon", is_total=True)
    assert (changed.label, changed.is_total) == ("Moon", True)
    for values, answer in (
        ({"name": "moon"}, ("region_exists", "name")),
        ({"name": ""}, ("required", "name")),
        ({"label": "x" * 61}, ("too_long", "label")),
        ({"provider": "akamai"}, ("unknown_choice", "provider")),
    ):
        given = {"provider": "fastly", "name": "mars", "label": "Mars"} | values
        assert refused(lambda g=given: add_region(actor=infrastructure, **g)) == answer


def test_where_use_was_counted_as_one_region_it_does_not_become_the_total(infrastructure):
    region = factories.region("usa")
    factories.month_of_use(factories.service(), date(2024, 1, 1), where=region)
    with pytest.raises(NotAllowedNow, match="is there already, as one region"):
        change_region(actor=infrastructure, region=region, label="USA", is_total=True)
    assert change_region(actor=infrastructure, region=region, label="USA", is_total=False).label == "USA"


def test_a_total_that_days_by_region_went_before_does_not_become_a_region(infrastructure):
    region = Region.objects.get(provider="fastly", name="all")
    make_partitions([date(2024, 1, 1)])
    UsageRecord.objects.create(
        service=factories.service(),
        starts_at=datetime(2024, 1, 1, tzinfo=UTC),
        granularity=Granularity.DAY,
        region=region,
        usage_import_id=1,
        requests=1,
    )
    with pytest.raises(NotAllowedNow, match="is there already, as the total"):
        change_region(actor=infrastructure, region=region, label="All", is_total=False)


# At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_people_who_add_a_version_from_one_day_add_one(finance):
    card = a_card(finance)
    a_version(finance, card, valid_from=date(2020, 1, 1))
    results = at_once(*[lambda: a_version(finance, card)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["InKindError", "RateCardVersion"]
    assert list(card.versions.order_by("number").values_list("number", "valid_before")) == [
        (1, date(2024, 1, 1)),
        (2, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_map_one_region_leave_one_mapping(finance):
    card = a_card(finance)
    a_version(finance, card)
    region = factories.region()
    call = lambda: services.map_region(actor=finance, card=card, region=region, card_region="usa")  # noqa: E731  # twice the same
    first, second = at_once(call, call)
    assert first == second


def test_prices_of_many_cards_are_read_at_once(db, django_assert_num_queries):
    cards = [card(f"list-{number}", f"0.{number}") for number in (1, 2, 3)]
    RateCardVersion.objects.filter(pk=cards[2].pk).update(valid_before=date(2024, 1, 1))

    with django_assert_num_queries(3):
        found = prices_on([version.card_id for version in cards], date(2024, 3, 1))

    assert found.keys() == {cards[0].card_id, cards[1].card_id}
    for version in cards[:2]:
        assert found[version.card_id].prices == prices_of(version)
        assert found[version.card_id].mapping == mapping_of(version.card)
