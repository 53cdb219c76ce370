import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.books.closing import close_books
from sponsors.banking.admin import forms as banking_forms
from sponsors.banking.models import BankAccount, BankLine, Statement
from sponsors.banking.rules import LineState
from sponsors.banking.tests.factories import (
    bank_account,
    bank_line,
    csv_statement,
    ofx,
    ofx_line,
    receipt_of,
    row,
)
from sponsors.commitments import cells
from sponsors.commitments.models import Receipt
from sponsors.commitments.tests.factories import charge_of, charged, received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, finance):
    return signed_in(finance)


def page(model, name, *args):
    return reverse(f"admin:sponsors_{model}_{name}", args=args)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def file_of(content, name="a.csv"):
    return SimpleUploadedFile(name, content)


COLUMNS = {
    "date_column": "Date",
    "amount_column": "Amount",
    "date_format": "%Y-%m-%d",
    "decimals": ".",
    "delimiter": ",",
    "encoding": "utf-8-sig",
    "skip_lines": "0",
}


def test_an_account_is_added_changed_and_shown_by_its_last_digits(browser):
    answer = browser.post(
        page("bankaccount", "add"),
        {"name": "Main", "slug": "main", "currency": "USD", "number": "DE0212345678"},
    )
    account = BankAccount.objects.get()
    assert answer.status_code == 302
    shown = text_of(browser.get(page("bankaccount", "change", account.pk)))
    assert "••••5678" in shown
    assert "DE0212345678" not in shown
    assert "Nobody said yet which column is what" in shown
    change = {"name": "Main account", "is_active": "on", "new_number": ""}
    browser.post(page("bankaccount", "change", account.pk), change)
    account.refresh_from_db()
    assert (account.name, account.number) == ("Main account", "DE0212345678")
    browser.post(page("bankaccount", "change", account.pk), change | {"new_number": "99 11"})
    account.refresh_from_db()
    assert account.number == "9911"
    assert "DE0212345678" not in text_of(browser.get(page("bankaccount", "history", account.pk)))
    assert "••••9911" in text_of(browser.get(page("bankaccount", "changelist")))


def test_an_auditor_looks_at_an_account(signed_in, auditor):
    shown = text_of(signed_in(auditor).get(page("bankaccount", "change", bank_account().pk)))
    assert "the amount in “Amount”" in shown
    assert "New IBAN" not in shown


def test_columns_are_tried_before_they_are_saved(browser):
    account = bank_account()
    do = page("bankaccount", "do", account.pk, "map")
    assert "Column of the day" in text_of(browser.get(do))
    content = csv_statement(row("1,250.00", Payer="Acme"))
    tried = browser.post(do, COLUMNS | {"preview": "1", "sample": file_of(content)})
    assert "USD 1,250.00" in text_of(tried)
    assert "Nothing is saved yet" in text_of(tried)
    assert "Choose a file to try the columns with." in text_of(browser.post(do, COLUMNS | {"preview": "1"}))
    wrong = browser.post(do, COLUMNS | {"sample": file_of(b"Day,Sum\n")})
    assert "Line 1 names no column “Date”" in text_of(wrong)
    pair = browser.post(do, COLUMNS | {"debit_column": "Out", "sample": file_of(content)})
    assert "Name either one column of amounts" in text_of(pair)
    empty = browser.post(do, COLUMNS | {"sample": file_of(b"")})
    assert "The submitted file is empty." in text_of(empty)
    assert "This field is required." in text_of(browser.post(do, COLUMNS | {"date_column": ""}))
    account.mapping.refresh_from_db()
    assert account.mapping.payer_column == "Payer"
    assert browser.post(do, COLUMNS).status_code == 302
    account.mapping.refresh_from_db()
    assert account.mapping.payer_column == ""


def upload(browser, content, name="a.csv"):
    data = {"account": bank_account().pk, "file": file_of(content, name)}
    return browser.post(page("statement", "add"), data, follow=True)


def test_a_statement_is_uploaded_and_says_what_was_there(browser):
    content = csv_statement(row(), row(Payer="Acme"))
    assert "2 new lines; 0 were there already." in text_of(upload(browser, content))
    assert "Nothing is new: all 2 lines of the file were there already." in text_of(upload(browser, content))
    statement = Statement.objects.get()
    shown = text_of(browser.get(page("statement", "change", statement.pk)))
    lines = f"{page('bankline', 'changelist')}?statement__id__exact={statement.pk}"
    assert lines in shown
    assert "Acme" in text_of(browser.get(lines))
    assert upload(browser, ofx(ofx_line()), "a.qfx").status_code == 200
    assert BankLine.objects.count() == 3


