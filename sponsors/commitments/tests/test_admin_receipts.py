"""The pages of receipts and installments."""

import re
from datetime import date
from decimal import Decimal

import pytest

from foundation.money.display import money_text
from foundation.money.services import import_reference_rates
from foundation.notices.models import Notice
from sponsors.commitments.models import Receipt
from sponsors.commitments.services import Part
from sponsors.commitments.tests.factories import invoiced, received, signed_commitment
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/sponsors/receipt/"
INSTALLMENTS = "/admin/sponsors/installment/"


def page(receipt, rest="change/"):
    return f"{LIST}{receipt.pk}/{rest}"


def form(sponsor, **changes):
    return {
        "sponsor": str(sponsor.pk),
        "amount": "90000.00",
        "currency": "USD",
        "received_on": "2024-02-01",
        "method": "wire",
        "source": "bank",
        "reference": "wire-1",
        "payer": "",
        "note": "",
        "allocate": "oldest",
        "commitment": "",
        **changes,
    }


def allocated(receipt):
    return list(receipt.allocations.order_by("pk").values_list("amount", flat=True))


def test_a_receipt_pays_the_oldest_installments_first(signed_in, finance):
    commitment = signed_commitment()
    response = signed_in(finance).post(f"{LIST}add/", form(commitment.sponsor))
    receipt = Receipt.objects.get()
    assert (response.status_code, response.url) == (302, page(receipt))
    assert allocated(receipt) == [Decimal(60000), Decimal(30000)]
    assert receipt.recorded_by == finance


def test_a_receipt_may_pay_one_commitment_only(signed_in, finance):
    commitment = signed_commitment()
    later = signed_commitment(commitment.sponsor)
    signed_in(finance).post(f"{LIST}add/", form(commitment.sponsor, commitment=str(later.pk)))
    paid = Receipt.objects.get().allocations.values_list("installment__commitment", flat=True)
    assert set(paid) == {later.pk}


def test_the_list_says_the_reference_and_where_it_is_from(signed_in, finance):
    received(SponsorFactory(), 10, reference="wire-1")
    row = signed_in(finance).get(LIST).content.decode().partition('id="result_list"')[2]
    assert re.search(r"wire-1</span>\s*<span[^>]*>bank</span>", row)


def test_a_receipt_may_stay_credit(signed_in, finance):
    signed_in(finance).post(f"{LIST}add/", form(signed_commitment().sponsor, allocate="none"))
    assert allocated(Receipt.objects.get()) == []


def test_by_hand_leads_to_the_table_of_open_installments(signed_in, finance):
    commitment = signed_commitment()
    client = signed_in(finance)
    response = client.post(f"{LIST}add/", form(commitment.sponsor, allocate="by_hand"), follow=True)
    receipt = Receipt.objects.get()
    assert response.redirect_chain[0][0] == page(receipt, "do/allocate/")
    _first, second, *_rest = commitment.installments.all()
    assert f"Amount for {second}" in response.content.decode()
    client.post(page(receipt, "do/allocate/"), {f"amount_{second.pk}": "50000"})
    assert [row.installment for row in receipt.allocations.all()] == [second]


def test_a_receipt_pays_the_invoice_that_is_chosen_among_the_sponsors_open_ones(signed_in, finance):
    commitment = signed_commitment()
    first, second, third, *_rest = commitment.installments.all()
    invoiced(first)
    asked, other = invoiced(third), invoiced(signed_commitment().installments.get(position=1))
    paid = invoiced(second)
    received(commitment.sponsor, 60_000, allocate=[Part(second, Decimal(60_000))])
    client = signed_in(finance)

    response = client.post(
        f"{LIST}add/", form(commitment.sponsor, amount="60000", allocate="invoice"), follow=True
    )

    receipt = Receipt.objects.get(reference="wire-1")
    assert response.redirect_chain[0][0] == page(receipt, "do/pay-invoice/")
    shown = response.content.decode()
    assert (
        f"{asked}: {money_text(Decimal(60_000), 'USD')} to be paid, due {asked.due_on}, of {commitment}"
        in shown
    )
    assert str(other) not in shown
    assert str(paid) not in shown
    client.post(page(receipt, "do/pay-invoice/"), {"invoice": asked.pk})
    assert [row.installment for row in receipt.allocations.all()] == [third]


