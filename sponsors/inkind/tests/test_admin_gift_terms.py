"""What gifts promise in the admin site: set with their commitment, changed on their own, laid beside what came."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from sponsors.commitments.tests.factories import signed_commitment
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import replaced, valued

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, infrastructure):
    return signed_in(infrastructure)


def page(name, *args):
    return reverse(f"admin:sponsors_giftterms_{name}", args=args)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_terms_are_set_on_the_page_of_the_commitment_and_changed_on_their_own(browser):
    line = factories.gift_line()
    address = reverse("admin:sponsors_commitment_do", args=[line.commitment_id, "set-gift-terms"])
    given = {"line": line.pk, "unit": "terabyte", "per": "month", "quantity": "60000", "ceiling": "50000"}
    assert "The ceiling is below what is promised." in text_of(browser.post(address, given))
    browser.post(address, {**given, "ceiling": "70000", "discount_percent": "100"})
    terms = GiftTerms.objects.get()
    assert 'value="60000"' in text_of(browser.get(address))
    told = text_of(browser.get(page("change", terms.pk)))
    assert "60,000 TB a month" in told
    assert 'value="60000"' in told
    browser.post(page("change", terms.pk), {"unit": "request", "per": "as_used", "ceiling": "9"})
    terms.refresh_from_db()
    assert (terms.promise_in_words, terms.ceiling_in_words) == ("Whatever is used", "9 requests a month")
    listed = text_of(browser.get(page("changelist")))
    assert "9 requests a month" in listed
    assert "Promised and delivered" in text_of(
        browser.get(reverse("admin:sponsors_commitment_change", args=[line.commitment_id]))
    )
    replaced(line)
    assert 'name="unit"' not in text_of(browser.get(page("change", terms.pk)))
    assert browser.get(page("export")).status_code == 200


def test_a_promise_reads_as_people_say_it():
    line = factories.gift_line()
    terms = factories.gift_terms(line, unit=GiftUnit.SEAT, per=Per.WHOLE, quantity=Decimal(20), ceiling=None)
    assert (terms.promise_in_words, terms.ceiling_in_words) == (
        "20 seats or licenses in the whole period",
        "",
    )


@pytest.mark.parametrize("per", [Per.MONTH, Per.YEAR, Per.WHOLE])
def test_what_was_promised_and_what_came_are_shown_and_filed(browser, per):
    line = factories.gift_line()
    address = page("delivered", line.pk)
    assert "nobody said yet" in text_of(browser.get(address))
    factories.gift_terms(line, per=per)
    service = factories.service()
    factories.supplied(service, line)
    factories.month_of_use(service, date(2024, 1, 1), billable_bytes=66 * 10**15)
    told = text_of(browser.get(address))
    assert "66,000" in told
    assert "94.3%" in told
    lines = browser.get(address, {"format": "csv"}).content.decode().splitlines()
    assert lines[1].startswith("2024-01,1,TB (10^12 bytes),60000")
    cash = signed_commitment(years=1).lines.get()
    assert browser.get(page("delivered", cash.pk)).status_code == 404


def test_other_gifts_are_drawn_in_their_unit(browser):
    line = factories.gift_line(category="staff_time")
    factories.gift_terms(line, unit=GiftUnit.HOUR, per=Per.MONTH, quantity=10, ceiling=None)
    valued(line, date(2024, 1, 1))
    replaced(line)
    answer = browser.get(page("delivered", line.pk))
    (chart,) = answer.context["charts"]
    assert (chart.unit, chart.series[0].values[0]) == ("count", 1)
    assert "An amendment took this gift out on 2025-01-01." in text_of(answer)


def test_what_was_promised_is_for_those_who_see_commitments(signed_in, grants_officer):
    line = factories.gift_line()
    assert signed_in(grants_officer).get(page("delivered", line.pk)).status_code == 403
