"""Rate cards and regions over the REST API."""

import pytest

from foundation.api.tests.factories import api_client
from sponsors.inkind.models import RateCard, Region
from sponsors.inkind.tests import factories

pytestmark = pytest.mark.django_db
CARDS, REGIONS = "/api/v1/rate-cards/", "/api/v1/usage-regions/"
OPEN = {"metric": "bandwidth", "region": "usa", "rate": "0.08", "is_published": False}
VERSION = {
    "valid_from": "2024-01-01",
    "gigabyte": 10**9,
    "request_unit": 10_000,
    "source": "https://prices.example",
    "as_of": "2024-01-01",
    "confidence": "high",
    "tiers": [
        {"metric": "bandwidth", "region": "usa", "up_to": "10000", "rate": "0.12"},
        OPEN,
        {"metric": "requests", "region": "usa", "rate": "0.0075"},
    ],
}


@pytest.fixture
def treasury(finance):
    return api_client(finance)


@pytest.fixture
def fastly():
    return f"{CARDS}{RateCard.objects.get(slug='fastly-list').pk}/"


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def test_a_list_tells_of_cards_and_a_card_of_its_prices(treasury, fastly):
    listed = treasury.get(f"{CARDS}?provider=fastly").json()["results"]
    assert [(row["slug"], "versions" in row) for row in listed] == [("fastly-list", False)]
    card = treasury.get(fastly).json()
    (version,) = card["versions"]
    assert (version["number"], version["valid_until"], version["monthly_minimum"]) == (1, None, "50.00")
    assert version["tiers"][2] == {
        "metric": "bandwidth",
        "region": "usa",
        "position": 3,
        "up_to": None,
        "rate": "0.08000000",
        "is_published": False,
    }
    usa = Region.objects.get(provider="fastly", name="usa")
    assert {"region": usa.pk, "card_region": "usa"} in card["mappings"]


def test_a_card_is_made_priced_mapped_and_ended(treasury):
    made = treasury.post(CARDS, {"name": "Mine", "slug": "mine", "provider": "other", "currency": "USD"})
    assert (made.status_code, made.json()["versions"]) == (201, [])
    url = made["Location"]
    assert treasury.patch(url, {"name": "Ours"}).json()["name"] == "Ours"
    assert treasury.patch(url, {}).json()["name"] == "Ours"
    priced = treasury.post(f"{url}add-version/", VERSION)
    assert [tier["up_to"] for tier in priced.json()["versions"][0]["tiers"]] == ["10000.0000", None, None]
    again = treasury.post(f"{url}add-version/", VERSION)
    assert (again.status_code, errors(again)) == (400, [("versions_overlap", "valid_from")])
    region = factories.region("moon")
    mapped = treasury.post(f"{url}map-region/", {"region": region.pk, "card_region": "usa"})
    assert mapped.json()["mappings"] == [{"region": region.pk, "card_region": "usa"}]
    ended = treasury.post(f"{url}end-version/", {"version": 1, "valid_until": "2024-12-31"})
    assert ended.json()["versions"][0]["valid_until"] == "2024-12-31"
    gone = treasury.get(f"{url}quote/?use=usa:1:1&on=2025-01-01")
    assert (gone.status_code, errors(gone)) == (400, [("invalid", "on")])


