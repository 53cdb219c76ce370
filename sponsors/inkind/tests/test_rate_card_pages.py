"""Rate cards and regions in the admin site."""

from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sponsors.inkind.models import RateCard, Region
from sponsors.inkind.selectors.rate_cards import mapping_of, prices_of, shown_card
from sponsors.inkind.tests import factories

pytestmark = pytest.mark.django_db
TIERS = "metric,region,up_to,rate,published\nbandwidth,usa,10,0.2,yes\nbandwidth,usa,,0.1,no\nrequests,usa,,0.01,\n"
VERSION = {
    "valid_from": "2025-01-01",
    "gigabyte": 10**9,
    "request_unit": 10_000,
    "monthly_minimum": "50",
    "free_gigabytes": "0",
    "free_requests": "0",
    "source": "https://prices.example",
    "as_of": "2025",
    "confidence": "high",
    "tiers": TIERS,
}


def page(what, *args, model="ratecard"):
    return reverse(f"admin:sponsors_{model}_{what}", args=args)


def text_of(response):
    return unescape(response.content.decode())


@pytest.fixture
def browser(signed_in, finance):
    return signed_in(finance)


@pytest.fixture
def card():
    return RateCard.objects.get(slug="fastly-list")


def test_a_card_is_added_renamed_and_says_what_it_lacks(browser):
    given = {"name": "Mine", "slug": "mine", "provider": "other", "currency": "EUR"}
    added = browser.post(page("add"), given, follow=True)
    mine = RateCard.objects.get(slug="mine")
    assert added.redirect_chain[-1][0] == page("change", mine.pk)
    assert "It has no prices yet: add a version" in text_of(added)
    assert "There is a rate card with this name already" in text_of(browser.post(page("add"), given))
    browser.post(page("change", mine.pk), {"name": "Ours"})
    mine.refresh_from_db()
    assert (mine.name, mine.slug) == ("Ours", "mine")
    listed = text_of(browser.get(page("changelist")))
    assert "None" in listed
    assert "Version 1, from 2020-01-01" in listed


def test_a_card_shows_its_prices_and_what_they_price(browser, card):
    factories.region("moon")
    shown = text_of(browser.get(page("change", card.pk)))
    for words in (
        "Version 1: 2020-01-01 and on, holds today",
        "USD for a GB (10^9 bytes), by GB in the month",
        "Monthly minimum",
        "0.28<",
        "Fastly: India, South Korea",
        "Not mapped yet, so that use there cannot be valued by this card: Fastly Moon.",
        "Not published by the provider: extrapolated",
    ):
        assert words in shown
    assert "1,024 GB and 10,000,000 requests" in text_of(
        browser.get(page("change", RateCard.objects.get(slug="cloudfront-list").pk))
    )


def test_a_page_costs_the_same_for_one_version_and_many(browser, card):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            shown_card(card, on=date(2024, 1, 1))
        return len(queries)

    one = cost()
    for year in (2024, 2025, 2026):
        browser.post(page("do", card.pk, "add-version"), {**VERSION, "valid_from": f"{year}-01-01"})
    assert (card.versions.count(), one) == (4, cost())


def test_a_version_is_added_from_lines_and_begins_with_the_newest(browser, card):
    do = page("do", card.pk, "add-version")
    shown = browser.get(do).context["form"]
    assert (
        shown["tiers"]
        .value()
        .startswith("metric,region,up_to,rate,published\nbandwidth,usa,10000,0.12,yes\n")
    )
    assert shown["monthly_minimum"].label == "Monthly minimum in USD"
    done = browser.post(do, VERSION, follow=True)
    assert "Fastly list, version 2 holds from 2025-01-01 on." in text_of(done)
    version = card.versions.get(number=2)
    assert prices_of(version).bandwidth["usa"][0].rate == Decimal("0.2")
    assert (version.valid_until, card.versions.get(number=1).valid_until) == (None, date(2024, 12, 31))
    assert "no price in the newest version" in text_of(browser.get(page("change", card.pk)))


def test_a_file_counts_instead_of_lines_and_its_faults_name_the_line(browser, card):
    do = page("do", card.pk, "add-version")

    def sent(content):
        return text_of(
            browser.post(do, VERSION | {"file": SimpleUploadedFile("a.csv", content)}, follow=True)
        )

    assert "Line 3: “a lot” in rate is no number" in sent(TIERS.replace("0.1,", "a lot,").encode())
    assert "The file is not written in UTF-8" in sent(b"metric\xff")
    assert "At most 1 MB can be taken" in sent(b"x" * (1024 * 1024 + 1))
    assert card.versions.count() == 1
    assert "version 2 holds from" in sent(b"\xef\xbb\xbf" + TIERS.replace("0.2", "0.3").encode())
    assert prices_of(card.versions.get(number=2)).bandwidth["usa"][0].rate == Decimal("0.3")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"tiers": TIERS.replace("10,0.2", "ten,0.2")}, "Line 2: “ten” in up_to is no number."),
        ({"tiers": ""}, "There are no tiers of bandwidth."),
        ({"tiers": TIERS + "\x00"}, "character"),
        ({"valid_from": "2019-12-31"}, "Version 1 holds from 2020-01-01 on. Choose a last day before it."),
        ({"monthly_minimum": "0.001"}, "Amounts in USD have at most 2 decimals"),
    ],
)
def test_a_version_that_cannot_be_is_told_at_its_field(browser, card, values, sentence):
    assert sentence in text_of(browser.post(page("do", card.pk, "add-version"), VERSION | values))
    assert card.versions.count() == 1


