"""Where pages lead, and what they say to whoever cannot go on alone."""

from datetime import date
from decimal import Decimal

import pytest

from foundation.books.closing import close_books
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.admin.exports import ReceiptResource
from sponsors.commitments.models import Receipt
from sponsors.commitments.selectors import statement
from sponsors.commitments.services import record_receipt
from sponsors.commitments.tests.amending import approver, cash_of, due, proposed_amendment
from sponsors.commitments.tests.factories import (
    colleague,
    invoiced,
    proposed_write_off,
    received,
    signed_commitment,
)

pytestmark = pytest.mark.django_db

ADMIN = "/admin/sponsors/"


@pytest.fixture
def commitment():
    return signed_commitment()


def address(obj, rest="change/"):
    return f"{ADMIN}{obj._meta.model_name}/{obj.pk}/{rest}"


def test_aged_debt_says_what_falls_due_later_and_leads_to_what_is_open(signed_in, finance, commitment):
    shown = signed_in(finance).get(f"{ADMIN}installment/aged-debt/", {"as_of": "2026-02-14"}).text
    assert "Falls due later" in shown
    way = f"{ADMIN}installment/?due=open&amp;commitment__sponsor__id__exact={commitment.sponsor_id}"
    assert way in shown
    rows = signed_in(finance).get(way.replace("&amp;", "&")).context["cl"].result_list
    assert {row.commitment for row in rows} == {commitment}
    assert len(rows) == 5


def test_a_schedule_leads_to_its_installments(signed_in, finance, commitment):
    shown = signed_in(finance).get(address(commitment)).text
    assert all(address(row) in shown for row in commitment.installments.all())


def test_an_invoice_leads_to_whom_it_asks_and_to_a_receipt_of_what_is_left(signed_in, finance, commitment):
    first = commitment.installments.earliest("due_on")
    received(commitment.sponsor, 10_000)
    invoice = invoiced(first)
    page = signed_in(finance).get(address(invoice))
    assert address(commitment.sponsor) in page.text
    assert address(commitment) in page.text
    way = next(link.url for link in page.context["object_links"] if link.label == "Record a receipt")
    form = signed_in(finance).get(way).context["adminform"].form
    told = {
        name: str(form[name].value()) for name in ("sponsor", "commitment", "amount", "currency", "allocate")
    }
    assert told == {
        "sponsor": str(commitment.sponsor_id),
        "commitment": str(commitment.pk),
        "amount": "50000.00",
        "currency": "USD",
        "allocate": "invoice",
    }
    received(commitment.sponsor, 50_000)
    paid = signed_in(finance).get(address(invoice))
    assert "Record a receipt" not in paid.text


def test_whoever_proposed_reads_who_approves_instead_of_a_button(signed_in, commitment):
    approver()
    make_user("Zoe", Role.FINANCE)
    amendment = proposed_amendment(commitment, **cash_of([due(2024, 300_000)]))
    own = signed_in(colleague()).get(address(amendment))
    assert [action.name for action, _url in own.context["object_actions"]] == ["keep-signed-copy", "withdraw"]
    assert "Approver or Zoe may approve it." in own.text
    other = signed_in(approver()).get(address(amendment))
    assert "approve" in [action.name for action, _url in other.context["object_actions"]]


def test_nobody_is_offered_to_decide_on_a_write_off_of_their_own(signed_in, commitment):
    approver()
    write_off = proposed_write_off(commitment.installments.earliest("due_on"), 10)
    own = signed_in(colleague()).get(address(write_off))
    assert [action.name for action, _url in own.context["object_actions"]] == []
    assert "Approver may decide." in own.text
    other = signed_in(approver()).get(address(write_off))
    assert [action.name for action, _url in other.context["object_actions"]] == ["approve", "refuse"]


def test_without_a_second_colleague_the_page_says_who_can_help(signed_in, commitment):
    amendment = proposed_amendment(commitment, **cash_of([due(2024, 300_000)]))
    assert "Nobody else may approve it yet" in signed_in(colleague()).get(address(amendment)).text


def test_the_day_of_a_write_off_says_its_rule(signed_in, commitment):
    write_off = proposed_write_off(commitment.installments.earliest("due_on"), 10)
    shown = signed_in(approver()).get(address(write_off, "do/approve/")).text
    assert "not before its last payment or write-off" in shown


def test_a_correction_names_its_closed_day_on_the_statement_and_in_the_export(commitment):
    close_books(actor=colleague(), through=date(2024, 12, 31), today=date(2026, 2, 14))
    record_receipt(
        actor=colleague(),
        sponsor=commitment.sponsor,
        amount=Decimal(90_000),
        currency="USD",
        received_on=date(2026, 2, 14),
        corrects_on=date(2024, 3, 1),
        method=Receipt.Method.WIRE,
        source="bank",
        reference="late-1",
        today=date(2026, 2, 14),
    )
    (account,) = statement(commitment.sponsor, date(2026, 1, 1), date(2026, 12, 31)).accounts
    assert "bank late-1, came on 2024-03-01" in [entry.text for entry in account.entries]


def test_the_export_of_receipts_says_what_each_pays(signed_in, finance, commitment):
    received(commitment.sponsor, 90_000, reference="wire-1")
    names = {name for name, _heading in ReceiptResource.column_choices()}
    assert {"corrects_on", "pays"} <= names
    query = {"columns": ["reference", "pays"], "file_format": "csv", "download": ""}
    written = signed_in(finance).post(f"{ADMIN}receipt/export/", query)
    number = commitment.number
    assert f"wire-1,{number}/1 USD 60,000.00; {number}/2 USD 30,000.00" in written.text.replace('"', "")


def test_the_history_of_a_commitment_tells_of_its_money_to_those_who_see_it(
    signed_in, finance, infrastructure, commitment
):
    proposed_amendment(commitment, **cash_of([due(2024, 300_000)]))
    invoiced(commitment.installments.earliest("due_on"))
    received(commitment.sponsor, 10_000)
    told = signed_in(finance).get(address(commitment, "history/")).text
    for words in ("Amendment", "Invoice", "Allocation"):
        assert f">{words} " in told
    assert "Allocation" not in signed_in(infrastructure).get(address(commitment, "history/")).text
