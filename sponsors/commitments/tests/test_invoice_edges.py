"""Invoices and credit notes in the admin site and over the API."""

import pytest
from django.core.files.storage import default_storage

from foundation.books.selectors import local_today
from foundation.documents.rendering import TextNotPrintable
from foundation.documents.tests.pdf import text_of
from foundation.notices.models import Notice
from sponsors.commitments.api.answers import CreditNoteSerializer, InvoiceSerializer
from sponsors.commitments.models import CreditNote, Invoice
from sponsors.commitments.papers import Billing
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import credited, invoiced, signed_commitment
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/sponsors/invoice/"
API = "/api/v1/invoices/"


@pytest.fixture
def commitment():
    return signed_commitment(SponsorFactory(name="Acme", legal_name="Acme Ltd."), title="Gold")


@pytest.fixture
def installment(commitment):
    return commitment.installments.select_related("commitment").get(position=1)


@pytest.fixture
def invoice(installment):
    return invoiced(
        installment, on=local_today(), billing=Billing(name="Acme Ltd.", email="bills@acme.example")
    )


def pdf_of(response):
    assert response["Content-Type"] == "application/pdf"
    return text_of(b"".join(response) if response.streaming else response.content)


def form_for(installment, **changes):
    return {
        "installments": [installment.pk],
        "billing_name": "Acme Ltd.",
        "billing_address": "1 Main Street",
        "billing_email": "bills@acme.example",
        "purchase_order": "PO-7",
    } | changes


# Admin --------------------------------------------------------------------------------------


def test_invoice_from_preview_to_credit_note(signed_in, finance, commitment, installment):
    client = signed_in(finance)
    page = f"/admin/sponsors/commitment/{commitment.pk}/"
    asked = client.get(f"{page}do/invoice/").content.decode()
    assert "Preview as PDF" in asked
    assert 'value="Acme Ltd."' in asked

    preview = client.post(f"{page}preview-invoice/", form_for(installment))
    assert "PO-7" in pdf_of(preview)
    assert not Invoice.objects.exists()

    done = client.post(f"{page}do/invoice/", form_for(installment, mail="on"), follow=True)
    invoice = Invoice.objects.get()
    assert f"{invoice.number} is issued and goes to bills@acme.example." in done.content.decode()
    assert f"{LIST}{invoice.pk}/pdf/" in done.content.decode()
    assert invoice.number in pdf_of(client.get(f"{LIST}{invoice.pk}/pdf/"))
    assert invoice.number in client.get(f"{page}change/").content.decode()

    client.post(f"{LIST}{invoice.pk}/do/mail/", {"recipient": "other@acme.example"})
    assert Notice.objects.filter(recipient="other@acme.example").exists()
    client.post(f"{LIST}{invoice.pk}/do/credit/", {"amount": "10", "reason": "Discount"})
    shown = client.post(f"{LIST}{invoice.pk}/do/void/", {"reason": "Wrong"}, follow=True).content.decode()
    assert "takes back USD 59,990.00" in shown
    page_of_invoice = client.get(f"{LIST}{invoice.pk}/change/").content.decode()
    assert "Credited" in page_of_invoice
    assert "Discount" in page_of_invoice
    note = CreditNote.objects.latest("pk")
    assert note.number in pdf_of(client.get(f"/admin/sponsors/creditnote/{note.pk}/pdf/"))


def test_installment_is_invoiced_from_its_own_page(signed_in, finance, installment):
    client = signed_in(finance)
    page = f"/admin/sponsors/installment/{installment.pk}/"

    assert "Issue invoice" in client.get(f"{page}change/").content.decode()
    client.post(f"{page}do/invoice/", form_for(installment))

    assert Invoice.objects.get().lines.get().installment == installment
    assert "do/invoice/" not in client.get(f"{page}change/").content.decode()


def test_preview_says_what_is_wrong_and_is_not_for_everybody(signed_in, finance, auditor, installment):
    page = f"/admin/sponsors/installment/{installment.pk}/preview-invoice/"
    client = signed_in(finance)

    assert "must be today" in client.post(page, form_for(installment, due_on="2020-01-01")).content.decode()
    assert "This field is required" in client.post(page, {"note": "x"}).content.decode()
    assert client.get(page)["Location"].endswith("/do/invoice/")
    assert signed_in(auditor).get(page).status_code == 403


