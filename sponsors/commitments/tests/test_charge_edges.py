"""Charges in the admin site, over the API and on timelines."""

import pytest

from foundation.books.selectors import local_today
from foundation.documents.tests.pdf import text_of
from sponsors.commitments.api.answers import InstallmentSerializer, InvoiceSerializer
from sponsors.commitments.drawing import draw
from sponsors.commitments.models import Installment, Invoice
from sponsors.commitments.rules import InstallmentKind
from sponsors.commitments.selectors import timeline
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import (
    charge_of,
    charged,
    credited,
    general_fund,
    proposed_commitment,
    signed_commitment,
)
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
API = "/api/v1/invoices/"


@pytest.fixture
def commitment():
    return signed_commitment(SponsorFactory(name="Acme", legal_name="Acme Ltd."), title="Gold")


def form_for(**changes):
    return {
        "due_on": local_today().isoformat(),
        "billing_name": "Acme Ltd.",
        "description_2": "Booth",
        "fund_2": general_fund().pk,
        "amount_2": "500",
    } | changes


# Admin --------------------------------------------------------------------------------------


def test_free_line_is_previewed_issued_and_released_on_the_pages(signed_in, finance, commitment):
    client = signed_in(finance)
    page = f"/admin/sponsors/commitment/{commitment.pk}/"
    assert "Amount of free line 1 in USD" in client.get(f"{page}do/invoice/").content.decode()

    preview = client.post(f"{page}preview-invoice/", form_for())
    assert "Booth" in text_of(preview.content)
    assert not Invoice.objects.exists()

    done = client.post(f"{page}do/invoice/", form_for(), follow=True)
    invoice = Invoice.objects.get()
    assert f"{invoice.number} is issued." in done.content.decode()
    assert "Charge, for General" in done.content.decode()
    shown = client.get(f"{page}change/").content.decode()
    assert "Charge: Booth, for General" in shown
    assert "Charged beside it" in shown

    client.post(f"/admin/sponsors/invoice/{invoice.pk}/do/void/", {"reason": "Wrong"})
    released = client.get(f"/admin/sponsors/invoice/{invoice.pk}/change/").content.decode()
    assert f"released on {local_today()}" in released
    charge = charge_of(invoice)
    assert "No longer due" in client.get(f"/admin/sponsors/installment/{charge.pk}/change/").content.decode()


def test_the_page_shows_more_free_lines_up_to_as_many_as_an_invoice_has(signed_in, finance, commitment):
    client = signed_in(finance)
    page = f"/admin/sponsors/commitment/{commitment.pk}/do/invoice/"
    chosen = str(commitment.installments.order_by("due_on")[1].pk)
    typed = form_for(amount_2="a lot", installments=[chosen], mail="on", lines="3")
    for address in (page, page.replace("do/invoice", "preview-invoice")):
        form = client.post(address, typed | {"more-lines": "1"}).context["form"]
        # What was typed stays, and nothing of it is refused before the invoice is asked for.
        assert (form.lines, form.errors, form.can_have_more) == (6, {}, True)
        assert (form["amount_2"].value(), form["installments"].value()) == ("a lot", [chosen])
        assert (form["description_2"].value(), form["mail"].value()) == ("Booth", "on")
    for typed_lines, shown in (("6", 9), ("18", 20), ("20", 20), ("9999", 6), ("", 6), ("-5", 6)):
        form = client.post(page, form_for(**{"lines": typed_lines, "more-lines": "1"})).context["form"]
        assert (form.lines, form.can_have_more) == (shown, shown < 20)
    assert not Invoice.objects.exists()

    twentieth = {"description_20": "Banner", "fund_20": general_fund().pk, "amount_20": "70"}
    client.post(page, form_for(lines="20", **twentieth))
    assert Invoice.objects.get().total == 570


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fund_2": ""}, "A free line needs a description, a fund and an amount."),
        ({"amount_2": "a lot"}, "Write the amount in digits"),
        ({"description_2": "", "fund_2": "", "amount_2": ""}, "Nothing was chosen"),
        ({"due_on": ""}, "Enter its due date"),
        ({"amount_2": "0.001"}, "The amount of free line 1"),
    ],
)
def test_free_line_half_filled_in_is_said_and_kept(signed_in, finance, commitment, changes, sentence):
    page = f"/admin/sponsors/commitment/{commitment.pk}/do/invoice/"

    answer = signed_in(finance).post(page, form_for(**changes)).content.decode()

    assert sentence in answer
    assert 'value="Acme Ltd."' in answer
    assert not Invoice.objects.exists()


