"""Amendments over the REST API, from proposal to effect."""

from datetime import date

import pytest

from sponsors.commitments.api.amendments import AmendmentSerializer
from sponsors.commitments.api.comparisons import ComparisonSerializer
from sponsors.commitments.models import Amendment
from sponsors.commitments.tests.amending import amended, cash_of, due, schedule
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import received, signed_commitment

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
URL = "/api/v1/amendments/"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("sponsors.commitments.api.amendments.local_today", lambda: TODAY)


@pytest.fixture
def commitment():
    return signed_commitment()


def doubled(commitment, **changes):
    """Return what is posted to double years four and five."""
    amounts = {2024: "60000", 2025: "60000", 2026: "60000", 2027: "120000", 2028: "120000"}
    return {
        "commitment": commitment.pk,
        "effective_on": "2026-02-14",
        "reason": "Twice as much",
        "lines": [{"kind": "cash", "description": "Support", "amount": "420000", "fund": "general"}],
        "installments": [{"due_on": f"{year}-01-01", "amount": amount} for year, amount in amounts.items()],
    } | changes


def test_proposed_compared_approved_and_in_effect(fundraising, treasury, commitment):
    received(commitment.sponsor, 60_000)
    proposed = fundraising.post(URL, doubled(commitment))
    url = proposed["Location"]
    assert (proposed.status_code, proposed.json()["state"]) == (201, "proposed")
    assert_shape(proposed.json(), AmendmentSerializer)

    compared = fundraising.get(f"{url}comparison/").json()
    assert_shape(compared, ComparisonSerializer)
    assert (compared["cash_before"], compared["cash_after"]) == ("300000.00", "420000.00")
    assert [row["change"] for row in compared["installments"]] == [*["kept"] * 3, *["changed"] * 2]
    assert compared["installments"][-1]["after"] == "120000.00"

    approved = treasury.post(f"{url}approve/", {}, headers={"If-Match": proposed["ETag"]})
    assert (approved.status_code, approved.json()["state"]) == (200, "applied")
    assert schedule(commitment)[-1] == due(2028, 120_000)
    stale = treasury.post(f"{url}approve/", {}, headers={"If-Match": proposed["ETag"]})
    assert stale.status_code == 412
    assert treasury.post(f"{url}approve/", {}).status_code == 409
    after = fundraising.get(f"{url}comparison/").json()
    assert after["cash_before"] == "300000.00"
    line = fundraising.get(f"/api/v1/commitments/{commitment.pk}/timeline/").json()
    assert "Twice as much" in line["events"][-1]["text"]


def test_what_was_read_before_another_amendment_is_refused_when_its_version_is_named(fundraising, commitment):
    read = fundraising.get(f"/api/v1/commitments/{commitment.pk}/")["ETag"]
    amended(commitment, ends_before=date(2029, 7, 1))
    late = fundraising.post(URL, doubled(commitment), headers={"If-Match": read})
    assert (late.status_code, commitment.amendments.count()) == (412, 1)
    again = fundraising.get(f"/api/v1/commitments/{commitment.pk}/")["ETag"]
    assert fundraising.post(URL, doubled(commitment), headers={"If-Match": again}).status_code == 201


def test_a_pause_and_a_later_end(fundraising, treasury, commitment):
    parts = [{"due_on": f"{year}-01-01", "amount": "60000"} for year in (2024, 2025, 2026, 2028, 2029)]
    change = {
        "commitment": commitment.pk,
        "effective_on": "2026-07-01",
        "reason": "A year of rest",
        "ends_on": "2029-12-31",
        "pauses": [{"starts_on": "2027-01-01", "ends_on": "2027-12-31"}],
        "installments": parts,
    }
    url = fundraising.post(URL, change)["Location"]
    compared = fundraising.get(f"{url}comparison/").json()
    assert compared["pauses"] == [{"starts_on": "2027-01-01", "ends_on": "2027-12-31", "change": "added"}]
    assert compared["ends_on"] == "2029-12-31"
    assert treasury.post(f"{url}approve/", {}).json()["state"] == "approved"
    assert not commitment.pauses.exists()


def test_one_key_proposes_once(fundraising, commitment):
    headers = {"Idempotency-Key": "amend-1"}
    first = fundraising.post(URL, doubled(commitment), headers=headers)
    again = fundraising.post(URL, doubled(commitment), headers=headers)
    other = fundraising.post(URL, doubled(commitment, reason="Other"), headers=headers)
    assert first.json() == again.json()
    assert other.status_code == 422
    assert Amendment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": ""}, ("reason", "blank")),
        ({"effective_on": "2023-01-01"}, ("effective_on", "amended_before_signing")),
        ({"ends_on": "2040-01-01"}, ("ends_on", "period_too_long")),
        ({"lines": []}, ("lines", "no_lines")),
        (
            {
                "pauses": [
                    {"starts_on": "2026-03-01", "ends_on": "2026-05-01"},
                    {"starts_on": "2026-05-01", "ends_on": "2026-06-01"},
                ]
            },
            ("pauses", "pauses_overlap"),
        ),
        ({"installments": [{"due_on": "2024-01-01"}]}, ("installments.0.amount", "required")),
        ({"unknown": 1}, ("unknown", "unknown_field")),
    ],
)
def test_bad_input_names_field_and_code_and_writes_nothing(fundraising, commitment, changes, error):
    answer = fundraising.post(URL, doubled(commitment, **changes))
    assert answer.status_code == 400
    assert error in errors(answer)
    assert not Amendment.objects.exists()


def test_a_paid_installment_cannot_change(fundraising, commitment):
    received(commitment.sponsor, 300_000)
    answer = fundraising.post(URL, doubled(commitment))
    assert (answer.status_code, errors(answer)) == (409, {("installments", "installment_is_fixed")})


def test_withdrawn_with_a_reason(fundraising, commitment):
    url = fundraising.post(URL, doubled(commitment))["Location"]
    assert fundraising.post(f"{url}withdraw/", {}).status_code == 400
    gone = fundraising.post(f"{url}withdraw/", {"reason": "Not now"}).json()
    assert (gone["state"], gone["withdrawn_reason"]) == ("withdrawn", "Not now")


def test_the_list_is_narrowed(fundraising, commitment):
    amendment = amended(commitment, **cash_of([due(2024, 300_000)]))
    for query in (
        {"commitment": commitment.pk},
        {"sponsor": commitment.sponsor_id},
        {"state": "applied"},
        {"effective_from": "2026-02-14", "effective_to": "2026-02-14"},
    ):
        assert [row["id"] for row in fundraising.get(URL, query).json()["results"]] == [amendment.pk]
    assert not fundraising.get(URL, {"state": "proposed"}).json()["results"]
    assert "effective_on" in fundraising.get(URL, {"format": "csv"}).getvalue().decode()
