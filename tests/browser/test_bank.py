"""What Finance does with a bank statement: the columns, the file, and whose money each line is."""

import re
from datetime import date
from decimal import Decimal

from playwright.sync_api import Page, expect

from foundation.people.models import User
from sponsors.banking.models import BankLine
from sponsors.banking.rules import LineState
from sponsors.banking.services import add_account
from sponsors.commitments.models import Receipt
from sponsors.commitments.tests.factories import received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

HEAD = "Booked,Sum,From,Purpose,No"
COLUMNS = {
    "date_column": "Booked",
    "amount_column": "Sum",
    "payer_column": "From",
    "reference_column": "Purpose",
    "id_column": "No",
}


def file_of(*lines: str) -> dict[str, object]:
    content = "\n".join([HEAD, *lines]).encode()
    return {"name": "february.csv", "mimeType": "text/csv", "buffer": content}


def upload(page: Page, *lines: str) -> None:
    page.goto("/admin/sponsors/statement/add/")
    page.locator("[name=account]").select_option(label="Main account")
    page.locator("[name=file]").set_input_files(file_of(*lines))  # type: ignore[arg-type]
    page.get_by_role("button", name="Import the statement").click()


def map_columns(page: Page, *lines: str) -> None:
    page.get_by_role("link", name="Map columns").first.click()
    for name, column in COLUMNS.items():
        page.locator(f"[name={name}]").fill(column)
    page.locator("[name=sample]").set_input_files(file_of(*lines))  # type: ignore[arg-type]
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    page.get_by_role("button", name="Map columns").click()
    expect(page.get_by_text("The day is in “Booked”")).to_be_visible()


def test_a_statement_becomes_receipts(page: Page, finance: User, sign_in_quickly, look) -> None:
    account = add_account(actor=finance, name="Main account", slug="main", currency="USD", number="")
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    there = received(
        SponsorFactory(name="Borealis"), 250, on=date(2024, 2, 2), reference="B-1", allocate="none"
    )
    lines = (
        f"2024-02-01,60000,Acme Ltd,{commitment.number},N-1",
        "2024-02-02,250,Borealis,Thanks,N-2",
        "2024-02-03,3.10,Our bank,Interest,N-3",
    )
    sign_in_quickly(finance)
    page.goto(f"/admin/sponsors/bankaccount/{account.pk}/change/")
    map_columns(page, *lines)

    # What is wrong with a file is said, and nothing of it is kept.
    upload(page, *lines[:2], "2024-02-03,3.10")
    expect(page.get_by_text("the file ends early or was cut").first).to_be_visible()
    upload(page, *lines, lines[0])
    expect(page.get_by_text("repeats a line").first).to_be_visible()
    assert not BankLine.objects.exists()

    upload(page, *lines)
    expect(page.get_by_text("3 new lines; 0 were there already.")).to_be_visible()
    look(page, "bank-lines")

    page.locator("#result_list").get_by_role("link", name="2024-02-01").first.click()
    expect(page.get_by_text(f"the reference names {commitment.number}")).to_be_visible()
    look(page, "bank-line")
    page.get_by_role("button", name=re.compile(f"Confirm Acme: {commitment.number}")).click()
    expect(page.get_by_text("This is the next one.")).to_be_visible()
    assert Receipt.objects.get(sponsor=commitment.sponsor).allocated == Decimal(60_000)

    # The next lines come by themselves: one is recorded already, one is no sponsor's money.
    page.goto(f"/admin/sponsors/bankline/{BankLine.objects.get(bank_id='N-2').pk}/change/")
    page.get_by_role("button", name=re.compile("Confirm Borealis")).click()
    expect(page.get_by_text("This is the next one.")).to_be_visible()
    assert BankLine.objects.get(bank_id="N-2").receipt == there
    page.get_by_role("link", name="Set aside").first.click()
    page.locator("[name=reason]").fill("Interest")
    page.get_by_role("button", name="Set aside").click()
    interest = BankLine.objects.get(bank_id="N-3")
    assert (interest.state, interest.reason) == (LineState.SET_ASIDE, "Interest")
    page.goto(f"/admin/sponsors/bankline/{interest.pk}/change/")
    page.get_by_role("link", name="Open again").first.click()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_text("Whose money it may be")).to_be_visible()
    interest.refresh_from_db()
    assert interest.state == LineState.OPEN
    assert Receipt.objects.count() == 2
