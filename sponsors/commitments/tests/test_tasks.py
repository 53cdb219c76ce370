"""The hourly jobs: amendments take effect, and commitments end."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from foundation.books.models import Organization
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.commitments.tasks import apply_amendments, end_commitments
from sponsors.commitments.tests.amending import amended, cash_of, due, schedule
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


def test_an_amendment_takes_effect_at_midnight_where_the_foundation_is(monkeypatch):
    Organization.objects.create(pk=1, name="North", time_zone="America/New_York")
    commitment = signed_commitment(years=1)
    amended(commitment, today=date(2024, 2, 1), effective_on=date(2024, 7, 1), **cash_of([due(2024, 5)]))

    at(datetime(2024, 7, 1, 3, 59, tzinfo=UTC), monkeypatch)
    assert apply_amendments() == "0 amendments took effect, 0 could not"

    at(datetime(2024, 7, 1, 4, 0, tzinfo=UTC), monkeypatch)
    assert apply_amendments() == "1 amendments took effect, 0 could not"
    assert schedule(commitment) == [due(2024, 5)]
