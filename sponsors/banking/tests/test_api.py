"""Bank statements over the REST API."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.tests.factories import api_client
from sponsors.banking.models import BankAccount, BankLine
from sponsors.banking.tests.factories import bank_account, bank_line, csv_statement, imported, row
from sponsors.commitments.models import Receipt
from sponsors.commitments.tests.factories import charge_of, charged, received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
ACCOUNTS, STATEMENTS, LINES = "/api/v1/bank-accounts/", "/api/v1/bank-statements/", "/api/v1/bank-lines/"


@pytest.fixture
def treasury(finance):
    return api_client(finance)


def send(client, content, **headers):
    body = {"account": "bank-main", "file": SimpleUploadedFile("a.csv", content)}
    return client.post(STATEMENTS, body, format="multipart", headers=headers)


def codes(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def test_an_account_is_added_mapped_and_changed(treasury):
    made = treasury.post(ACCOUNTS, {"name": "Main", "slug": "main", "currency": "USD", "number": "DE001234"})
    assert made.status_code == 201
    assert (made.json()["number"], made.json()["columns"]) == ("••••1234", None)
    url = made["Location"]
    mapped = treasury.post(
        f"{url}map-columns/", {"date_column": "Day", "amount_column": "Sum", "delimiter": ";"}
    )
    assert (mapped.json()["columns"]["delimiter"], mapped.json()["columns"]["date_column"]) == (";", "Day")
    wrong = treasury.post(f"{url}map-columns/", {"date_column": "Day"})
    assert (wrong.status_code, codes(wrong)) == (400, [("amount_columns", "amount_column")])
    changed = treasury.patch(url, {"is_active": False})
    assert (changed.json()["name"], changed.json()["is_active"]) == ("Main", False)
    assert BankAccount.objects.get().number == "DE001234"
    assert codes(treasury.post(ACCOUNTS, {"name": "Main", "slug": "other", "currency": "USD"})) == [
        ("account_exists", "name")
    ]


def test_a_statement_is_sent_once_and_what_is_there_is_said(treasury):
    bank_account()
    content = csv_statement(row(Id="N1"), row(Id="N2"))
    made = send(treasury, content)
    assert made.status_code == 201
    assert (made.json()["new_count"], made.json()["known_count"]) == (2, 0)
    again = send(treasury, content)
    assert (again.status_code, codes(again)) == (409, [("nothing_new", "file")])
    assert "all 2 lines of the file were there already" in again.json()["errors"][0]["detail"]
    assert codes(send(treasury, content + b"2024-02-09\n")) == [("line_too_short", "file")]
    assert BankLine.objects.count() == 2


def test_a_repeated_request_imports_once(treasury):
    bank_account()
    content = csv_statement(row(Id="N1"))
    first, second = (send(treasury, content, **{"Idempotency-Key": "february"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second["Idempotency-Replayed"] == "true"


def test_lines_are_narrowed_and_taken_as_csv(treasury):
    imported(row(5), row(-5), row(7, Date="2024-03-01"))
    assert len(treasury.get(f"{LINES}?incoming=true&booked_to=2024-02-28").json()["results"]) == 1
    assert len(treasury.get(f"{LINES}?incoming=false").json()["results"]) == 1
    assert treasury.get(f"{LINES}?state=open&state=matched&format=csv").status_code == 200


def test_lines_that_may_be_there_twice_are_found(treasury):
    first, second = bank_line(5), bank_line(5)
    third = bank_line(7)

    def found(value):
        listed = treasury.get(f"{LINES}?alike={value}&ordering=booked_on").json()["results"]
        return [line["id"] for line in listed]

    assert sorted(found("true")) == [first.pk, second.pk]
    assert found("false") == [third.pk]
    assert treasury.get(f"{LINES}{first.pk}/proposals/").json()["alike"] == [second.pk]


def test_a_line_is_confirmed_by_its_proposal(treasury):
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    url = f"{LINES}{bank_line(60_000, Reference=commitment.number).pk}/"
    (proposal,) = treasury.get(f"{url}proposals/").json()["proposals"]
    assert (proposal["sponsor"], proposal["commitment"], proposal["receipt"]) == (
        commitment.sponsor_id,
        commitment.pk,
        None,
    )
    assert proposal["reasons"][0] == f"the reference names {commitment.number}"
    given = {"sponsor": proposal["sponsor"], "commitment": proposal["commitment"]}
    old = treasury.get(url)["ETag"]
    done = treasury.post(f"{url}confirm/", given, headers={"If-Match": old})
    assert (done.status_code, done.json()["state"]) == (200, "matched")
    assert Receipt.objects.get(pk=done.json()["receipt"]).allocated == 60_000
    assert treasury.get(f"{url}proposals/").json() == {"proposals": [], "alike": []}
    assert treasury.post(f"{url}confirm/", given, headers={"If-Match": old}).status_code == 412
    again = treasury.post(f"{url}confirm/", given)
    assert (again.status_code, codes(again)) == (409, [("bank_line_not_open", "state")])


def test_the_day_of_a_line_is_not_chosen(treasury):
    url = f"{LINES}{bank_line().pk}/confirm/"
    sponsor = SponsorFactory()
    for field in ("received_on", "corrects_on"):
        refused = treasury.post(url, {"sponsor": sponsor.pk, field: "2024-02-02"})
        assert (refused.status_code, codes(refused)[0][1]) == (400, field)
    assert treasury.post(url, {"sponsor": sponsor.pk}).status_code == 200
    assert Receipt.objects.get().received_on == date(2024, 2, 1)


def test_a_line_pays_the_invoice_it_names_and_no_other_ones(treasury):
    commitment = signed_commitment(SponsorFactory(name="Acme"))
    invoice = charged(commitment, 500, on=date(2024, 1, 15))
    url = f"{LINES}{bank_line(500, Reference=invoice.number).pk}/"
    (proposal,) = treasury.get(f"{url}proposals/").json()["proposals"]
    assert (proposal["invoice"], proposal["commitment"]) == (invoice.pk, commitment.pk)
    given = {"sponsor": commitment.sponsor_id, "invoice": invoice.pk}
    other = signed_commitment(commitment.sponsor)
    refused = treasury.post(f"{url}confirm/", given | {"commitment": other.pk})
    assert codes(refused) == [("other_commitment", "invoice")]
    assert treasury.post(f"{url}confirm/", given).status_code == 200
    assert charge_of(invoice).paid == 500
    again = treasury.post(f"{LINES}{bank_line(500, Reference='again').pk}/confirm/", given)
    assert codes(again) == [("nothing_due", "invoice")]


def test_a_line_is_tied_set_aside_and_opened_again(treasury):
    receipt = received(SponsorFactory(), 100)
    tied = treasury.post(f"{LINES}{bank_line().pk}/tie/", {"receipt": receipt.pk})
    assert (tied.json()["state"], tied.json()["receipt"]) == ("matched", receipt.pk)
    url = f"{LINES}{bank_line(-5).pk}/"
    aside = treasury.post(f"{url}set-aside/", {"reason": "Fee"})
    assert (aside.json()["state"], aside.json()["reason"]) == ("set_aside", "Fee")
    assert treasury.post(f"{url}undo-set-aside/").json()["state"] == "open"
    refused = treasury.post(f"{url}confirm/", {"sponsor": SponsorFactory().pk})
    assert codes(refused) == [("money_went_out", "state")]


def test_a_fundraiser_sees_no_bank(fundraiser):
    line = bank_line()
    for address in (ACCOUNTS, STATEMENTS, LINES, f"{LINES}{line.pk}/proposals/"):
        assert api_client(fundraiser).get(address).status_code == 403