def test_the_first_version_begins_with_little(browser):
    mine = RateCard.objects.create(name="Mine", slug="mine", provider="other", currency="EUR")
    assert browser.get(page("do", mine.pk, "add-version")).context["form"]["request_unit"].value() == 10_000
    for name in ("map-region", "end-version"):
        assert "is not possible now" in text_of(browser.get(page("do", mine.pk, name), follow=True))
    assert "Add a version first." in text_of(browser.get(page("calculate", mine.pk), follow=True))


def test_a_version_ends(browser, card):
    version = card.versions.get()
    done = browser.post(
        page("do", card.pk, "end-version"), {"version": version.pk, "valid_until": "2025-12-31"}, follow=True
    )
    assert "Fastly list, version 1 holds up to 2025-12-31." in text_of(done)


def test_regions_are_mapped_together_and_those_without_come_first(browser, card):
    moon, mars = factories.region("moon"), factories.region("mars")
    do = page("do", card.pk, "map-region")
    first = [label for _key, label in browser.get(do).context["form"].fields["regions"].choices][:3]
    assert first == [
        "Fastly: Mars (mars), not mapped yet",
        "Fastly: Moon (moon), not mapped yet",
        "Bunny: All regions (all), now priced as usa",
    ]
    done = browser.post(do, {"card_region": "asia", "regions": [moon.pk, mars.pk]}, follow=True)
    assert "2 regions of providers are priced as asia from now on." in text_of(done)
    assert mapping_of(card)[moon.pk] == mapping_of(card)[mars.pk] == "asia"
    again = browser.post(do, {"card_region": "usa", "regions": [moon.pk]}, follow=True)
    assert "1 region of providers is priced as usa from now on." in text_of(again)


def test_tiers_are_handed_out_as_they_are_taken(browser, card):
    template = browser.get(page("template"))
    assert template["Content-Disposition"] == 'attachment; filename="tiers-template.csv"'
    tiers = browser.get(page("tiers", card.pk, 1))
    assert tiers["Content-Disposition"] == 'attachment; filename="fastly-list-1-tiers.csv"'
    for given in (template, tiers):
        number = card.versions.count() + 1
        body = VERSION | {"valid_from": f"203{number}-01-01", "tiers": given.content.decode()}
        assert browser.post(page("do", card.pk, "add-version"), body).status_code == 302
    assert browser.get(page("tiers", card.pk, 9)).status_code == 404


def test_a_month_is_reckoned_by_the_version_that_is_asked_for(browser, card):
    address = page("calculate", card.pk)
    asked = {"bytes-0": "66 PB", "requests-0": "100 billion"}
    shown = text_of(browser.get(address, asked))
    assert "It would cost USD 5,355,400.00" in shown
    assert "this is an extrapolation" in shown
    browser.post(page("do", card.pk, "add-version"), VERSION | {"valid_from": "2099-01-01"})
    assert "It would cost USD 5,355,400.00" in text_of(browser.get(address, asked))
    assert "It would cost USD 6,700,001.00" in text_of(browser.get(address, asked | {"version": "2"}))
    assert "Nothing was used, so nothing is charged." in text_of(browser.get(address, {"bytes-0": ""}))
    assert "cannot be read. Write bytes" in text_of(browser.get(address, {"bytes-0": "much"}))
    assert "It would cost" not in text_of(browser.get(address))


def test_a_sum_beyond_every_amount_is_told_above_the_form(browser):
    card = factories.rate_card(rate="999999").card
    assert "more than can be kept" in text_of(browser.get(page("calculate", card.pk), {"bytes-0": "9 EB"}))


def test_cards_are_exported_with_the_version_of_today(browser):
    names = ("name", "version", "valid_from", "source", "as_of", "confidence")
    exported = browser.post(page("export"), {"columns": names, "file_format": "csv", "action": "download"})
    assert exported.status_code == 200
    assert 'Fastly list,1,2020-01-01,"Fastly\'s public price list, transcribed",2020-05-13,medium' in text_of(
        exported
    )


@pytest.mark.parametrize("address", ["calculate", "tiers", "template"])
def test_further_pages_are_open_to_whoever_sees_cards(signed_in, grants_officer, auditor, card, address):
    args = {"calculate": (card.pk,), "tiers": (card.pk, 1), "template": ()}[address]
    assert signed_in(auditor).get(page(address, *args)).status_code == 200
    assert signed_in(grants_officer).get(page(address, *args)).status_code == 403


def test_a_region_is_added_and_relabelled(signed_in, infrastructure):
    client = signed_in(infrastructure)
    client.post(page("add", model="region"), {"provider": "fastly", "name": "moon", "label": "Moon"})
    moon = Region.objects.get(name="moon")
    client.post(page("change", moon.pk, model="region"), {"label": "The moon", "is_total": "on"})
    moon.refresh_from_db()
    assert (moon.label, moon.is_total) == ("The moon", True)
    exported = client.post(
        page("export", model="region"),
        {"columns": ["name", "label"], "file_format": "csv", "action": "download"},
    )
    assert "moon,The moon" in text_of(exported)
