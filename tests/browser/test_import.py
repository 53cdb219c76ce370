"""What a person does with a spreadsheet of sponsors: upload, correct, confirm."""

import re

from playwright.sync_api import Page, expect

from foundation.people.models import User
from sponsors.directory.models import Sponsor


def upload(page: Page, content: str) -> None:
    page.goto("/admin/foundation/importrun/add/")
    page.locator("[name=file]").set_input_files(
        {"name": "sponsors.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Upload and check").click()
    expect(page).to_have_url(re.compile(r"/importrun/\d+/change/"))


def test_a_faulty_file_is_corrected_looked_at_and_imported(
    page: Page, fundraiser: User, sign_in_quickly, look
) -> None:
    sign_in_quickly(fundraiser)
    page.goto("/admin/foundation/importrun/add/")
    look(page, "import-upload")

    upload(page, "name,country\nJourney Networks,Utopia\n,DE\n")
    table = page.get_by_role("region", name="What is wrong").first
    expect(table).to_contain_text("Utopia")
    expect(table).to_contain_text("The name is missing")
    look(page, "import-faults")
    with page.expect_download() as report:
        page.get_by_role("link", name="Download all faults as CSV").click()
    assert "Utopia" in report.value.path().read_text()
    assert not Sponsor.objects.exists()

    upload(page, "name,country\nJourney Networks,US\nAcme,DE\n")
    expect(page.get_by_role("region", name="What it would do").first).to_contain_text("Journey Networks")
    look(page, "import-preview")
    page.get_by_role("link", name="Import now").first.click()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("region", name="What it did").first).to_contain_text("Acme")
    assert Sponsor.objects.count() == 2
