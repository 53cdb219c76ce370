"""What infrastructure staff do with a file of usage: upload, watch, look at what was rejected, assign."""

import re

import pytest
from playwright.sync_api import Page, expect

from foundation.people.models import User
from sponsors.inkind.models import UsageAside, UsageDay
from sponsors.inkind.services import imports
from sponsors.inkind.tasks import work_on_usage_imports
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_files import own_csv, own_line

USAGE_IMPORTS, ASIDES = "/admin/sponsors/usageimport/", "/admin/sponsors/usageaside/"


def test_a_file_is_uploaded_watched_and_what_is_kept_aside_assigned(
    page: Page, infrastructure: User, sign_in_quickly, look, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.service()
    factories.region()
    monkeypatch.setattr(imports, "_wake_worker", lambda: None)
    sign_in_quickly(infrastructure)
    page.goto(f"{USAGE_IMPORTS}add/")
    look(page, "usage-upload")
    lines = [own_line(f"2024-03-01T{hour:02}:00:00Z") for hour in range(24)]
    content = own_csv(
        *lines,
        own_line("2024-03-02T00:30:00Z"),
        own_line("2024-03-02T00:00:00Z", hits=101),
        own_line("2024-03-02T00:00:00Z", service="mirror"),
    )
    page.locator("[name=file]").set_input_files(
        {"name": "march.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Upload and import").click()
    expect(page).to_have_url(re.compile(r"/usageimport/\d+/change/"))
    expect(page.get_by_role("region", name="Waiting to be read")).to_contain_text("0 of 2 kB")
    look(page, "usage-waiting")

    work_on_usage_imports()
    # The page looks by itself, and shows what came of the file.
    rejected = page.get_by_role("region", name="Rejected rows").first
    expect(rejected).to_contain_text("26")
    look(page, "usage-done")
    with page.expect_download() as report:
        page.get_by_role("link", name="Download all rejected rows as CSV").click()
    assert report.value.path().read_text().startswith("line,reason,excerpt")
    assert UsageDay.objects.get().requests == 2_400

    page.get_by_role("link", name="Say which they are").click()
    look(page, "usage-asides")
    page.get_by_role("link", name="mirror").click()
    look(page, "usage-aside")
    page.get_by_role("link", name="Assign").first.click()
    page.get_by_label("Service").select_option(label="Files")
    look(page, "usage-assign")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("1 row counts now.")).to_be_visible()
    assert not UsageAside.objects.exists()
    page.goto(USAGE_IMPORTS)
    look(page, "usage-imports")
