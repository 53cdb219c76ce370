"""Aged debt and statements in the admin site and over the API."""

from datetime import date

import pytest

from foundation.documents.tests.pdf import text_of
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.admin import accounts
from sponsors.commitments.api.answers import AgedDebtsSerializer, StatementSerializer
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import invoiced, received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/sponsors/installment/aged-debt/"


@pytest.fixture
def sponsor():
    sponsor = SponsorFactory(name="=Acme", slug="acme")
    commitment = signed_commitment(sponsor, years=1)
    invoiced(commitment.installments.select_related("commitment").get())
    received(sponsor, 10_000, on=date(2024, 2, 1))
    return sponsor


def text(response):
    return b"".join(response).decode() if response.streaming else response.content.decode()


def test_aged_debt_page_and_file(signed_in, auditor, sponsor):
    client = signed_in(auditor)

    assert "USD 50,000.00" in text(client.get(PAGE))
    assert PAGE in text(client.get("/admin/"))
    past = text(client.get(PAGE, {"as_of": "2024-01-31"}))
    assert "USD 60,000.00" in past
    assert "Nobody owed anything" in text(client.get(PAGE, {"as_of": "2020-01-01"}))
    assert "Enter a valid date" in text(client.get(PAGE, {"as_of": "soon"}))
    for day in ("0001-01-01", "9999-12-31"):
        assert "Choose a day in the years 1990 to 2099." in text(client.get(PAGE, {"as_of": day}))
    lines = text(client.get(PAGE, {"as_of": "2024-02-01", "format": "csv"})).splitlines()
    assert lines == [
        "as_of,sponsor,currency,not_due,days_1_30,days_31_60,days_61_90,over_90,total",
        "2024-02-01,'=Acme,USD,0.00,0.00,50000.00,0.00,0.00,50000.00",
    ]


def test_aged_debt_page_shows_those_longest_past_due(signed_in, auditor, sponsor, monkeypatch):
    monkeypatch.setattr(accounts, "MOST_ROWS", 0)
    signed_commitment(years=1)
    client = signed_in(auditor)

    assert client.get(PAGE).context["left_out"] == 2


def test_statement_page_and_files(signed_in, finance, sponsor):
    page = f"/admin/sponsors/sponsor/{sponsor.pk}/statement/"
    client = signed_in(finance)

    assert "Closing balance" in text(client.get(page))
    asked = {"first": "2024-01-01", "last": "2024-12-31"}
    shown = text(client.get(page, asked))
    assert "asks for USD 60,000.00" in shown
    assert "USD 50,000.00" in shown
    pdf = client.get(page, asked | {"format": "pdf"})
    assert pdf["Content-Disposition"] == 'attachment; filename="statement-acme-2024-12-31.pdf"'
    assert "50,000.00" in text_of(pdf.content)
    lines = text(client.get(page, asked | {"format": "csv"})).splitlines()
    assert lines[0] == "currency,date,kind,details,amount,balance"
    assert lines[-1] == "USD,2024-12-31,closing,Closing balance,,50000.00"
    assert len(lines) == 6
    wrong = text(client.get(page, {"first": "2025-01-01", "last": "2024-01-01"}))
    assert "The last day is before the first" in wrong
    assert page in text(client.get(f"/admin/sponsors/sponsor/{sponsor.pk}/change/"))


def test_pages_are_not_for_everybody(signed_in, sponsor):
    infrastructure = signed_in(make_user("Ira", Role.INFRASTRUCTURE))
    assert infrastructure.get(f"/admin/sponsors/sponsor/{sponsor.pk}/statement/").status_code == 403
    assert infrastructure.get(PAGE).status_code == 200
    assert signed_in(make_user("Gus", Role.GRANTS_OFFICER)).get(PAGE).status_code == 403


def test_statement_over_the_api(treasury, sponsor):
    url = f"/api/v1/sponsors/{sponsor.pk}/statement/"
    assert treasury.get(url).json()["accounts"][0]["closing"] == "50000.00"
    shown = treasury.get(url, {"first": "2024-01-01", "last": "2024-12-31"}).json()
    assert {entry["kind"] for entry in shown["accounts"][0]["entries"]} == {"due", "invoice", "receipt"}
    assert set(shown) == set(StatementSerializer().fields)
    assert "50,000.00" in text_of(treasury.get(f"{url}pdf/").content)
    assert errors(treasury.get(url, {"first": "2025-01-01", "last": "2024-01-01"})) == {("first", "invalid")}
    assert treasury.get(url, {"first": "soon"}).status_code == 400


def test_aged_debt_over_the_api(treasury, sponsor):
    url = "/api/v1/aged-debt/"
    shown = treasury.get(url, {"as_of": "2024-02-01", "sponsor": sponsor.pk}).json()
    assert_shape(shown, AgedDebtsSerializer)
    assert (shown["rows"][0]["days_31_60"], shown["totals"][0]["total"]) == ("50000.00", "50000.00")
    assert treasury.get(url, {"as_of": "2020-01-01"}).json()["rows"] == []
    for wrong in (
        {"sponsor": "acme"},
        {"sponsor": 0},
        {"as_of": "soon"},
        {"as_of": "0001-01-01"},
        {"other": "x"},
    ):
        assert treasury.get(url, wrong).status_code == 400