def test_a_file_that_is_too_large_is_refused_on_the_form(browser, monkeypatch):
    monkeypatch.setattr(banking_forms, "LARGEST_FILE", 10)
    assert "Upload a smaller one." in text_of(upload(browser, csv_statement(row())))


def test_a_statement_that_ends_early_is_refused_with_a_sentence(browser):
    assert "the file ends early" in text_of(upload(browser, csv_statement(row(), row())[:-20]))
    assert not BankLine.objects.exists()


def test_the_list_shows_what_waits_first_and_what_it_may_be(browser):
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    bank_line(-5, Date="2024-03-01", Text="Fee")
    line = bank_line(60_000, Reference=commitment.number)
    listed = browser.get(page("bankline", "changelist"))
    assert next(found.pk for found in listed.context["cl"].result_list) == line.pk
    assert cells.unbroken(f"Acme: {commitment.number}") in text_of(listed)
    assert "Fee" in text_of(browser.get(page("bankline", "changelist"), {"state__exact": "open"}))


def test_one_press_confirms_a_proposal_and_leads_to_the_next_line(browser):
    commitment = signed_commitment()
    line, following = bank_line(60_000, Reference=commitment.number), bank_line(7, Date="2024-02-02")
    shown = text_of(browser.get(page("bankline", "change", line.pk)))
    assert f"the reference names {commitment.number}" in shown
    assert "autofocus" in shown
    assert "2 lines of this account wait" in shown
    pressed = {"match": f"commitment-{commitment.pk}", "allocate": "oldest"}
    answer = browser.post(page("bankline", "do", line.pk, "confirm"), pressed, follow=True)
    assert answer.redirect_chain == [(page("bankline", "change", following.pk), 302)]
    assert "This is the next one." in text_of(answer)
    assert "no amount is the same" in text_of(answer)
    receipt = Receipt.objects.get()
    assert receipt.allocated == 60_000
    assert str(receipt) in text_of(browser.get(page("bankline", "change", line.pk)))
    again = browser.post(page("bankline", "do", line.pk, "confirm"), pressed, follow=True)
    assert "is not possible now" in text_of(again)


def test_nothing_is_preselected_when_the_money_may_be_recorded_already(browser):
    commitment = signed_commitment(SponsorFactory(name="Acme"), years=2)
    received(commitment.sponsor, 60_000, on=date(2024, 1, 30), reference="R-1")
    line = bank_line(60_000, Reference=commitment.number)
    shown = text_of(browser.get(page("bankline", "change", line.pk)))
    assert shown.index("recorded already on 2024-01-30") < shown.index("same amount as")
    assert "so that it is not recorded twice" in shown
    assert "autofocus" not in shown
    do = page("bankline", "do", line.pk, "confirm")
    assert browser.get(do).context["form"]["match"].value() is None
    browser.post(do, {"allocate": "oldest"})
    assert Receipt.objects.count() == 1


def test_a_line_that_may_be_there_twice_says_so_and_has_no_button_under_enter(browser):
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    first, line = bank_line(60_000, Id="A-1"), bank_line(60_000, Reference=commitment.number)
    listed = text_of(browser.get(page("bankline", "changelist")))
    assert listed.count("Perhaps there twice") == 2
    shown = text_of(browser.get(page("bankline", "change", line.pk)))
    assert f'href="{page("bankline", "change", first.pk)}"' in shown
    assert "of another file has this day and amount. If it is the same money, set this line aside." in shown
    assert "autofocus" not in shown
    do = page("bankline", "do", line.pk, "confirm")
    assert browser.get(do).context["form"]["match"].value() is None


def test_a_named_invoice_is_paid_first_and_then_the_oldest(browser):
    commitment = signed_commitment()
    invoice = charged(commitment, 500, on=date(2024, 1, 15))
    line = bank_line(700, Reference=invoice.number)
    assert f"the reference names {invoice.number}" in text_of(
        browser.get(page("bankline", "change", line.pk))
    )
    pressed = {"match": f"invoice-{invoice.pk}", "allocate": "oldest"}
    browser.post(page("bankline", "do", line.pk, "confirm"), pressed)
    assert charge_of(invoice).paid == 500
    assert commitment.installments.get(position=1).paid == 200


