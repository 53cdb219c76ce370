"""Receipts over the REST API, and who may see them."""

from datetime import date

import pytest

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from sponsors.commitments.models import Allocation, Receipt
from sponsors.commitments.tests.calls import WIRE, errors
from sponsors.commitments.tests.factories import invoiced, received, signed_commitment
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db


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


def test_what_a_receipt_pays_is_not_given_with_none(treasury):
    commitment = signed_commitment()
    parts = [{"installment": commitment.installments.get(position=1).pk, "amount": "5"}]
    body = WIRE | {"sponsor": commitment.sponsor_id, "allocate": "none", "allocations": parts}
    answer = treasury.post("/api/v1/receipts/", body)
    assert (answer.status_code, errors(answer)) == (400, {("allocations", "allocations_with_none")})
    assert not Receipt.objects.exists()


def test_a_receipt_pays_what_an_invoice_asks_for_at_once_or_later(treasury):
    commitment = signed_commitment(years=2)
    first, second = commitment.installments.order_by("position")
    invoice = invoiced(second)
    given = WIRE | {"sponsor": commitment.sponsor_id, "amount": "10"}

    at_once = treasury.post("/api/v1/receipts/", given | {"invoice": invoice.pk}).json()
    url = treasury.post("/api/v1/receipts/", given | {"reference": "w-2", "allocate": "none"})["Location"]
    later = treasury.post(f"{url}allocate/", {"invoice": invoice.pk}).json()

    for receipt in (at_once, later):
        assert [(row["installment"], row["amount"]) for row in receipt["allocations"]] == [
            (second.pk, "10.00")
        ]
    first.refresh_from_db()
    assert first.paid == 0


def test_an_invoice_that_the_money_may_not_pay_is_refused_at_its_field(treasury):
    commitment, other = signed_commitment(), signed_commitment()
    installment = commitment.installments.get(position=1)
    invoice = invoiced(installment)
    given = WIRE | {"sponsor": commitment.sponsor_id, "invoice": invoice.pk}
    parts = [{"installment": installment.pk, "amount": "5"}]
    for changes, expected in (
        ({"sponsor": other.sponsor_id}, (400, "other_sponsor")),
        ({"commitment": other.pk}, (400, "other_commitment")),
        ({"allocate": "none"}, (400, "invoice_with_none")),
        ({"allocations": parts}, (400, "invoice_with_allocations")),
    ):
        answer = treasury.post("/api/v1/receipts/", given | changes)
        assert (answer.status_code, errors(answer)) == (expected[0], {("invoice", expected[1])})
    assert not Receipt.objects.exists()


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
        ({"amount": "1" + "0" * 30}, 400, "amount", "max_digits"),
        ({"amount": "1e3"}, 400, "amount", "invalid"),
        ({"amount": "1_000"}, 400, "amount", "invalid"),
        ({"amount": "١٠٠"}, 400, "amount", "invalid"),  # noqa: RUF001  # what is refused
        ({"received_on": "2999-01-01"}, 400, "received_on", "received_in_the_future"),
        ({"received_on": "1900-01-01"}, 400, "received_on", "date_out_of_reach"),
        ({"reference": "abc\u202e"}, 400, "reference", "invalid"),
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
