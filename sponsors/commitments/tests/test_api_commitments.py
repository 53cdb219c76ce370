"""Commitments over the REST API, from draft to their last state."""

import json
from datetime import date
from decimal import Decimal

import pytest

from foundation.books.selectors import local_today
from sponsors.commitments.api import answers
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.commitments.services import end
from sponsors.commitments.tests.calls import FIVE_YEARS, WIRE, assert_shape, draft_of, errors
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    in_kind_line,
    proposed_commitment,
    received,
    signed_commitment,
)
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db


def test_five_years_from_draft_to_second_payment(fundraising, treasury):
    sponsor = SponsorFactory()

    created = fundraising.post("/api/v1/commitments/", draft_of(sponsor))
    assert created.status_code == 201
    commitment = created.json()
    url = created["Location"]
    assert [row["due_on"] for row in commitment["installments"]] == [f"{2023 + n}-01-31" for n in range(1, 6)]
    assert [row["amount"] for row in commitment["installments"]] == ["60000.00"] * 5
    assert fundraising.post(f"{url}propose/").json()["state"] == "proposed"
    signed = fundraising.post(f"{url}sign/", {"signed_on": "2024-01-15"}).json()
    assert (signed["state"], signed["signed_on"]) == ("signed", "2024-01-15")

    first = treasury.post("/api/v1/receipts/", WIRE | {"sponsor": sponsor.pk, "amount": "40000"})
    assert first.status_code == 201
    second = treasury.post("/api/v1/receipts/", WIRE | {"sponsor": sponsor.pk, "reference": "w-2"})
    assert second.json()["allocated"] == "70000.00"

    shown = fundraising.get(url).json()
    assert [row["paid"] for row in shown["installments"]][:3] == ["60000.00", "50000.00", "0.00"]
    assert shown["received"] == "110000.00"
    line = fundraising.get(f"{url}timeline/").json()
    assert [receipt["reference"] for receipt in line["receipts"]] == ["w-1", "w-2"]
    assert (line["first_year"], line["last_year"] >= 2028) == (2024, True)


def test_answers_have_the_shape_that_the_schema_promises(fundraising, treasury):
    sponsor = SponsorFactory()
    earlier = signed_commitment(sponsor, years=1, lines=[cash_line(10), in_kind_line(5)])
    drafted_commitment(sponsor, starts_on=date(2025, 1, 1), renewal_of=earlier)
    received(sponsor, 100)

    for path, serializer in {
        "commitments": answers.CommitmentSerializer,
        "installments": answers.InstallmentSerializer,
        "receipts": answers.ReceiptSerializer,
    }.items():
        rows = treasury.get(f"/api/v1/{path}/").json()["results"]
        assert rows
        for row in rows:
            assert_shape(row, serializer)
    assert_shape(treasury.get(f"/api/v1/sponsors/{sponsor.pk}/timeline/").json(), answers.TimelineSerializer)


def test_schedule_may_be_given_by_hand(fundraising):
    parts = [
        {"due_on": "2024-06-01", "amount": "100000"},
        {"due_on": "2025-06-01", "amount": "200000"},
    ]

    answer = fundraising.post(
        "/api/v1/commitments/",
        draft_of(SponsorFactory(), schedule={"shape": "custom", "installments": parts}),
    )

    assert [row["amount"] for row in answer.json()["installments"]] == ["100000.00", "200000.00"]


def test_gift_in_kind_needs_no_schedule(fundraising):
    line = {"kind": "in_kind", "category": "cdn", "description": "CDN", "amount": "21600000"}

    answer = fundraising.post(
        "/api/v1/commitments/", draft_of(SponsorFactory(), lines=[line], schedule=None)
    ).json()

    assert (answer["cash"], answer["in_kind"], answer["installments"]) == ("0.00", "21600000.00", [])