def test_only_a_firm_commitment_offers_an_invoice(signed_in, finance, commitment):
    client = signed_in(finance)

    def offered(pk):
        return "do/invoice/" in client.get(f"/admin/sponsors/commitment/{pk}/change/").content.decode()

    assert (offered(commitment.pk), offered(proposed_commitment().pk)) == (True, False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "charge"}, 1),
        ({"kind": "scheduled"}, 5),
        ({"kind": "nonsense"}, 6),
        ({"q": "booth"}, 1),
        ({"fund": "general"}, 6),
        ({"fund": "travel"}, 0),
    ],
)
def test_charges_are_found_in_the_list_of_installments(signed_in, finance, commitment, query, found):
    charged(commitment, 500)
    if "fund" in query:
        funds = {"general": general_fund().pk, "travel": make_fund("travel").pk}
        query = {"fund": funds[query["fund"]]}

    listed = signed_in(finance).get("/admin/sponsors/installment/", query)

    assert listed.context["cl"].result_count == found


def make_fund(code):
    return type(general_fund()).objects.create(code=code, name=code.title())


def test_charge_goes_into_its_own_fund(signed_in, finance, treasury, commitment):
    charge = charge_of(charged(commitment, 500, fund=make_fund("travel")))

    listed = signed_in(finance).get("/admin/sponsors/installment/", {"fund": charge.fund_id})
    assert [row.pk for row in listed.context["cl"].result_list] == [charge.pk]
    found = treasury.get("/api/v1/installments/", {"fund": "travel"}).json()["results"]
    assert [row["id"] for row in found] == [charge.pk]
    general = treasury.get("/api/v1/installments/", {"fund": "general"}).json()["results"]
    assert charge.pk not in [row["id"] for row in general]


# API ----------------------------------------------------------------------------------------


def test_free_lines_over_the_api(treasury, commitment):
    body = {
        "commitment": commitment.pk,
        "free_lines": [{"description": "Booth", "fund": general_fund().code, "amount": "500.00"}],
        "due_on": local_today().isoformat(),
    }

    made = treasury.post(API, body)

    assert made.status_code == 201, made.content
    assert_shape(made.json(), InvoiceSerializer)
    (line,) = made.json()["lines"]
    assert (line["kind"], line["description"], line["amount"]) == ("charge", "Booth", "500.00")
    found = treasury.get("/api/v1/installments/", {"kind": "charge"}).json()["results"]
    assert_shape(found[0], InstallmentSerializer)
    assert (found[0]["id"], found[0]["fund"], found[0]["charged_on"]) == (
        line["installment"],
        "general",
        local_today().isoformat(),
    )
    for changes, refusal in (
        ({"free_lines": []}, ("installments", "nothing_chosen")),
        ({"free_lines": [{"description": "Booth"}]}, ("free_lines.0.fund", "required")),
        ({"free_lines": [body["free_lines"][0] | {"amount": "0"}]}, ("free_lines", "amount_not_positive")),
    ):
        answer = treasury.post(API, body | changes)
        assert answer.status_code == 400
        assert refusal in errors(answer)
    voided = treasury.post(f"{API}{made.json()['id']}/credit/", {"reason": "Wrong"})
    assert voided.json()["state"] == "credited"
    (row,) = treasury.get("/api/v1/installments/", {"kind": "charge"}).json()["results"]
    assert (row["state"], row["released_on"]) == ("released", local_today().isoformat())


# Timelines ----------------------------------------------------------------------------------


def test_charges_are_marked_in_the_picture_and_its_legend(signed_in, finance, commitment):
    invoice = charged(commitment, 500)
    credited(charged(commitment, 700))

    marks = draw(timeline(commitment, local_today())).rows[0].installments
    beside = [mark for mark in marks if mark.beside]
    assert len(beside) == Installment.objects.filter(kind=InstallmentKind.CHARGE).count() == 2
    assert f"{charge_of(invoice)}, charge for Booth at the conference, due" in beside[0].text
    page = signed_in(finance).get(f"/admin/sponsors/commitment/{commitment.pk}/timeline/").content.decode()
    assert "Charge, beside what is promised" in page
    assert page.count('class="tl-beside"') == 3
