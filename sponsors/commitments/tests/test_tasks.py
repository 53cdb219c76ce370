"""The hourly job that ends commitments."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from foundation.books.models import Organization
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.commitments.tasks import end_commitments
from sponsors.commitments.tests.factories import signed_commitment

pytestmark = pytest.mark.django_db


def at(moment, monkeypatch):
    monkeypatch.setattr("foundation.books.selectors.timezone.now", lambda: moment)


def test_commitment_ends_at_midnight_where_the_foundation_is(monkeypatch):
    Organization.objects.create(pk=1, name="North", time_zone="America/New_York")
    commitment = signed_commitment(years=1)
    assert commitment.ends_on == date(2024, 12, 31)

    at(datetime(2025, 1, 1, 4, 59, tzinfo=UTC), monkeypatch)
    assert end_commitments() == "0 commitments ended"

    at(datetime(2025, 1, 1, 5, 0, tzinfo=UTC), monkeypatch)
    assert end_commitments() == "1 commitments ended"
    assert end_commitments() == "0 commitments ended"

    assert Commitment.objects.get().state == State.ENDED


def test_ending_is_recorded_as_done_by_nobody(monkeypatch):
    commitment = signed_commitment(years=1)
    at(datetime(2026, 1, 1, tzinfo=UTC), monkeypatch)

    end_commitments()

    events: Any = commitment.events  # type: ignore[attr-defined]  # made by @tracked
    event = events.order_by("-pgh_id").first()
    assert event.pgh_context["action"] == "commitment.end_all_over"
    assert event.pgh_context["actor"] is None
