"""Write-offs in the admin site and over the API."""

from datetime import date

import pytest

from foundation.api.tests.factories import api_client
from foundation.books.models import Organization
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.api.answers import WriteOffSerializer
from sponsors.commitments.models import WriteOff
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import proposed_write_off, signed_commitment, written_off

pytestmark = pytest.mark.django_db
LIST = "/admin/sponsors/writeoff/"
API = "/api/v1/write-offs/"


@pytest.fixture
def installment():
    return signed_commitment(title="Gold").installments.get(position=1)


def do(client, path, **data):
    return client.post(path, data, follow=True)


def test_write_off_from_proposal_to_recovery_in_the_admin_site(signed_in, installment):
    proposer, decider = make_user("Prue", Role.FINANCE), make_user("Dee", Role.FINANCE)
    page = f"/admin/sponsors/installment/{installment.pk}/"
    client = signed_in(proposer)

    assert "60000" in client.get(f"{page}do/write-off/").content.decode()
    shown = do(client, f"{page}do/write-off/", amount="60000", reason="They closed.")
    write_off = WriteOff.objects.get()
    assert "A colleague decides." in shown.content.decode()
    assert shown.redirect_chain[-1][0] == f"{LIST}{write_off.pk}/change/"

    own = do(client, f"{LIST}{write_off.pk}/do/approve/", booked_on="2026-01-02")
    assert "You proposed this write-off yourself" in own.content.decode()

    client = signed_in(decider)
    done = do(client, f"{LIST}{write_off.pk}/do/approve/", booked_on="2026-01-02")
    assert "is written off." in done.content.decode()
    listed = client.get(f"/admin/sponsors/commitment/{installment.commitment_id}/change/").content.decode()
    assert "Written off" in listed
    back = do(client, f"{LIST}{write_off.pk}/do/recover/", amount="10000", reason="It came.")
    assert "USD 10,000.00 is due again" in back.content.decode()
    assert "Recovery" in client.get(LIST).content.decode()


def test_refusal_in_the_admin_site(signed_in, installment):
    write_off = proposed_write_off(installment, 10)
    client = signed_in(make_user("Dee", Role.FINANCE))

    assert "stays due" in do(client, f"{LIST}{write_off.pk}/do/refuse/").content.decode()
    write_off.refresh_from_db()
    assert write_off.state == "refused"


@pytest.mark.parametrize(("term", "found"), [("", 1), ("C-2024", 1), ("closed", 1), ("nothing", 0)])
def test_list_is_searched_by_commitment_reason_and_sponsor(signed_in, finance, installment, term, found):
    proposed_write_off(installment, 10)

    assert signed_in(finance).get(LIST, {"q": term}).context["cl"].result_count == found


def test_list_is_exported(signed_in, finance, installment):
    written_off(installment, 10)

    answer = signed_in(finance).post(
        f"{LIST}export/", {"columns": ["installment", "amount", "left", "state"], "file_format": "csv"}
    )

    assert f"{installment},10.00,10.00,approved" in answer.content.decode()


def test_write_off_over_the_api(treasury, installment):
    second = api_client(make_user("Dee", Role.FINANCE))
    made = treasury.post(
        API, {"installment": installment.pk, "amount": "100.00", "reason": "They closed."}, format="json"
    )
    assert made.status_code == 201, made.content
    assert_shape(made.json(), WriteOffSerializer)
    address = f"{API}{made.json()['id']}/"

    own = treasury.post(f"{address}approve/", {}, format="json")
    assert (own.status_code, errors(own)) == (409, {("state", "own_proposal")})
    done = second.post(f"{address}approve/", {"booked_on": "2026-01-02"}, format="json").json()
    assert (done["state"], done["booked_on"], done["left"]) == ("approved", "2026-01-02", "100.00")
    back = second.post(f"{address}recover/", {"amount": "40.00", "reason": "It came."}, format="json")
    assert (back.status_code, back.json()["amount"], back.json()["recovers"]) == (
        201,
        "-40.00",
        made.json()["id"],
    )
    shown = treasury.get(f"/api/v1/installments/{installment.pk}/").json()
    assert (shown["written_off"], shown["remainder"]) == ("60.00", "59940.00")
    listed = treasury.get(API, {"state": "approved", "installment": installment.pk}).json()
    assert [row["left"] for row in listed["results"]] == ["0.00", "60.00"]


def test_refusal_over_the_api(treasury, installment):
    write_off = proposed_write_off(installment, 10)

    assert treasury.post(f"{API}{write_off.pk}/refuse/", {}, format="json").json()["state"] == "refused"
    assert treasury.post(f"{API}0/refuse/", {}, format="json").status_code == 404


def test_it_is_of_the_fiscal_year_of_the_day_on_which_it_counts(signed_in, finance, installment):
    Organization.objects.update_or_create(pk=1, defaults={"name": "F", "fiscal_year_start_month": 7})
    counted = written_off(installment, 10, on=date(2024, 6, 30))
    waiting = proposed_write_off(installment, 20)
    answers = api_client(finance).get(API).json()["results"]
    assert {row["id"]: row["fiscal_year"] for row in answers} == {counted.pk: 2024, waiting.pk: None}
    assert "2024" in signed_in(finance).get(f"{LIST}{counted.pk}/change/").content.decode()
    exported = signed_in(finance).post(f"{LIST}export/", {"columns": ["fiscal_year"], "file_format": "csv"})
    assert "2024" in exported.content.decode()
    counted = written_off(signed_commitment(years=1).installments.get(), 10, on=date(2024, 7, 1))
    assert api_client(finance).get(f"{API}{counted.pk}/").json()["fiscal_year"] == 2025