@pytest.mark.parametrize(
    ("changes", "attr", "code"),
    [
        ({"ends_on": "2023-12-31"}, "ends_on", "end_before_start"),
        ({"ends_on": "9999-12-31"}, "ends_on", "period_too_long"),
        ({"starts_on": "0001-01-01"}, "starts_on", "date_out_of_reach"),
        ({"currency": "XXX"}, "currency", "invalid_choice"),
        ({"sponsor": 10**30}, "sponsor", "does_not_exist"),
        ({"renewal_of": 1}, "renewal_of", "does_not_exist"),
        ({"ends_before": "2029-01-01"}, "ends_before", "unknown_field"),
        ({"schedule": None}, "schedule", "schedule_missing"),
        ({"schedule": {"shape": "equal"}}, "schedule.frequency", "invalid"),
        (
            {"schedule": FIVE_YEARS["schedule"] | {"installments": [{"due_on": "2024-01-01", "amount": 1}]}},
            "schedule.installments",
            "invalid",
        ),
        ({"schedule": {"shape": "custom"}}, "schedule.installments", "invalid"),
        (
            {"schedule": {"shape": "custom", "installments": [{}]}},
            "schedule.installments.0.due_on",
            "required",
        ),
        ({"lines": [{"kind": "cash"}]}, "lines.0.amount", "required"),
        ({"lines": ["cash"]}, "lines.0.non_field_errors", "invalid"),
        ({"lines": [FIVE_YEARS["lines"][0] | {"amount": "-1"}]}, "lines", "amount_not_positive"),
        ({"lines": [FIVE_YEARS["lines"][0] | {"fund": "none"}]}, "lines.0.fund", "does_not_exist"),
    ],
)
def test_wrong_draft_is_refused_by_field_and_nothing_is_written(fundraising, changes, attr, code):
    answer = fundraising.post("/api/v1/commitments/", draft_of(SponsorFactory(), **changes))

    assert answer.status_code == 400
    assert (attr, code) in errors(answer)
    assert Commitment.objects.count() == 0


def test_draft_changes_only_where_it_is_told_to(fundraising, fundraiser):
    commitment = drafted_commitment()

    answer = fundraising.patch(
        f"/api/v1/commitments/{commitment.pk}/",
        {"title": "Gold", "ends_on": "2027-12-31", "owner": fundraiser.pk},
    ).json()

    assert (answer["title"], answer["ends_on"], answer["owner"]) == ("Gold", "2027-12-31", fundraiser.pk)
    assert answer["lines"][0]["amount"] == "300000.00"
    assert len(answer["installments"]) == 5


def test_lines_of_a_draft_are_replaced_whole(fundraising):
    commitment = drafted_commitment()

    partial = fundraising.patch(f"/api/v1/commitments/{commitment.pk}/", {"lines": [{"amount": "5"}]})
    whole = fundraising.patch(
        f"/api/v1/commitments/{commitment.pk}/",
        {
            "lines": [FIVE_YEARS["lines"][0] | {"amount": "5"}],
            "schedule": {"shape": "front_loaded", "frequency": "once", "first_due_on": "2024-01-01"},
        },
    )

    assert ("lines.0.kind", "required") in errors(partial)
    assert [row["amount"] for row in whole.json()["installments"]] == ["5.00"]


def test_signed_commitment_changes_only_in_what_binds_nobody(fundraising):
    url = f"/api/v1/commitments/{signed_commitment().pk}/"

    assert fundraising.patch(url, {"title": "New", "notes": "Said so"}).json()["notes"] == "Said so"
    refused = fundraising.patch(url, {"title": "Other", "ends_on": "2030-12-31"})

    assert (refused.status_code, errors(refused)) == (409, {("state", "not_allowed_now")})
    assert fundraising.get(url).json()["title"] == "New"


def test_change_of_an_older_version_is_refused(fundraising):
    url = f"/api/v1/commitments/{drafted_commitment().pk}/"
    version = fundraising.get(url)["ETag"]
    fundraising.patch(url, {"title": "Quicker"})

    late = fundraising.patch(url, {"title": "Late"}, headers={"If-Match": version})
    acted = fundraising.post(f"{url}propose/", headers={"If-Match": version})
    renewed = fundraising.post(f"{url}renew/", headers={"If-Match": version})

    assert [late.status_code, acted.status_code, renewed.status_code] == [412, 412, 412]
    assert fundraising.get(url).json()["title"] == "Quicker"


@pytest.mark.parametrize(
    ("make", "action", "data", "state"),
    [
        (drafted_commitment, "propose", {}, State.PROPOSED),
        (drafted_commitment, "withdraw", {"reason": "Conflict"}, State.WITHDRAWN),
        (proposed_commitment, "revise", {}, State.DRAFT),
        (proposed_commitment, "sign", {"signed_on": "2024-01-01"}, State.SIGNED),
        (proposed_commitment, "decline", {"reason": "No budget"}, State.DECLINED),
        (signed_commitment, "terminate", {"reason": "Sold", "closed_on": "2024-06-01"}, State.TERMINATED),
    ],
)
def test_actions_lead_to_their_states_once(fundraising, make, action, data, state):
    url = f"/api/v1/commitments/{make().pk}/{action}/"

    done = fundraising.post(url, data)
    again = fundraising.post(url, data)

    assert (done.status_code, done.json()["state"]) == (200, state)
    assert done["ETag"]
    assert (again.status_code, errors(again)) == (409, {("state", "not_allowed_now")})


