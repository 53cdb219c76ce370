"""The hourly jobs go on past whoever somebody is working on: real threads, real transactions."""

from datetime import date
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from sponsors.commitments.models import Amendment, Commitment
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.services import (
    amendments,
    apply_waiting_amendments,
    automatic_renewals,
    draft_commitment,
    renew_automatically,
)
from sponsors.commitments.tests.amending import amended, cash_of, due, schedule
from sponsors.commitments.tests.factories import cash_line, colleague, signed_commitment, yearly
from sponsors.directory.services import lock_sponsor
from sponsors.directory.tests.races import at_once, wait_until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
DOUBLED = [*[due(year, 60_000) for year in range(2024, 2027)], due(2027, 120_000), due(2028, 120_000)]
EFFECTIVE = date(2026, 7, 1)
AGREED = RenewalTerms(notice_days=30, automatically=True, months=12)
AFTER_NOTICE = date(2024, 12, 2)


def while_held(sponsor, job):
    """Return what the job gave that could not have the sponsor, and waited half a second for it."""
    held, done = Event(), Event()

    def somebody():
        with transaction.atomic():
            lock_sponsor(sponsor)
            held.set()
            assert done.wait(20)

    def impatient():
        assert held.wait(20)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '500ms'")
            return job()
        finally:
            done.set()

    held_to_the_end, given = at_once(somebody, impatient)
    assert held_to_the_end is None, held_to_the_end
    return given


@pytest.mark.parametrize("busy", [0, 1, 2])
def test_amendments_take_effect_but_for_a_sponsor_somebody_works_on(busy):
    commitments = [signed_commitment() for _ in range(3)]
    for commitment in commitments:
        amended(commitment, effective_on=EFFECTIVE, **cash_of(DOUBLED))

    def apply():
        return apply_waiting_amendments(actor=None, today=EFFECTIVE)

    assert while_held(commitments[busy].sponsor, apply) == (2, 0)

    left = Amendment.objects.get(state="approved")
    assert left.commitment == commitments[busy]
    assert left.problem == ""
    assert apply() == (1, 0)
    assert all(schedule(commitment) == DOUBLED for commitment in commitments)


@pytest.mark.parametrize("busy", [0, 1, 2])
def test_commitments_renew_but_for_a_sponsor_somebody_works_on(busy):
    commitments = [signed_commitment(years=1, renewal=AGREED) for _ in range(3)]

    def renew():
        return renew_automatically(actor=None, today=AFTER_NOTICE)

    assert while_held(commitments[busy].sponsor, renew) == (2, 0)

    commitments[busy].refresh_from_db()
    assert commitments[busy].renewal_problem == ""
    assert not Commitment.objects.filter(renewal_of=commitments[busy]).exists()
    assert renew() == (1, 0)
    numbers = Commitment.objects.exclude(renewal_of=None).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"C-2024-{number:04}" for number in (4, 5, 6)]


def test_renewing_keeps_no_number_from_a_person_who_works_on_the_next_sponsor():
    _first, second = [signed_commitment(years=1, renewal=AGREED) for _ in range(2)]
    actor, line = colleague(), cash_line(10)
    connected, held = Event(), Event()

    def draft():
        assert connected.wait(20)
        with transaction.atomic():
            lock_sponsor(second.sponsor)
            held.set()
            wait_until_somebody_waits()
            return draft_commitment(
                actor=actor,
                sponsor=second.sponsor,
                title="Conference",
                starts_on=date(2025, 1, 1),
                ends_before=date(2026, 1, 1),
                lines=[line],
                schedule=yearly(date(2025, 1, 1)),
                today=AFTER_NOTICE,
            )

    def renew():
        connection.ensure_connection()
        connected.set()
        assert held.wait(20)
        return renew_automatically(actor=None, today=AFTER_NOTICE)

    drafted, renewed = at_once(draft, renew)

    assert isinstance(drafted, Commitment), drafted
    assert renewed == (2, 0)


def test_an_error_that_is_no_meeting_of_two_writers_is_not_passed_over(monkeypatch):
    amended(signed_commitment(), effective_on=EFFECTIVE, **cash_of(DOUBLED))
    signed_commitment(years=1, renewal=AGREED)

    def gone(*_given):
        message = "server closed the connection"
        raise OperationalError(message)

    monkeypatch.setattr(amendments, "hold_sponsor_of", gone)
    monkeypatch.setattr(automatic_renewals, "hold_sponsor_of", gone)

    with pytest.raises(OperationalError):
        apply_waiting_amendments(actor=None, today=EFFECTIVE)
    with pytest.raises(OperationalError):
        renew_automatically(actor=None, today=AFTER_NOTICE)
