"""The nightly run as the clock and people begin it: whole, once, and on one machine at a time."""

from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.core.management import CommandError, call_command

from foundation.books.models import Holiday, Organization
from foundation.health.apart import SomeBroke
from foundation.health.jobs import LeftToAnother
from foundation.health.locks import only_one
from foundation.notices.models import Notice
from sponsors.directory.tests.races import at_once
from sponsors.renewals.models import Digest, ReminderStep, RenewalCase, Telling
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.digests import digest_content
from sponsors.renewals.services import nightly
from sponsors.renewals.services.answering import acknowledge
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.services.nightly import run_night
from sponsors.renewals.services.sweeping import sweep_reminders
from sponsors.renewals.tasks import follow_up_renewals, sweep_renewals
from sponsors.renewals.tests import reminding
from sponsors.renewals.tests.reminding import before, ending_commitment, owner

TODAY = before(90)


@pytest.fixture
def on_that_day(monkeypatch):
    monkeypatch.setattr("sponsors.renewals.tasks.local_today", lambda: TODAY)


@pytest.mark.django_db
def test_a_night_assesses_reminds_and_mails(on_that_day):
    commitment = ending_commitment(signed_on=before(95))
    summary = sweep_renewals()
    assert "1 commitments assessed" in summary
    assert "1 digests written" in summary
    assert commitment.assessments.get().day == TODAY
    assert Notice.objects.get(kind="renewal_digest").recipient == owner().email
    again = sweep_renewals()
    assert "0 reminders opened" in again
    assert "0 digests written" in again


@pytest.mark.django_db
def test_what_breaks_off_keeps_no_reminder_and_nobody_elses_mail_back(on_that_day, monkeypatch):
    ending_commitment(signed_on=before(95))
    ending_commitment(signed_on=before(95), owner=reminding.backup())

    def break_down(*_args, **_options):
        raise LookupError("nobody thought of this")

    def break_down_for_one(person, today):
        return break_down() if person == owner() else digest_content(person, today)

    monkeypatch.setattr(nightly, "assess_commitments", break_down)
    monkeypatch.setattr("sponsors.renewals.services.digests.digest_content", break_down_for_one)
    with pytest.raises(SomeBroke, match="2 of 4 parts"):
        sweep_renewals()
    assert ReminderStep.objects.count() == 2
    assert Notice.objects.get(kind="renewal_digest").recipient == reminding.backup().email
    monkeypatch.undo()
    assert run_night(actor=None, today=TODAY).digests == 1


@pytest.mark.django_db
def test_days_are_those_of_the_foundation_also_over_weekend_and_holidays(monkeypatch):
    """In Auckland a new day begins when it is still yesterday in London; Easter gives four days more."""
    Organization.objects.update_or_create(pk=1, defaults={"name": "F", "time_zone": "Pacific/Auckland"})
    Holiday.objects.create(day=date(2026, 4, 3), name="Good Friday")
    Holiday.objects.create(day=date(2026, 4, 6), name="Easter Monday")
    reminding.set_people(director=reminding.director())
    commitment = ending_commitment(signed_on=before(40))
    reminding.give_backup(commitment, reminding.backup())
    moment = datetime(2026, 3, 30, 18, 15, tzinfo=UTC)  # a quarter past six of the next day in Auckland
    for _ in range(12):
        monkeypatch.setattr("foundation.books.selectors.timezone.now", lambda now=moment: now)
        sweep_renewals()
        moment += timedelta(days=1)
    # At high risk each has one working day: the backup has the Tuesday after Easter.
    assert ReminderStep.objects.get().response_days == 1
    assert reminding.told(commitment) == [
        ("Olga", "owner", date(2026, 3, 31)),
        ("Bert", "backup", date(2026, 4, 2)),
        ("Dora", "director", date(2026, 4, 8)),
    ]


@pytest.mark.django_db
def test_a_renewal_is_followed_within_minutes(on_that_day):
    step = reminding.open_step()
    assert follow_up_renewals() == "0 reminders closed"
    RenewalCase.objects.filter(commitment=step.commitment).update(state="declined")
    assert follow_up_renewals() == "1 reminders closed"


@pytest.mark.django_db
def test_the_command_sweeps_as_if_it_were_a_day(capsys):
    ending_commitment(signed_on=before(95))
    call_command("sweep_renewals", today=str(TODAY))
    assert "1 reminders opened" in capsys.readouterr().out
    assert ReminderStep.objects.get().taken_on == TODAY


@pytest.mark.django_db
def test_the_command_says_what_a_day_looks_like():
    with pytest.raises(CommandError, match="is not a day"):
        call_command("sweep_renewals", today="tomorrow")


@pytest.mark.django_db
def test_without_a_day_it_is_today(monkeypatch, capsys):
    days: list[date] = []

    def remember(*, actor, today):
        del actor
        days.append(today)
        return ""

    monkeypatch.setattr("sponsors.management.commands.sweep_renewals.run_night", remember)
    monkeypatch.setattr("sponsors.management.commands.sweep_renewals.local_today", lambda: TODAY)
    call_command("sweep_renewals")
    assert days == [TODAY]


# Two machines ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_machines_one_sweeps_and_the_other_leaves(on_that_day):
    ending_commitment(signed_on=before(95))
    begun, may_end = Event(), Event()
    # Holding the lock as a sweep does, for as long as the other needs to come and go.

    def first():
        with only_one("renewals") as got:
            begun.set()
            may_end.wait(20)
            return nightly.run_night(actor=None, today=TODAY) if got else None

    def second():
        begun.wait(20)
        try:
            with pytest.raises(CommandError, match="running already"):
                call_command("sweep_renewals", today=str(TODAY))
            return sweep_renewals()
        finally:
            may_end.set()

    night, left = at_once(first, second)
    assert isinstance(left, LeftToAnother)
    assert night.digests == 1
    assert Notice.objects.filter(kind="renewal_digest").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_followers_at_once_leave_it_to_one():
    with only_one("follow up renewals"):
        (answer,) = at_once(follow_up_renewals)
    assert isinstance(answer, LeftToAnother)


@pytest.mark.django_db(transaction=True)
def test_rows_are_unique_even_when_nothing_holds_two_sweeps_apart():
    commitments = [ending_commitment(signed_on=before(95)) for _ in range(3)]

    def sweep():
        return sweep_reminders(actor=None, today=TODAY, at_once=2)

    results = at_once(*[sweep] * 4)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert ReminderStep.objects.filter(state=StepState.OPEN).count() == 3
    assert Telling.objects.count() == 3
    assert RenewalCase.objects.count() == len(commitments)


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_digests_at_once_write_one():
    reminding.open_step()
    results = at_once(*[lambda: send_digests(actor=None, today=TODAY)] * 4)
    assert sorted(results) == [0, 0, 0, 1]
    assert (Digest.objects.count(), Notice.objects.filter(kind="renewal_digest").count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_an_answer_while_a_sweep_runs_is_kept():
    step = reminding.open_step()

    def sweep_for_weeks():
        for day in range(89, 61, -1):
            sweep_reminders(actor=None, today=before(day))

    results = at_once(sweep_for_weeks, lambda: acknowledge(actor=owner(), step=step))
    assert [result for result in results if isinstance(result, Exception)] == []
    step.refresh_from_db()
    assert (step.state, step.settled_by) == (StepState.ACKNOWLEDGED, owner())