def test_without_an_open_invoice_the_page_says_what_else_to_do(signed_in, finance):
    receipt = received(SponsorFactory(name="Acme"), 10)
    shown = signed_in(finance).get(page(receipt, "do/pay-invoice/")).content.decode()
    assert "No invoice of Acme is open." in shown


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"amount": "-5"}, "amount", "more than zero"),
        ({"amount": "0"}, "amount", "more than zero"),
        ({"amount": "5.001"}, "amount", "Round it"),
        ({"amount": "1,000"}, "amount", "digits with a dot"),
        ({"received_on": "2999-01-01"}, "received_on", "is after today"),
        ({"source": "our bank!"}, "source", "slug"),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_is_written(signed_in, finance, changes, field, sentence):
    response = signed_in(finance).post(f"{LIST}add/", form(SponsorFactory(), **changes))
    assert sentence in str(response.context["adminform"].form.errors[field])
    assert not Receipt.objects.exists()


def test_the_same_reference_twice_names_the_earlier_receipt(signed_in, finance):
    sponsor = SponsorFactory(name="Twice Ltd")
    received(sponsor, 10, reference="wire-1")
    response = signed_in(finance).post(f"{LIST}add/", form(sponsor))
    assert "recorded already" in str(response.context["adminform"].form.errors["reference"])
    assert Receipt.objects.count() == 1


def test_the_sponsor_is_thanked_on_request(signed_in, finance):
    sponsor = SponsorFactory()
    ContactFactory(sponsor=sponsor, email="billing@sponsor.example", roles=["billing"])
    response = signed_in(finance).post(f"{LIST}add/", form(sponsor, acknowledge="on"), follow=True)
    assert Notice.objects.get().recipient == "billing@sponsor.example"
    assert "billing@sponsor.example" in response.content.decode()


def test_nobody_to_thank_is_said(signed_in, finance):
    response = signed_in(finance).post(f"{LIST}add/", form(SponsorFactory(), acknowledge="on"), follow=True)
    assert "Nobody is thanked by mail" in response.content.decode()


def test_a_receipt_is_never_edited(signed_in, administrator):
    receipt = received(SponsorFactory(), 10)
    response = signed_in(administrator).post(page(receipt), form(receipt.sponsor, amount="99"))
    assert response.status_code == 403
    receipt.refresh_from_db()
    assert receipt.amount == 10


def test_too_much_by_hand_is_said_and_nothing_is_written(signed_in, finance):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 70_000, allocate="none")
    first = commitment.installments.get(position=1)
    response = signed_in(finance).post(page(receipt, "do/allocate/"), {f"amount_{first.pk}": "65000"})
    assert "still to be paid" in response.content.decode()
    assert allocated(receipt) == []


def test_nothing_chosen_by_hand_is_said(signed_in, finance):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 70_000, allocate="none")
    response = signed_in(finance).post(page(receipt, "do/allocate/"), {})
    assert "No installment was chosen" in response.content.decode()


def test_what_is_used_without_what_it_pays_is_said_and_nothing_is_written(signed_in, finance):
    commitment = signed_commitment(years=2)
    import_reference_rates(
        actor=None, file_name="r.csv", content=b"Date,USD\n2025-02-28,1.1\n", today=date(2025, 3, 1)
    )
    receipt = received(commitment.sponsor, 70_000, currency="EUR", on=date(2025, 3, 1), allocate="none")
    first, second = commitment.installments.order_by("position")
    response = signed_in(finance).post(
        page(receipt, "do/allocate/"), {f"amount_{first.pk}": "100", f"used_{second.pk}": "50"}
    )
    assert "is paid, or leave out what is used for it." in response.content.decode()
    assert allocated(receipt) == []


def test_what_is_left_pays_the_oldest(signed_in, finance):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 70_000, allocate="none")
    signed_in(finance).post(page(receipt, "do/allocate-oldest/"), {"commitment": ""})
    assert allocated(receipt) == [Decimal(60000), Decimal(10000)]


def test_credit_without_open_installments_is_explained(signed_in, finance):
    receipt = received(SponsorFactory(), 70_000)
    content = signed_in(finance).get(page(receipt, "do/allocate/")).content.decode()
    assert "The money stays as credit" in content
    response = signed_in(finance).post(page(receipt, "do/allocate-oldest/"), {"commitment": ""}, follow=True)
    assert "the money stays credit" in response.content.decode()