def test_lost_file_is_not_found(signed_in, finance, treasury, invoice):
    default_storage.delete(str(invoice.document.file.name))

    assert signed_in(finance).get(f"{LIST}{invoice.pk}/pdf/").status_code == 404
    lost = treasury.get(f"{API}{invoice.pk}/pdf/")
    assert (lost.status_code, errors(lost)) == (400, {(None, "document_damaged")})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "INV-"}, 1),
        ({"q": "acme"}, 1),
        ({"q": "nobody"}, 0),
        ({"state": "issued"}, 1),
        ({"state": "paid"}, 0),
        ({"state": "nonsense"}, 1),
    ],
)
def test_invoices_are_searched_and_filtered(signed_in, finance, invoice, query, found):
    assert signed_in(finance).get(LIST, query).context["cl"].result_count == found


@pytest.mark.parametrize(("term", "found"), [("CN-", 1), ("INV-", 1), ("address", 1), ("acme", 1), ("x", 0)])
def test_credit_notes_are_searched(signed_in, finance, invoice, term, found):
    credited(invoice, 10)

    listed = signed_in(finance).get("/admin/sponsors/creditnote/", {"q": term})

    assert listed.context["cl"].result_count == found


def test_lists_are_exported(signed_in, finance, invoice):
    note = credited(invoice, 10)
    client = signed_in(finance)

    form = {"columns": ["number", "total", "outstanding", "state"], "file_format": "csv"}
    assert (
        f"{invoice.number},60000.00,59990.00,issued" in client.post(f"{LIST}export/", form).content.decode()
    )
    form = {"columns": ["number", "invoice", "amount"], "file_format": "csv"}
    answer = client.post("/admin/sponsors/creditnote/export/", form).content.decode()
    assert f"{note.number},{invoice.number},10.00" in answer


# API ----------------------------------------------------------------------------------------


def test_invoice_over_the_api(treasury, commitment, installment):
    body = {"commitment": commitment.pk, "installments": [installment.pk], "billing_email": "b@acme.example"}
    made = treasury.post(API, body | {"mail": True})
    assert made.status_code == 201, made.content
    assert_shape(made.json(), InvoiceSerializer)
    address = f"{API}{made.json()['id']}/"
    assert (made.json()["billing_name"], made.json()["total"]) == ("Acme Ltd.", "60000.00")
    assert Notice.objects.get().recipient == "b@acme.example"

    again = treasury.post(API, body)
    assert (again.status_code, errors(again)) == (409, {("installments", "invoiced_already")})
    assert made.json()["number"] in pdf_of(treasury.get(f"{address}pdf/"))
    assert treasury.post(f"{address}mail/", {}).status_code == 200
    part = treasury.post(f"{address}credit/", {"amount": "10.00", "reason": "Discount"}).json()
    assert (part["credited"], part["outstanding"], part["state"]) == ("10.00", "59990.00", "issued")
    above = treasury.post(f"{address}credit/", {"amount": "60000", "reason": "Too much"})
    assert errors(above) == {("amount", "more_than_invoiced")}
    voided = treasury.post(f"{address}credit/", {"reason": "Wrong"}).json()
    assert (voided["state"], len(voided["credit_notes"])) == ("credited", 2)
    notes = treasury.get("/api/v1/credit-notes/", {"invoice": voided["id"]}).json()["results"]
    assert_shape(notes[0], CreditNoteSerializer)
    assert "CN-" in pdf_of(treasury.get(f"/api/v1/credit-notes/{notes[0]['id']}/pdf/"))
    assert treasury.get(API, {"state": "credited"}).json()["results"][0]["number"] == voided["number"]
    assert treasury.post(f"{API}0/credit/", {"reason": "Wrong"}).status_code == 404


def test_no_number_is_given_to_an_invoice_with_a_letter_that_cannot_be_printed(installment):
    with refused("cannot be printed: this server has no font for it", field=None, kind=TextNotPrintable):
        invoiced(installment, on=local_today(), billing=Billing(name="Acme \u0378"))
    assert not Invoice.objects.exists()
    assert invoiced(installment, on=local_today()).number.endswith("-0001")
