"""What of a timeline a token reads: money received and what was asked for are scopes of their own."""

from datetime import date

import pytest

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from sponsors.commitments.tests.factories import invoiced, received, signed_commitment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("scope", "receipts", "invoiced_is_told"),
    [(Scope.RECEIPTS_READ, 1, False), (Scope.INVOICES_READ, 0, True)],
)
@pytest.mark.parametrize("of", ["commitments", "sponsors"])
def test_each_scope_shows_its_own(finance, scope, receipts, invoiced_is_told, of):
    commitment = signed_commitment(years=1)
    invoiced(commitment.installments.get(), on=date(2024, 1, 1))
    received(commitment.sponsor, 10, on=date(2024, 2, 1))
    record = commitment if of == "commitments" else commitment.sponsor
    client = api_client(finance, [Scope.COMMITMENTS_READ, scope])
    told = client.get(f"/api/v1/{of}/{record.pk}/timeline/").json()
    assert len(told["receipts"]) == receipts
    assert ("invoiced" in {event["kind"] for event in told["events"]}) == invoiced_is_told