def test_commitment_that_is_over_is_ended(fundraising):
    over = signed_commitment(starts_on=date(2019, 1, 1), years=1)
    running = signed_commitment(starts_on=local_today().replace(day=1), years=2)

    assert fundraising.post(f"/api/v1/commitments/{over.pk}/end/").json()["closed_on"] == "2020-01-01"
    refused = fundraising.post(f"/api/v1/commitments/{running.pk}/end/")
    assert (refused.status_code, errors(refused)) == (400, {("state", "not_over_yet")})


def test_owner_and_backup_are_set_together(fundraising, fundraiser, finance):
    url = f"/api/v1/commitments/{signed_commitment().pk}/set-owner/"

    both = fundraising.post(url, {"owner": fundraiser.pk, "backup": finance.pk}).json()
    one = fundraising.post(url, {"owner": finance.pk}).json()

    assert (both["owner"], both["backup"]) == (fundraiser.pk, finance.pk)
    assert (one["owner"], one["backup"]) == (finance.pk, None)


def test_renewal_is_a_new_draft(fundraising):
    earlier = signed_commitment()

    answer = fundraising.post(f"/api/v1/commitments/{earlier.pk}/renew/", {"title": "Five more"})

    assert answer.status_code == 201
    renewal = answer.json()
    assert (renewal["renewal_of"], renewal["title"], renewal["state"]) == (earlier.pk, "Five more", "draft")
    assert (renewal["starts_on"], renewal["ends_on"]) == ("2029-01-01", "2033-12-31")


def test_repeated_draft_takes_one_number(fundraising):
    sponsor = SponsorFactory()
    headers = {"Idempotency-Key": "draft-1"}

    first = fundraising.post("/api/v1/commitments/", draft_of(sponsor), headers=headers)
    again = fundraising.post("/api/v1/commitments/", draft_of(sponsor), headers=headers)
    other = fundraising.post("/api/v1/commitments/", draft_of(sponsor, title="Other"), headers=headers)

    assert again.json() == first.json()
    assert other.status_code == 422
    assert Commitment.objects.count() == 1


def test_ended_commitment_shows_in_its_last_state(fundraising):
    commitment = signed_commitment(starts_on=date(2019, 1, 1), years=1)
    end(actor=colleague(), commitment=commitment, today=date(2020, 1, 1))

    line = fundraising.get(f"/api/v1/commitments/{commitment.pk}/timeline/").json()

    assert line["commitments"][0]["closed_on"] == "2020-01-01"
    assert json.dumps(line["events"][-1]) == json.dumps(
        {
            "on": "2020-01-01",
            "kind": "ended",
            "commitment": commitment.number,
            "text": f"{commitment.number} ended",
        }
    )


def test_amounts_are_text_with_the_decimals_of_their_currency(fundraising):
    commitment = signed_commitment(lines=[cash_line(Decimal("1.005"))], currency="KWD", years=1)

    row = fundraising.get(f"/api/v1/commitments/{commitment.pk}/").json()

    assert (row["cash"], row["overdue"]) == ("1.005", "1.005")


def test_records_that_do_not_exist_are_not_found(fundraising):
    for path in ("commitments/1/", "commitments/1/timeline/", "sponsors/1/timeline/", "receipts/1/"):
        assert fundraising.get(f"/api/v1/{path}").status_code == 404


def test_finance_receives_money_and_signs_nothing(treasury):
    commitment = proposed_commitment()

    answer = treasury.post(f"/api/v1/commitments/{commitment.pk}/sign/", {"signed_on": "2024-01-01"})

    assert (answer.status_code, errors(answer)) == (403, {(None, "permission_missing")})


def test_owner_left_out_is_the_caller_and_null_is_nobody(fundraising, fundraiser, finance):
    left_out = fundraising.post("/api/v1/commitments/", draft_of(SponsorFactory())).json()
    nobody = fundraising.post("/api/v1/commitments/", draft_of(SponsorFactory(), owner=None)).json()
    other = fundraising.post("/api/v1/commitments/", draft_of(SponsorFactory(), owner=finance.pk)).json()

    assert [row["owner"] for row in (left_out, nobody, other)] == [fundraiser.pk, None, finance.pk]


def test_caller_who_is_the_backup_is_not_the_owner_too(fundraising, fundraiser):
    answer = fundraising.post("/api/v1/commitments/", draft_of(SponsorFactory(), backup=fundraiser.pk)).json()

    assert (answer["owner"], answer["backup"]) == (None, fundraiser.pk)
