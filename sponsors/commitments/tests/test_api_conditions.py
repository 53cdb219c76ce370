"""Conditions, restrictions and the end of a commitment over the API."""

import pytest

from sponsors.commitments.api.cash import PromisedCashSerializer
from sponsors.commitments.api.comparisons import ComparisonSerializer
from sponsors.commitments.api.conditions import (
    ConditionSerializer,
    NonRenewalSerializer,
    RestrictionSerializer,
)
from sponsors.commitments.models import Commitment, ConditionProgress
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.tests.calls import assert_shape, draft_of, errors
from sponsors.commitments.tests.conditions import fund, limit, match, only_condition, progressed
from sponsors.commitments.tests.factories import drafted_commitment, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
MATCH = {
    "description": "The community gives as much.",
    "measure": "The quarterly report",
    "amount": "100000.00",
    "target": "100000.00",
}
GRANTS = {"fund": "grants", "purpose": "Travel", "percent": "25.00"}
PROGRESS = {"met_on": "2024-03-01", "amount": "60000.00", "reference": "q1", "note": "As reported."}


def post(client, path, body):
    return client.post(f"/api/v1/{path}", body, format="json")


def problem(response):
    assert response.status_code in {400, 409}, response.json()
    return response.json()["errors"][0]["detail"]


def test_a_draft_is_written_with_all_that_is_agreed(fundraising):
    fund()
    body = draft_of(SponsorFactory(), conditions=[MATCH], restrictions=[GRANTS]) | {
        "notice_days": 90,
        "renews_automatically": True,
        "renewal_months": 12,
    }
    answer = post(fundraising, "commitments/", body)
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert (row["notice_days"], row["notice_on"], row["renewal_months"]) == (90, "2028-10-02", 12)
    [condition] = fundraising.get(f"/api/v1/conditions/?commitment={row['id']}").json()["results"]
    assert_shape(condition, ConditionSerializer)
    assert (condition["unmet"], condition["state"], condition["position"]) == ("100000.00", "open", 1)
    [restriction] = fundraising.get("/api/v1/restrictions/?fund=grants").json()["results"]
    assert_shape(restriction, RestrictionSerializer)
    assert (restriction["percent"], restriction["amount"]) == ("25.00", None)


def test_a_draft_changes_only_what_is_sent(fundraising):
    draft = drafted_commitment(
        conditions=[match()], renewal=RenewalTerms(notice_days=30, automatically=True, months=12)
    )
    path = f"/api/v1/commitments/{draft.pk}/"
    answer = fundraising.patch(path, {"notice_days": 60}, format="json")
    assert answer.status_code == 200, answer.json()
    assert Commitment.objects.get().renewal_terms == RenewalTerms(
        notice_days=60, automatically=True, months=12
    )
    assert draft.conditions.count() == 1
    fundraising.patch(
        path, {"conditions": [], "renews_automatically": False, "renewal_months": None}, format="json"
    )
    assert not draft.conditions.exists()


@pytest.mark.parametrize(
    ("change", "sentence", "field"),
    [
        (
            {"renews_automatically": True, "notice_days": 30},
            "Enter the months of each renewal",
            "renewal_months",
        ),
        ({"restrictions": [GRANTS | {"percent": "100.01"}]}, "at most 100", "restrictions"),
        ({"restrictions": [GRANTS | {"percent": "60"}] * 2}, "Lower an amount or a percent", "restrictions"),
        ({"restrictions": [GRANTS | {"amount": "1"}]}, "either an amount or a percent", "restrictions"),
        ({"conditions": [MATCH | {"amount": "300001"}]}, "Lower its amount", "conditions"),
    ],
)
def test_what_cannot_be_agreed_is_refused_with_a_sentence(fundraising, change, sentence, field):
    fund()
    answer = post(fundraising, "commitments/", draft_of(SponsorFactory(), **change))
    assert sentence in problem(answer)
    assert answer.json()["errors"][0]["attr"] == field
    assert not Commitment.objects.exists()


def test_parts_are_given_whole(fundraising):
    fund()
    body = draft_of(SponsorFactory(), conditions=[{"description": "x"}])
    answer = post(fundraising, "commitments/", body)
    assert ("conditions.0.amount", "required") in errors(answer)


