"""What a metered gift goes through: usage comes in, the chart moves, its month is drafted, submitted and approved."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from foundation.people.models import User
from sponsors.inkind.models import Valuation
from sponsors.inkind.rules import ValuationState
from sponsors.inkind.tests import factories

HEAD = "service,start,granularity,region,requests,hits,misses,errors,bytes"
HOURS = 31 * 24
DASHBOARD = "dashboard/?first=2024-03-01&last=2024-03-31&by=day"


def march(*, gigabytes_an_hour: int) -> bytes:
    """Return every hour of March 2024 of the service, as Bursar's own CSV."""
    first = datetime(2024, 3, 1, tzinfo=UTC)
    rows = [
        f"files,{first + timedelta(hours=hour):%Y-%m-%dT%H:00:00Z},hour,usa,1000000,990000,10000,10,{gigabytes_an_hour}000000000"
        for hour in range(HOURS)
    ]
    return "\n".join([HEAD, *rows, ""]).encode()


def upload(page: Page, content: bytes) -> None:
    page.goto("/admin/sponsors/usageimport/add/")
    page.locator("[name=file]").set_input_files(
        {"name": "march.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Upload and import").click()
    expect(page).to_have_url(re.compile(r"/usageimport/\d+/change/"))


def delivered(page: Page, service: int) -> str:
    """Return what the dashboard says was delivered, once its charts are drawn."""
    page.goto(f"/admin/sponsors/service/{service}/{DASHBOARD}")
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_role("button", name="Save as PNG").first).to_be_visible()
    return page.get_by_role("region", name=re.compile("By region")).locator("tfoot").inner_text()


def test_a_month_of_use_is_uploaded_seen_drafted_submitted_and_approved(
    page: Page, infrastructure: User, finance: User, sign_in_quickly, look
) -> None:
    service = factories.service("files")
    factories.supplied(service)
    sign_in_quickly(infrastructure)

    # What cannot be taken is said with its line, and nothing else is lost.
    upload(page, march(gigabytes_an_hour=1000).replace(b"990000,10000", b"2000000,10000", 1))
    expect(page.get_by_role("region", name="Rejected rows").first).to_contain_text("hits")
    look(page, "usage-import")
    first = delivered(page, service.pk)
    upload(page, march(gigabytes_an_hour=2000))
    expect(page.get_by_text("743").first).to_be_visible()  # changed; one is new
    second = delivered(page, service.pk)
    assert first != second
    assert "1.49 PB" in second
    look(page, "service-dashboard")

    page.goto("/admin/sponsors/valuation/add/")
    page.locator(".field-line .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill("package index")
    page.locator(".select2-results__option", has_text="package index").first.click()
    page.locator("[name=month]").fill("2024-03")
    for name, card in (("base", "CloudFront list"), ("low", "Bunny volume"), ("high", "Fastly list")):
        page.locator(f"[name={name}_version]").select_option(label=f"{card}, version 1")
    page.get_by_role("button", name=re.compile("Draft")).click()
    expect(page).to_have_url(re.compile(r"/valuation/\d+/change/"))
    page.get_by_role("link", name="Submit").first.click()
    page.get_by_role("button", name="Submit").click()

    valuation = Valuation.objects.get()
    sign_in_quickly(finance)
    page.goto(f"/admin/sponsors/valuation/{valuation.pk}/change/")
    expect(page.get_by_text("Bandwidth in usa").first).to_be_visible()
    page.get_by_role("link", name="Approve").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved").first).to_be_visible()
    look(page, "valuation")
    valuation.refresh_from_db()
    assert valuation.state == ValuationState.APPROVED
    assert valuation.low_value < valuation.value < valuation.high_value
    # 1,488,000 GB and 744 million requests: 10,000 at .12, the rest at .08; 74,400 units at .0075.
    assert valuation.high_value == 1_200 + 118_240 + 558
