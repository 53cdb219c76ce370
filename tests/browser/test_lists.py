"""Lists by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.tests.factories import signed_commitment


@pytest.mark.parametrize("width", [1280, 390])
def test_filters_open_and_close_by_keyboard(page: Page, sign_in_quickly, width):
    signed_commitment()
    sign_in_quickly(make_user("Mona", Role.FINANCE))
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/admin/sponsors/commitment/")
    opens = page.get_by_role("button", name="Filters", exact=True)
    sheet = page.locator("#changelist-filter")
    expect(sheet).to_be_hidden()
    page.locator("#searchbar").focus()
    for _press in range(3):
        page.keyboard.press("Tab")
        if opens.evaluate("button => button === document.activeElement"):
            break
    expect(opens).to_be_focused()
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    expect(sheet.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opens).to_be_focused()
