"""Support that changes on the way: invoiced, paid in another currency, amended, paused, its books closed."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from foundation.books.models import Fund
from foundation.documents.tests.pdf import text_of
from foundation.money.models import ExchangeRate
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Amendment, Commitment, Installment, Invoice, Receipt
from sponsors.commitments.rules import add_months
from sponsors.commitments.tests.factories import signed_commitment, yearly
from sponsors.directory.tests.factories import SponsorFactory

TODAY = date.today()  # noqa: DTZ011  # the pages ask what day it is, and any day serves
LAST_YEAR = TODAY.year - 1
FIRST_DAY = date(LAST_YEAR, 1, 1)


@pytest.fixture
def commitment(db):
    Fund.objects.get_or_create(code="general", defaults={"name": "General fund"})
    ExchangeRate.objects.create(day=TODAY, currency="USD", rate="1.25")
    return signed_commitment(
        SponsorFactory(name="Meridian Cloud", legal_name="Meridian Cloud Ltd"),
        years=5,
        yearly_amount=10_000,
        starts_on=FIRST_DAY,
        schedule=yearly(add_months(FIRST_DAY, 2)),
    )


def take(
    page: Page, reference: str, amount: str, day: date, *, currency: str = "USD", by_hand: bool = False
) -> None:
    page.goto("/admin/sponsors/receipt/add/")
    page.locator(".field-sponsor .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill("Meridian")
    page.locator(".select2-results__option", has_text="Meridian").first.click()
    page.locator("[name=method]").select_option("wire")
    page.locator("[name=currency]").select_option(currency)
    values = {"amount": amount, "received_on": day.isoformat(), "source": "bank", "reference": reference}
    page.locator("[name=allocate]").select_option("by_hand" if by_hand else "oldest")
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Save", exact=True).click()


def begin(page: Page, commitment: Commitment, action: str) -> None:
    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/change/")
    page.get_by_role("link", name=action, exact=True).first.click()


def approve(page: Page, number: int) -> None:
    page.goto(f"/admin/sponsors/amendment/{Amendment.objects.get(number=number).pk}/change/")
    page.get_by_role("link", name="Approve", exact=True).first.click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("is approved and in effect")).to_be_visible()


def invoice_the_first(page: Page, commitment: Commitment, look) -> Invoice:
    begin(page, commitment, "Issue invoice")
    page.locator("[name=purchase_order]").fill("PO-4711")
    look(page, "invoice-issue")
    page.get_by_role("button", name="Issue invoice", exact=True).click()
    expect(page.get_by_text(re.compile("INV-.* is issued"))).to_be_visible()
    look(page, "invoice")
    invoice = Invoice.objects.get()
    printed = text_of(page.request.get(f"/admin/sponsors/invoice/{invoice.pk}/pdf/").body())
    for words in (invoice.number, "Meridian Cloud Ltd", "PO-4711", "10,000.00"):
        assert words in printed
    return invoice


def pay_in_euros_and_then_the_rest(page: Page, first: Installment, look) -> None:
    take(page, "EUR-1", "4000", TODAY, currency="EUR", by_hand=True)
    page.locator(f"[name=amount_{first.pk}]").fill("5000")
    look(page, "allocate-across-currencies")
    page.get_by_role("button", name="Allocate by hand", exact=True).click()
    expect(page.locator("body")).to_contain_text("USD 5,000.00")
    expect(page.locator("body")).to_contain_text("1.25")
    take(page, "USD-1", "5000", TODAY)
    expect(page.locator("body")).to_contain_text("Allocated")
    first.refresh_from_db()
    assert (first.paid, first.amount) == (10_000, 10_000)


def double_years_4_and_5(page: Page, commitment: Commitment, rows: list[Installment], look) -> None:
    begin(page, commitment, "Amend")
    page.locator("[name=reason]").fill("Traffic doubled")
    page.locator(f"[name=line_{commitment.lines.get().pk}]").fill("70000")
    for row in rows[3:]:
        page.locator(f"[name=amount_{row.pk}]").fill("20000")
    look(page, "amend")
    page.get_by_role("button", name="Amend", exact=True).click()
    expect(page.get_by_text("amendment 1 is proposed")).to_be_visible()
    look(page, "amendment-proposed")


def pause_year_3(page: Page, commitment: Commitment) -> None:
    begin(page, commitment, "Amend")
    page.locator("[name=reason]").fill("A year without a conference")
    page.locator("[name=pause_first]").fill(date(LAST_YEAR + 2, 1, 1).isoformat())
    page.locator("[name=pause_last]").fill(date(LAST_YEAR + 2, 12, 31).isoformat())
    page.locator("[name=during]").select_option("forgo")
    page.get_by_role("button", name="Amend", exact=True).click()
    expect(page.get_by_text("amendment 2 is proposed")).to_be_visible()


def close_last_year_and_correct_it(page: Page, look) -> None:
    page.goto("/admin/foundation/closing/add/")
    page.locator("[name=through]").fill(date(LAST_YEAR, 12, 31).isoformat())
    page.get_by_role("button", name="Close the books", exact=True).click()
    expect(page.get_by_role("button", name="Close the books up to")).to_be_visible()
    look(page, "close-the-books")
    page.get_by_role("button", name="Close the books up to").click()
    forgotten = date(LAST_YEAR, 11, 30)
    take(page, "LATE-1", "10000", forgotten)
    expect(page.locator("body")).to_contain_text(
        f"A receipt cannot be dated {forgotten}: the books are closed up to and including "
        f"{LAST_YEAR}-12-31. Date it {TODAY.year}-01-01 or later, and say which closed day it corrects."
    )
    look(page, "receipt-refused")
    assert not Receipt.objects.filter(reference="LATE-1").exists()
    page.locator("[name=received_on]").fill(TODAY.isoformat())
    page.locator("[name=corrects_on]").fill(forgotten.isoformat())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("body")).to_contain_text(str(forgotten))
    assert Receipt.objects.get(reference="LATE-1").corrects_on == forgotten


def test_five_years_are_invoiced_paid_amended_paused_closed_and_corrected(
    page: Page, commitment, sign_in_quickly, look
) -> None:
    finance = make_user("Fay Finance", Role.FINANCE, Role.FUNDRAISING)
    approver = make_user("Ada Approver", Role.FINANCE)
    rows = list(commitment.installments.order_by("due_on"))

    sign_in_quickly(finance)
    invoice = invoice_the_first(page, commitment, look)
    pay_in_euros_and_then_the_rest(page, rows[0], look)
    double_years_4_and_5(page, commitment, rows, look)
    sign_in_quickly(approver)
    approve(page, 1)
    sign_in_quickly(finance)
    pause_year_3(page, commitment)
    sign_in_quickly(approver)
    approve(page, 2)
    now_due = commitment.installments.order_by("due_on").values_list("amount", flat=True)
    assert list(now_due) == [10_000, 10_000, 20_000, 20_000]

    close_last_year_and_correct_it(page, look)
    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/timeline/")
    for words in (invoice.number, "amendment 1: Traffic doubled", "Paused", "EUR-1"):
        expect(page.locator("body")).to_contain_text(words)
    look(page, "timeline-after-changes")
