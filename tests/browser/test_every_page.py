"""Every page that the sidebar leads to, and the form behind its Add button, without an error in the browser."""

from playwright.sync_api import Page, expect

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user


def test_the_pages_of_the_sidebar_run_without_errors(page: Page, sign_in_quickly) -> None:
    sign_in_quickly(make_user("Ada", *Role))
    page.goto("/admin/")
    links = page.locator("#nav-sidebar a[href^='/admin/']")
    addresses = sorted({str(link.get_attribute("href")) for link in links.all()})
    assert len(addresses) > len(("sponsors", "commitments", "money", "books", "people"))
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        adds = [str(link.get_attribute("href")) for link in page.locator("a[href*='/add/']").all()]
        for add in sorted(set(adds))[:1]:
            page.goto(add)
            expect(page.locator("#content-main, main").first).to_be_visible()


def test_no_palette_opens_that_finds_nothing(page: Page, sign_in_quickly) -> None:
    sign_in_quickly(make_user("Ada", *Role))
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.press("Enter")
    expect(page.locator("#search-input-command")).to_have_count(0)