def test_progress_is_recorded_once_and_reversed(fundraising, treasury):
    condition = only_condition(signed_commitment(conditions=[match()]))
    path = f"conditions/{condition.pk}"
    answer = post(fundraising, f"{path}/progress/", PROGRESS)
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert (row["met"], row["unmet"], row["state"]) == ("60000.00", "40000.00", "partly_met")
    [entry] = row["progress"]
    assert "q1 is recorded already" in problem(post(fundraising, f"{path}/progress/", PROGRESS))
    above = PROGRESS | {"reference": "q2", "amount": "40000.01"}
    assert "would go above the target" in problem(post(fundraising, f"{path}/progress/", above))
    reversal = {"progress": entry["id"], "reason": "Counted twice."}
    assert post(fundraising, f"{path}/reverse-progress/", reversal).status_code == 403
    answer = post(treasury, f"{path}/reverse-progress/", reversal)
    assert answer.json()["state"] == "open"
    assert [row["amount"] for row in answer.json()["progress"]] == ["60000.00", "-60000.00"]
    assert_shape(answer.json(), ConditionSerializer)


def test_an_entry_is_reversed_at_its_own_condition(treasury):
    one, other = (only_condition(signed_commitment(conditions=[match()])) for _ in range(2))
    entry = progressed(other, 5)
    body = {"progress": entry.pk, "reason": "Wrong."}
    assert "is not of" in problem(post(treasury, f"conditions/{one.pk}/reverse-progress/", body))
    assert ConditionProgress.objects.count() == 1


def test_notice_is_given_and_withdrawn(fundraising):
    commitment = signed_commitment(years=9)
    path = f"commitments/{commitment.pk}"
    body = {"given_on": "2024-02-01", "given_by": "sponsor", "reason": "Sold."}
    assert post(fundraising, f"{path}/give-notice/", body).status_code == 200
    assert "Notice was given already" in problem(post(fundraising, f"{path}/give-notice/", body))
    [notice] = fundraising.get(f"/api/v1/non-renewals/?commitment={commitment.pk}").json()["results"]
    assert_shape(notice, NonRenewalSerializer)
    assert post(fundraising, f"{path}/withdraw-notice/", {"reason": "They stay."}).status_code == 200
    assert not fundraising.get("/api/v1/non-renewals/?is_withdrawn=false").json()["results"]
    assert len(fundraising.get("/api/v1/non-renewals/?is_withdrawn=true").json()["results"]) == 1


def test_the_cash_is_told_as_of_any_day(fundraising):
    commitment = signed_commitment(
        years=1, yearly_amount=100_000, conditions=[match()], restrictions=[limit(percent=25)]
    )
    progressed(only_condition(commitment), 60_000)
    path = f"/api/v1/commitments/{commitment.pk}/cash/"
    now = fundraising.get(path).json()
    assert_shape(now, PromisedCashSerializer)
    assert (now["conditional"], now["unconditional"]) == ("40000.00", "60000.00")
    assert now["funds"] == [
        {"term": 1, "fund": "grants", "amount": "25000.00"},
        {"term": 1, "fund": "general", "amount": "75000.00"},
    ]
    assert fundraising.get(f"{path}?on=2024-01-01").json()["conditional"] == "100000.00"
    assert fundraising.get(f"{path}?on=soon").status_code == 400


def test_an_amendment_changes_what_is_agreed_and_shows_it(fundraising):
    commitment = signed_commitment(
        years=1,
        yearly_amount=100_000,
        conditions=[match()],
        restrictions=[limit(percent=25)],
        renewal=RenewalTerms(notice_days=30),
    )
    body = {
        "commitment": commitment.pk,
        "effective_on": "2024-06-01",
        "reason": "More time.",
        "conditions": [MATCH | {"position": 1, "due_on": "2024-12-31"}, MATCH | {"amount": "5.00"}],
        "restrictions": [GRANTS | {"purpose": "For travel to conferences", "percent": "50.00"}],
        "renews_automatically": True,
        "renewal_months": 12,
    }
    answer = post(fundraising, "amendments/", body)
    assert answer.status_code == 201, answer.json()
    seen = fundraising.get(f"/api/v1/amendments/{answer.json()['id']}/comparison/").json()
    assert_shape(seen, ComparisonSerializer)
    assert [(row["change"], row["after"]["due_on"]) for row in seen["conditions"]] == [
        ("changed", "2024-12-31"),
        ("added", None),
    ]
    assert [(row["before"], row["after"]) for row in seen["restrictions"]] == [
        ({"amount": None, "percent": "25.00"}, {"amount": None, "percent": "50.00"})
    ]
    assert seen["renewal"]["before"] == {
        "notice_days": 30,
        "renews_automatically": False,
        "renewal_months": None,
    }
    assert seen["renewal"]["after"]["renewal_months"] == 12