def test_another_sponsor_a_receipt_by_hand_and_the_last_line(browser):
    sponsor = SponsorFactory(name="Acme")
    receipt = received(sponsor, 7, on=date(2024, 2, 1), reference="R-7")
    first, second = bank_line(100), bank_line(7)
    do = page("bankline", "do", first.pk, "confirm")
    given = {"match": "other", "allocate": "none"}
    assert "Choose the sponsor whose money it is." in text_of(browser.post(do, given))
    assert "Another sponsor, chosen below" in text_of(browser.get(do))
    browser.post(do, given | {"sponsor": sponsor.pk})
    first.refresh_from_db()
    assert (first.state, receipt_of(first).sponsor) == (LineState.MATCHED, sponsor)
    tie = page("bankline", "do", second.pk, "confirm")
    assert "recorded already on 2024-02-01 as bank R-7" in text_of(browser.get(tie))
    done = browser.post(tie, given | {"match": f"receipt-{receipt.pk}"}, follow=True)
    assert "No line is open any more." in text_of(done)
    second.refresh_from_db()
    assert second.receipt == receipt


def test_closed_books_are_told_before_one_confirms(browser, finance):
    line = bank_line(Date="2024-01-15")
    close_books(actor=finance, through=date(2024, 1, 31), today=date(2024, 6, 1))
    do = page("bankline", "do", line.pk, "confirm")
    told = "The books of 2024-01-15 are closed: a new receipt is dated 2024-02-01, the first open day"
    assert told in text_of(browser.get(page("bankline", "change", line.pk)))
    assert told in text_of(browser.get(do))
    browser.post(do, {"match": "other", "sponsor": SponsorFactory().pk, "allocate": "oldest"})
    assert Receipt.objects.get().corrects_on == date(2024, 1, 15)


def test_a_line_is_set_aside_and_opened_again(browser):
    line = bank_line(-5)
    browser.post(page("bankline", "do", line.pk, "set-aside"), {"reason": "Fee"})
    line.refresh_from_db()
    assert (line.state, line.reason) == (LineState.SET_ASIDE, "Fee")
    browser.post(page("bankline", "do", line.pk, "undo"))
    line.refresh_from_db()
    assert line.state == LineState.OPEN


def test_an_auditor_sees_a_line_and_no_button(signed_in, auditor):
    shown = text_of(signed_in(auditor).get(page("bankline", "change", bank_line().pk)))
    assert "Whose money it may be" not in shown


def test_enter_confirms_nothing_that_fits_by_its_amount_alone(browser):
    for name in ("Acme", "Else"):
        signed_commitment(SponsorFactory(name=name))
    line = bank_line(60_000, Payer="Somebody")
    assert "2 may fit: look" in text_of(browser.get(page("bankline", "changelist")))
    shown = text_of(browser.get(page("bankline", "change", line.pk)))
    assert "None of these stands out" in shown
    assert "autofocus" not in shown
    assert browser.get(page("bankline", "do", line.pk, "confirm")).context["form"]["match"].value() is None


def test_an_account_is_called_by_its_name_and_leads_to_its_columns(browser):
    added = browser.post(page("bankaccount", "add"), {"name": "Main Account", "currency": "USD"})
    account = BankAccount.objects.get()
    assert account.slug == "main-account"
    assert added.url == page("bankaccount", "do", account.pk, "map")


def test_a_pdf_is_told_from_a_statement(browser):
    told = (
        "This is a PDF, not CSV or OFX. Download the account&#x27;s movements from the bank in one of those."
    )
    assert told in text_of(upload(browser, b"%PDF-1.7 a statement to print"))


def test_what_waits_on_bank_accounts_stands_among_the_work_of_today(browser):
    line, _out = bank_line(500, Payer="Acme"), bank_line(-5)
    card = next(
        item for item in browser.get("/admin/").context["cards"] if item.card.key == "bank_lines_waiting"
    )
    assert (card.card.count, [row.pk for row, _url in card.rows]) == (1, [line.pk])
    assert [(total.currency, total.amount) for total in card.card.totals] == [("USD", 500)]