def test_whoever_read_a_card_before_its_prices_or_mappings_changed_reads_it_again(treasury, fastly):
    read = treasury.get(fastly)["ETag"]
    moon = {"region": factories.region("moon").pk, "card_region": "usa"}
    for name, body in (
        ("map-region", moon),
        ("map-region", {**moon, "card_region": "europe"}),
        ("end-version", {"version": 1, "valid_until": "2029-12-31"}),
        ("add-version", {**VERSION, "valid_from": "2030-01-01"}),
    ):
        answer = treasury.post(f"{fastly}{name}/", body, HTTP_IF_MATCH=read)
        assert (answer.status_code, answer["ETag"] == read) == (200, False), name
        assert treasury.patch(fastly, {"name": "Mine"}, HTTP_IF_MATCH=read).status_code == 412, name
        read = answer["ETag"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tiers": [OPEN]}, [("price_missing", "tiers")]),
        ({"tiers": [OPEN, OPEN]}, [("tier_open", "tiers")]),
        ({"tiers": []}, [("empty", "tiers.non_field_errors")]),
        ({"tiers": [{**OPEN, "rate": "-1"}]}, [("min_value", "tiers.0.rate")]),
        ({"tiers": [{**OPEN, "rates": "1"}]}, [("unknown_field", "tiers.0.rates")]),
        ({"gigabyte": 10**6}, [("invalid_choice", "gigabyte")]),
    ],
)
def test_a_version_that_cannot_be_is_refused(treasury, fastly, values, expected):
    answer = treasury.post(f"{fastly}add-version/", VERSION | values)
    assert (answer.status_code, errors(answer)) == (400, expected)


def test_a_version_that_is_not_there_cannot_end(treasury, fastly):
    answer = treasury.post(f"{fastly}end-version/", {"version": 7, "valid_until": "2024-12-31"})
    assert (answer.status_code, errors(answer)) == (400, [("invalid", "version")])


def test_a_month_is_quoted_in_steps(treasury, fastly):
    answer = treasury.get(
        f"{fastly}quote/?use=usa:66000000000000000:0&use=usa:0:100000000000&version=1"
    ).json()
    assert (answer["total"], answer["is_extrapolated"], answer["currency"]) == ("5355400.00", True, "USD")
    assert [step["amount"] for step in answer["steps"]] == ["1200.00", "800.00", "5278400.00", "75000.00"]
    assert answer["steps"][2]["quantity"] == "65980000.000000"
    assert treasury.get(f"{fastly}quote/?use=usa:1000000000:0").json()["total"] == "50.00"
    cloudfront = f"{CARDS}{RateCard.objects.get(slug='cloudfront-list').pk}/"
    free = treasury.get(f"{cloudfront}quote/", {"use": "US,MX,CA:1024:0", "on": "2024-01-01"}).json()
    assert (free["total"], free["steps"][0]["label"]) == ("0.00", "Bandwidth in US,MX,CA, free of charge")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("invalid", "use")]),
        ("use=usa", [("invalid", "use")]),
        ("use=usa:-1:0", [("invalid", "use")]),
        ("use=usa:1.5:0", [("invalid", "use")]),
        ("use=:1:0", [("invalid", "use")]),
        ("use=usa:9999999999999999999:0", [("invalid", "use")]),
        ("use=mars:1:0", [("region_without_prices", "use")]),
        ("use=usa:1:0&version=7", [("invalid", "version")]),
        ("use=usa:1:0&version=one", [("invalid", "version")]),
        ("use=usa:1:0&on=2019-12-31", [("invalid", "on")]),
        ("use=usa:1:0&on=yesterday", [("invalid", "on")]),
        ("use=usa:1:0&version=1&version=1", [("invalid", "version")]),
    ],
)
def test_what_cannot_be_quoted_is_refused(treasury, fastly, query, expected):
    answer = treasury.get(f"{fastly}quote/?{query}")
    assert (answer.status_code, errors(answer)) == (400, expected)


def test_a_region_is_added_and_changed(infrastructure):
    client = api_client(infrastructure)
    made = client.post(REGIONS, {"provider": "fastly", "name": "moon", "label": "Moon"})
    assert (made.status_code, made.json()["is_total"]) == (201, False)
    changed = client.patch(made["Location"], {"label": "The moon"})
    assert (changed.json()["label"], changed.json()["is_total"]) == ("The moon", False)
    assert errors(client.post(REGIONS, {"provider": "fastly", "name": "moon", "label": "M"})) == [
        ("region_exists", "name")
    ]
    assert [
        row["name"] for row in client.get(f"{REGIONS}?is_total=true&provider=other").json()["results"]
    ] == ["global"]
