"""What Finance does with a price list: read it, ask what a month would cost, and add the list of another year."""

from playwright.sync_api import Page, expect

from foundation.people.models import User
from sponsors.inkind.models import RateCard


def test_a_price_list_is_read_asked_and_followed_by_another(
    page: Page, finance: User, sign_in_quickly, look
) -> None:
    sign_in_quickly(finance)
    page.goto("/admin/sponsors/ratecard/")
    expect(page.get_by_text("Undated snapshot of 2024 or 2025")).to_be_visible()
    look(page, "rate-cards")
    page.get_by_role("link", name="CloudFront list").click()
    expect(page.get_by_role("columnheader", name="to 153,600")).to_be_visible()
    look(page, "rate-card-cloudfront")

    page.goto("/admin/sponsors/ratecard/")
    page.get_by_role("link", name="Fastly list").click()
    look(page, "rate-card-fastly")
    page.get_by_role("link", name="What would it cost?").first.click()
    page.get_by_label("Bytes in usa").fill("66 petabytes")
    page.get_by_role("button", name="Calculate").click()
    expect(page.get_by_text("“66 petabytes” cannot be read. Write bytes, such as 66 PB")).to_be_visible()
    page.get_by_label("Bytes in usa").fill("66 PB")
    page.get_by_label("Requests in usa").fill("100 billion")
    page.get_by_role("button", name="Calculate").click()
    expect(page.get_by_role("heading", name="It would cost USD 5,355,400.00")).to_be_visible()
    expect(page.get_by_role("row", name="Bandwidth in usa, above 20,000 GB")).to_contain_text(
        "USD 5,278,400.00"
    )
    look(page, "rate-card-calculator")

    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Add version").click()
    look(page, "rate-card-add-version")
    page.locator("[name=valid_from]").fill("2026-01-01")
    page.locator("[name=source]").fill("https://prices.example")
    page.locator("[name=as_of]").fill("2026-01-01")
    tiers = page.locator("[name=tiers]")
    given = tiers.input_value()
    tiers.fill(given.replace("bandwidth,usa,20000,0.08,yes", "bandwidth,usa,9000,0.08,yes"))
    page.get_by_role("button", name="Add version").click()
    expect(page.get_by_text("Line 3: Bandwidth in “usa”, tier 2: it must end above 10,000")).to_be_visible()
    tiers.fill(given.replace("bandwidth,usa,20000,0.08,yes", "bandwidth,usa,20000,0.07,yes"))
    page.get_by_role("button", name="Add version").click()
    expect(page.get_by_text("Fastly list, version 2 holds from 2026-01-01 on.")).to_be_visible()
    look(page, "rate-card-two-versions")
    assert RateCard.objects.get(slug="fastly-list").versions.count() == 2

    page.get_by_role("link", name="Map regions").click()
    look(page, "rate-card-map-regions")
