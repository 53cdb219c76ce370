"""What infrastructure staff do with a service, and what its dashboard shows."""

import re
from datetime import date

from playwright.sync_api import Page, expect

from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.inkind.models import Service
from sponsors.inkind.selectors.services import month_before
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import valued


def year_of_use(service: Service) -> list[date]:
    """Let the service be used for twelve months in three regions, and return the months."""
    months = [month_before(local_today())]
    while len(months) < 12:
        months.append(month_before(months[-1]))
    for number, month in enumerate(months):
        for name, share in (("usa", 6), ("europe", 3), ("asia", 1)):
            factories.month_of_use(
                service,
                month,
                where=factories.region(name),
                billable_bytes=share * (6_600 - 50 * number) * 10**12,
                requests=share * 10**10,
            )
    return months


def test_a_service_is_supplied_under_a_gift_and_its_dashboard_drawn(
    page: Page, infrastructure: User, sign_in_quickly, look
) -> None:
    service = factories.service()
    line = factories.gift_line()
    factories.gift_terms(line)
    months = year_of_use(service)
    valued(line, months[0])
    sign_in_quickly(infrastructure)

    page.goto(f"/admin/sponsors/service/{service.pk}/do/supply/")
    expect(page.get_by_text("One sponsor a day supplies a service.")).to_be_visible()
    factories.supplied(service, line)
    page.goto(f"/admin/sponsors/service/{service.pk}/change/")
    look(page, "service")

    page.locator("a[href$='/dashboard/']").first.click()
    expect(page.get_by_role("heading", name="Dashboard of Files")).to_be_visible()
    charts = page.locator("[data-chart] canvas")
    expect(charts).to_have_count(5)
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Save as PNG ?: Requests")).click()
    assert download.value.suggested_filename == "files-requests.png"
    page.get_by_text("Table: Bytes: delivered to users").click()
    expect(page.get_by_role("cell", name="66 PB").first).to_be_visible()
    look(page, "year-of-a-service")

    page.get_by_role("link", name="CDN for the package index").first.click()
    expect(page.get_by_role("heading", name="Promised and delivered: CDN")).to_be_visible()
    expect(page.get_by_text("60,000 TB a month").first).to_be_visible()
    look(page, "promised-and-delivered")

    page.goto(f"/admin/sponsors/service/provider/{line.commitment.sponsor_id}/")
    expect(page.locator("[data-chart] canvas")).to_have_count(5)
    look(page, "provider-dashboard")
    page.goto("/admin/sponsors/service/")
    page.goto("/admin/sponsors/giftterms/")