def test_an_allocation_is_taken_back(signed_in, finance):
    receipt = received(signed_commitment().sponsor, 60_000)
    allocation = receipt.allocations.get()
    signed_in(finance).post(page(receipt, "do/take-back/"), {"allocations": [allocation.pk]})
    assert allocated(receipt) == [Decimal(60000), Decimal(-60000)]


def test_a_receipt_is_reversed_once(signed_in, finance):
    receipt = received(signed_commitment().sponsor, 60_000)
    client = signed_in(finance)
    client.post(page(receipt, "do/reverse/"), {"reason": "It bounced"})
    assert Receipt.objects.get(reverses=receipt).note == "It bounced"
    content = client.get(page(receipt)).content.decode()
    assert "It was reversed" in content
    again = client.post(page(receipt, "do/reverse/"), {"reason": "Again"}, follow=True)
    assert "is not possible now" in again.content.decode()
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize(("chosen", "count"), [("credit", 1), ("standing", 2), ("reversed", 2), ("", 4)])
def test_receipts_are_filtered_by_what_became_of_them(signed_in, finance, chosen, count):
    commitment = signed_commitment()
    received(commitment.sponsor, 60_000)
    received(commitment.sponsor, 10, allocate="none")
    wrong = received(commitment.sponsor, 5)
    signed_in(finance).post(page(wrong, "do/reverse/"), {"reason": "It bounced"})
    assert signed_in(finance).get(LIST, {"allocation": chosen}).context["cl"].result_count == count


@pytest.mark.parametrize("term", ["wire-77", "Quill", "Aunt"])
def test_receipts_are_found_by_reference_payer_and_sponsor(signed_in, finance, term):
    sponsor = SponsorFactory(name="Quillfeather Analytics")
    signed_in(finance).post(f"{LIST}add/", form(sponsor, reference="wire-77", payer="Aunt Emma"))
    assert signed_in(finance).get(LIST, {"q": term}).context["cl"].result_count == 1


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"due": "overdue"}, 1),
        ({"due": "open"}, 9),
        ({"due": "this_month"}, 0),
        ({"due": "next_30"}, 0),
        ({"state": "paid"}, 1),
        ({"fiscal_year": "2024"}, 1),
        ({"currency": "USD"}, 10),
        ({"q": "C-2"}, 10),
        ({"q": "Quill"}, 10),
        ({}, 10),
    ],
)
def test_installments_are_filtered_and_found(signed_in, auditor, chosen, count, monkeypatch):
    from datetime import date

    from sponsors.commitments.admin import filters, installments

    for module in (filters, installments):
        monkeypatch.setattr(module, "local_today", lambda: date(2025, 6, 15))
    commitment = signed_commitment(SponsorFactory(name="Quillfeather Analytics"), years=10)
    received(commitment.sponsor, 60_000)
    assert signed_in(auditor).get(INSTALLMENTS, chosen).context["cl"].result_count == count


def test_the_fiscal_year_of_the_foundation_decides(signed_in, auditor):
    from foundation.books.models import Organization

    Organization.objects.create(pk=1, name="Foundation", fiscal_year_start_month=7)
    signed_commitment(years=2)
    client = signed_in(auditor)
    assert client.get(INSTALLMENTS, {"fiscal_year": "2023"}).context["cl"].result_count == 1
    assert "2023/24" in client.get(INSTALLMENTS).content.decode()


def test_an_installment_has_a_page_that_cannot_be_changed(signed_in, administrator):
    row = signed_commitment().installments.get(position=1)
    client = signed_in(administrator)
    assert client.get(f"{INSTALLMENTS}{row.pk}/change/").status_code == 200
    assert client.post(f"{INSTALLMENTS}{row.pk}/change/", {"amount": "1"}).status_code == 403
    assert client.get(f"{INSTALLMENTS}add/").status_code == 403


def test_the_oldest_first_says_that_only_another_currency_is_open(signed_in, finance):
    commitment = signed_commitment()
    sentence = "No installment is open in JPY: the money stays credit. Choose the commitment to pay in its own currency."
    yen = form(commitment.sponsor, currency="JPY")
    assert sentence in signed_in(finance).post(f"{LIST}add/", yen, follow=True).text
    assert (
        sentence
        in signed_in(finance).post(page(Receipt.objects.get(), "do/allocate-oldest/"), follow=True).text
    )


def test_the_oldest_first_says_that_nothing_is_open(signed_in, finance):
    recorded = signed_in(finance).post(f"{LIST}add/", form(SponsorFactory()), follow=True)
    assert "No installment is open: the money stays credit." in recorded.text
