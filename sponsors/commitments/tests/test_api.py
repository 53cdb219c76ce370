"""Commitments, installments, receipts and timelines over the REST API."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from foundation.books.selectors import local_today
from sponsors.commitments.api import answers
from sponsors.commitments.models import Allocation, Commitment, Receipt
from sponsors.commitments.rules import State
from sponsors.commitments.services import end
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    general_fund,
    in_kind_line,
    proposed_commitment,
    received,
    signed_commitment,
)
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db

FIVE_YEARS: dict[str, Any] = {
    "title": "Platinum 2024 to 2028",
    "currency": "USD",
    "starts_on": "2024-01-01",
    "ends_on": "2028-12-31",
    "lines": [{"kind": "cash", "description": "Support", "amount": "300000.00", "fund": "general"}],
    "schedule": {"shape": "equal", "frequency": "yearly", "first_due_on": "2024-01-31"},
}
WIRE = {
    "amount": "70000",
    "currency": "USD",
    "received_on": "2024-02-01",
    "method": "wire",
    "source": "bank",
    "reference": "w-1",
}


@pytest.fixture
def fundraising(fundraiser):
    return api_client(fundraiser)


@pytest.fixture
def treasury(finance):
    return api_client(finance)


def draft_of(by, **changes):
    general_fund()
    return FIVE_YEARS | {"sponsor": by.pk} | changes


def errors(response):
    return {(error["attr"], error["code"]) for error in response.json()["errors"]}


def assert_shape(row, serializer):
    """Say that the row has exactly the fields that the schema promises, nested ones too."""
    fields = serializer().fields
    assert list(row) == list(fields) or set(row) == set(fields), set(row) ^ set(fields)
    for name, field in fields.items():
        if isinstance(field, serializers.ListSerializer):
            for nested in row[name]:
                assert_shape(nested, type(field.child))
        elif row[name] is None:
            assert field.allow_null, name
        else:
            kind = int if isinstance(field, serializers.IntegerField) else str
            assert isinstance(row[name], bool if isinstance(field, serializers.BooleanField) else kind), name


# The whole way -------------------------------------------------------------------------------


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


# Commitments --------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=signed", ["old", "new"]),
        ("state=signed&state=draft", ["old", "new", "gift"]),
        ("kind=in_kind", ["gift"]),
        ("kind=cash&currency=EUR", ["new"]),
        ("fund=general", ["old", "new"]),
        ("in_force_on=2020-12-31", ["old"]),
        ("in_force_on=2021-01-01", []),
        ("ends_from=2020-12-31&ends_to=2020-12-31", ["old"]),
        ("ends_to=9999-12-31", ["old", "new", "gift"]),
        ("starts_from=2024-01-01&starts_to=2024-01-01", ["new", "gift"]),
        ("search=fast", ["old"]),
        ("search=c-2024", ["new", "gift"]),
        ("search=everything", ["gift"]),
        ("updated_since=2100-01-01T00:00:00Z", []),
        ("ordering=-ends_on", ["gift", "new", "old"]),
    ],
)
def test_list_is_filtered_and_ordered(fundraising, query, found):
    names = {
        signed_commitment(SponsorFactory(name="Fastly"), starts_on=date(2020, 1, 1), years=1).pk: "old",
        signed_commitment(years=1, currency="EUR").pk: "new",
        drafted_commitment(years=2, lines=[in_kind_line(5)], title="CDN for everything").pk: "gift",
    }
    ordering = "" if "ordering" in query else "&ordering=number"

    answer = fundraising.get(f"/api/v1/commitments/?{query}{ordering}")

    assert answer.status_code == 200, answer.json()
    assert [names[row["id"]] for row in answer.json()["results"]] == found


def test_list_is_filtered_by_records(fundraising, fundraiser):
    commitment = signed_commitment(owner=fundraiser)
    signed_commitment()

    for query in (
        f"sponsor={commitment.sponsor_id}",
        f"owner={fundraiser.pk}",
        f"number={commitment.number.lower()}",
    ):
        rows = fundraising.get(f"/api/v1/commitments/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [commitment.pk]
    assert fundraising.get(f"/api/v1/commitments/?renewal_of={commitment.pk}").json()["results"] == []
    too_big = fundraising.get(f"/api/v1/commitments/?sponsor={10**30}")
    assert (too_big.status_code, [attr for attr, _code in errors(too_big)]) == (400, ["sponsor"])


@pytest.mark.parametrize("path", ["commitments", "installments", "receipts"])
def test_lists_cost_the_same_at_one_and_ten_rows(path, treasury, django_assert_max_num_queries):
    treasury.get(f"/api/v1/{path}/")  # the first call notes when the token was used
    counts = []
    for rows in (1, 10):
        while Commitment.objects.count() < rows:
            received(signed_commitment(years=1).sponsor, 10)
        with django_assert_max_num_queries(20) as captured:
            assert len(treasury.get(f"/api/v1/{path}/").json()["results"]) == rows
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_lists_are_given_as_csv(treasury):
    commitment = signed_commitment(years=1, lines=[cash_line(60_000), in_kind_line(5)])
    received(commitment.sponsor, 10, reference="=1+1")

    def csv(path):
        answer = treasury.get(f"/api/v1/{path}/?format=csv")
        header, *rows = b"".join(answer.streaming_content).decode().splitlines()
        return dict(zip(header.split(","), rows[0].split(","), strict=True))

    assert csv("commitments")["in_kind"] == "5.00"
    assert csv("installments")["remainder"] == "59990.00"
    assert csv("receipts")["reference"] == "'=1+1"


# Installments -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("state=paid", [1]),
        ("state=paid&state=overdue", [1, 2]),
        ("overdue=true", [2]),
        ("overdue=false", [1]),
        ("due_from=2021-01-01", [2]),
        ("due_to=2020-12-31", [1]),
        ("currency=USD&fund=general", [1, 2]),
        ("currency=EUR", []),
        ("fund=cdn", []),
        ("ordering=-due_on", [2, 1]),
    ],
)
def test_installments_are_filtered(treasury, query, positions):
    commitment = signed_commitment(starts_on=date(2020, 1, 1), years=2)
    received(commitment.sponsor, 60_000)

    for scope in ("", f"&sponsor={commitment.sponsor_id}", f"&commitment={commitment.pk}"):
        rows = treasury.get(f"/api/v1/installments/?{query}{scope}").json()["results"]
        assert [row["position"] for row in rows] == positions


def test_installment_is_read_by_itself(treasury):
    installment = signed_commitment(currency="JPY").installments.get(position=1)

    row = treasury.get(f"/api/v1/installments/{installment.pk}/").json()

    assert (row["amount"], row["paid"], row["state"]) == ("60000", "0", "overdue")


# Receipts -----------------------------------------------------------------------------------


def test_receipt_may_stay_credit_and_be_allocated_later(treasury):
    sponsor = signed_commitment(years=2).sponsor
    url = treasury.post("/api/v1/receipts/", WIRE | {"sponsor": sponsor.pk, "allocate": "none"})["Location"]
    first, second = sponsor.commitments.get().installments.order_by("position")

    by_hand = treasury.post(f"{url}allocate/", {"allocations": [{"installment": second.pk, "amount": "5"}]})
    rest = treasury.post(f"{url}allocate/", {"commitment": first.commitment_id})

    assert by_hand.json()["unapplied"] == "69995.00"
    assert [(row["installment"], row["amount"]) for row in rest.json()["allocations"]] == [
        (first.pk, "60000.00"),
        (second.pk, "5.00"),
        (second.pk, "9995.00"),
    ]


def test_receipt_is_allocated_by_hand_and_acknowledged_at_once(treasury):
    commitment = signed_commitment()
    ContactFactory(sponsor=commitment.sponsor)
    third = commitment.installments.get(position=3)

    receipt = treasury.post(
        "/api/v1/receipts/",
        WIRE
        | {
            "sponsor": commitment.sponsor_id,
            "allocations": [{"installment": third.pk, "amount": "60000"}],
            "acknowledge": True,
        },
    ).json()

    assert receipt["is_acknowledged"]
    assert [row["position"] for row in receipt["allocations"]] == [3]
    assert receipt["unapplied"] == "10000.00"


@pytest.mark.parametrize(
    ("changes", "status", "attr", "code"),
    [
        ({"amount": "0"}, 400, "amount", "amount_not_positive"),
        ({"amount": "-70000"}, 400, "amount", "amount_not_positive"),
        ({"amount": "1.005"}, 400, "amount", "amount_not_exact"),
        ({"amount": "1e30"}, 400, "amount", "max_digits"),
        ({"received_on": "2999-01-01"}, 400, "received_on", "received_in_the_future"),
        ({"reference": "taken"}, 409, "reference", "reference_exists"),
        ({"method": "barter"}, 400, "method", "invalid_choice"),
        ({"allocations": []}, 400, "allocations.non_field_errors", "empty"),
    ],
)
def test_wrong_receipt_is_refused_by_field_and_nothing_is_written(treasury, changes, status, attr, code):
    sponsor = signed_commitment().sponsor
    received(SponsorFactory(), 1, reference="taken")

    answer = treasury.post("/api/v1/receipts/", WIRE | {"sponsor": sponsor.pk} | changes)

    assert answer.status_code == status
    assert (attr, code) in errors(answer)
    assert Receipt.objects.count() == 1


def test_receipt_read_before_it_was_allocated_is_out_of_date(treasury):
    sponsor = signed_commitment().sponsor
    receipt = received(sponsor, 70_000, allocate="none")
    url = f"/api/v1/receipts/{receipt.pk}/"
    version = treasury.get(url)["ETag"]

    first = treasury.post(f"{url}allocate/", {}, headers={"If-Match": version})
    late = treasury.post(f"{url}reverse/", {"reason": "Bounced"}, headers={"If-Match": version})

    assert (first.status_code, late.status_code) == (200, 412)
    assert treasury.get(url)["ETag"] == first["ETag"] != version
    assert Receipt.objects.count() == 1


def test_allocation_beyond_the_remainder_is_refused(treasury):
    commitment = signed_commitment()
    first = commitment.installments.get(position=1)
    receipt = received(commitment.sponsor, 70_000, allocate="none")

    answer = treasury.post(
        f"/api/v1/receipts/{receipt.pk}/allocate/",
        {"allocations": [{"installment": first.pk, "amount": "60000.01"}]},
    )

    assert (answer.status_code, errors(answer)) == (400, {("allocations", "more_than_due")})
    assert "USD 60,000.00" in answer.json()["errors"][0]["detail"]
    assert Allocation.objects.count() == 0


def test_allocations_are_taken_back_from_their_own_receipt(treasury):
    commitment = signed_commitment()
    receipt = received(commitment.sponsor, 70_000)
    other = received(commitment.sponsor, 10)
    ids = list(receipt.allocations.values_list("pk", flat=True))

    strange = treasury.post(f"/api/v1/receipts/{other.pk}/take-back/", {"allocations": ids})
    done = treasury.post(f"/api/v1/receipts/{receipt.pk}/take-back/", {"allocations": ids})

    assert errors(strange) == {("allocations", "allocations_of_one_receipt")}
    assert (done.json()["unapplied"], done.json()["allocations"]) == ("70000.00", [])


def test_reversed_receipt_pays_nothing_and_is_reversed_once(treasury):
    receipt = received(signed_commitment().sponsor, 70_000)
    url = f"/api/v1/receipts/{receipt.pk}/"

    done = treasury.post(f"{url}reverse/", {"reason": "Bounced"}).json()
    again = treasury.post(f"{url}reverse/", {"reason": "Bounced"})

    assert (done["is_reversed"], done["allocated"], done["unapplied"]) == (True, "0.00", "0.00")
    assert (again.status_code, errors(again)) == (409, {("receipt", "receipt_reversed")})
    reversal = treasury.get("/api/v1/receipts/?ordering=amount").json()["results"][0]
    assert (reversal["reverses"], reversal["amount"], reversal["unapplied"]) == (
        receipt.pk,
        "-70000.00",
        "0.00",
    )


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("source=bank&reference=one", ["one"]),
        ("has_credit=true", ["two"]),
        ("has_credit=false&is_reversed=false", ["one"]),
        ("is_reversed=true", []),
        ("received_from=2024-01-02", ["two"]),
        ("received_to=2024-01-01", ["one"]),
        ("method=wire&currency=USD", ["one", "two"]),
        ("method=card", []),
    ],
)
def test_receipts_are_filtered(treasury, query, references):
    commitment = signed_commitment(years=1)
    received(commitment.sponsor, 60_000, reference="one")
    received(commitment.sponsor, 5, reference="two", on=date(2024, 1, 2))

    answer = treasury.get(f"/api/v1/receipts/?{query}&ordering=received_on&sponsor={commitment.sponsor_id}")

    assert [row["reference"] for row in answer.json()["results"]] == references


def test_receipts_of_a_commitment_are_those_that_pay_it(treasury):
    commitment = signed_commitment(years=1)
    paying = received(commitment.sponsor, 60_000)
    received(commitment.sponsor, 5)

    rows = treasury.get(f"/api/v1/receipts/?commitment={commitment.pk}").json()["results"]

    assert [row["id"] for row in rows] == [paying.pk]


# Who may ------------------------------------------------------------------------------------


def test_receipts_are_left_out_of_timelines_for_those_who_may_not_see_them(infrastructure, finance):
    commitment = signed_commitment()
    received(commitment.sponsor, 60_000)
    urls = [
        f"/api/v1/commitments/{commitment.pk}/timeline/",
        f"/api/v1/sponsors/{commitment.sponsor_id}/timeline/",
    ]

    for url in urls:
        assert len(api_client(finance).get(url).json()["receipts"]) == 1
        assert api_client(infrastructure).get(url).json()["receipts"] == []
        assert api_client(finance, [Scope.COMMITMENTS_READ]).get(url).json()["receipts"] == []


def test_finance_receives_money_and_signs_nothing(treasury):
    commitment = proposed_commitment()

    answer = treasury.post(f"/api/v1/commitments/{commitment.pk}/sign/", {"signed_on": "2024-01-01"})

    assert (answer.status_code, errors(answer)) == (403, {(None, "permission_missing")})


def test_records_that_do_not_exist_are_not_found(fundraising):
    for path in ("commitments/1/", "commitments/1/timeline/", "sponsors/1/timeline/", "receipts/1/"):
        assert fundraising.get(f"/api/v1/{path}").status_code == 404


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
