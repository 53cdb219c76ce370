"""A month of a gift from its policy to approval by a colleague, and what a later import changes."""

from playwright.sync_api import Page, expect

from foundation.people.models import User
from sponsors.inkind.models import Valuation
from sponsors.inkind.tests import valuing


def confirm(page: Page, button: str) -> None:
    page.get_by_role("link", name=button, exact=True).first.click()
    page.get_by_role("button", name=button, exact=True).click()


def test_a_month_is_drafted_submitted_and_approved(page: Page, finance: User, sign_in_quickly, look) -> None:
    line = valuing.with_policy(valuing.metered_line())
    sign_in_quickly(finance)
    page.goto("/admin/sponsors/valuation/add/")
    look(page, "valuation-add")
    page.locator(".field-line .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill("package index")
    page.locator(".select2-results__option", has_text="package index").first.click()
    page.locator("[name=month]").fill("2024-03")
    page.get_by_role("button", name="Draft the valuation").click()
    expect(page.get_by_role("heading", name="Low, base and high")).to_be_visible()
    expect(page.get_by_text("USD 100,750.00").first).to_be_visible()
    page.get_by_role("link", name="Add evidence").first.click()
    page.locator("[name=file]").set_input_files(
        {"name": "invoice.csv", "mimeType": "text/csv", "buffer": b"line,amount\nCDN,0\n"}
    )
    page.locator("[name=note]").fill("The invoice at 100% discount")
    page.get_by_role("button", name="Add evidence").click()
    expect(page.get_by_role("link", name="invoice.csv")).to_be_visible()
    confirm(page, "Submit")
    look(page, "valuation-submitted")

    valuation = Valuation.objects.get()
    sign_in_quickly(valuing.approver())
    page.goto("/admin/")
    look(page, "valuation-today")
    page.goto(f"/admin/sponsors/valuation/{valuation.pk}/change/")
    confirm(page, "Approve")
    expect(page.get_by_text("USD 100,750.00 counts on 2024-03-31.")).to_be_visible()

    valuing.more_use(line)
    page.goto("/admin/sponsors/valuation/")
    look(page, "valuation-list")
    page.goto(f"/admin/sponsors/valuation/{valuation.pk}/change/")
    expect(page.get_by_role("heading", name="The use changed since it was valued")).to_be_visible()
    look(page, "valuation-stale")
    confirm(page, "Propose adjustment")
    expect(page.get_by_text("Less what was approved before").first).to_be_visible()
    page.goto(f"/admin/sponsors/commitment/{line.commitment_id}/change/")
    expect(page.get_by_role("heading", name="What the gifts in kind were worth")).to_be_visible()
    look(page, "valuation-commitment")
    page.goto(f"/admin/sponsors/commitment/{line.commitment_id}/timeline/")
    look(page, "valuation-timeline")
