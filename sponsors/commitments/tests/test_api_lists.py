"""The lists of the REST API: filtered, ordered, as CSV, and at the same cost at any length."""

from datetime import date

import pytest

from sponsors.commitments.models import Commitment
from sponsors.commitments.tests.calls import errors
from sponsors.commitments.tests.factories import (
    cash_line,
    drafted_commitment,
    in_kind_line,
    received,
    signed_commitment,
)
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db


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
