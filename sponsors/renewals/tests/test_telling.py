"""Who is told of a reminder, when, and who cannot be."""

from datetime import date

import pytest
from django.contrib.auth.models import Group

from foundation.books.models import Holiday
from foundation.notices.models import Notice
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import ReminderStep
from sponsors.renewals.rules.ladder import Told
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.ladders import ladder_of
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.tests.reminding import (
    backup,
    before,
    director,
    ending_commitment,
    give_backup,
    owner,
    set_people,
    sweep,
    sweep_each_day,
    told,
)

pytestmark = pytest.mark.django_db


def test_silence_goes_on_to_the_backup_and_the_director():
    set_people(director=director())
    commitment = ending_commitment()
    give_backup(commitment, backup())
    sweep_each_day(before(30), before(15))  # response time: three working days
    assert told(commitment) == [
        ("Olga", Told.OWNER, date(2026, 3, 31)),
        ("Bert", Told.BACKUP, date(2026, 4, 6)),
        ("Dora", Told.DIRECTOR, date(2026, 4, 10)),
    ]


def test_weekends_and_holidays_give_more_time():
    Holiday.objects.create(day=date(2026, 4, 3), name="Good Friday")
    Holiday.objects.create(day=date(2026, 4, 6), name="Easter Monday")
    commitment = ending_commitment()
    give_backup(commitment, backup())
    sweep_each_day(before(30), before(15))
    assert told(commitment)[1] == ("Bert", Told.BACKUP, date(2026, 4, 8))


def test_whoever_is_told_late_has_the_whole_time_to_respond():
    set_people(director=director())
    commitment = ending_commitment()
    give_backup(commitment, backup())
    sweep(before(30))
    sweep(before(20))
    assert [name for name, *_ in told(commitment)] == ["Olga", "Bert"]


def test_what_is_acknowledged_goes_no_further():
    commitment = ending_commitment()
    give_backup(commitment, backup())
    sweep(before(30))
    ReminderStep.objects.filter(state=StepState.OPEN).update(state=StepState.ACKNOWLEDGED)
    sweep_each_day(before(29), before(15))
    assert len(told(commitment)) == 1


def test_after_a_snooze_the_time_begins_anew():
    commitment = ending_commitment()
    give_backup(commitment, backup())
    sweep(before(90))
    ReminderStep.objects.filter(state=StepState.OPEN).update(
        state=StepState.SNOOZED, snoozed_until=before(75), reason="They are away."
    )
    assert sweep(before(76)).woken == 0
    assert sweep(before(75)).woken == 1
    assert told(commitment) == [
        ("Olga", Told.OWNER, before(90)),
        ("Olga", Told.OWNER, before(75)),
    ]
    sweep(before(74))
    assert len(told(commitment)) == 2


def test_who_is_named_twice_is_told_once():
    set_people(director=owner())
    commitment = ending_commitment()
    give_backup(commitment, backup())
    sweep_each_day(before(30), before(15))
    assert [name for name, *_ in told(commitment)] == ["Olga", "Bert"]


def test_a_new_owner_is_told_at_once():
    commitment = ending_commitment()
    sweep(before(30))
    Commitment.objects.filter(pk=commitment.pk).update(owner=backup())
    sweep(before(29))
    assert told(commitment)[1] == ("Bert", Told.OWNER, before(29))


def test_without_an_owner_the_lead_is_told():
    set_people(lead=make_user("Lena", Role.FUNDRAISING))
    commitment = ending_commitment(with_owner=False)
    sweep(before(30))
    assert told(commitment) == [("Lena", Told.LEAD, before(30))]


def test_an_owner_who_may_not_sign_in_is_no_owner():
    set_people(lead=make_user("Lena", Role.FUNDRAISING))
    commitment = ending_commitment()
    User.objects.filter(pk=owner().pk).update(is_active=False)
    sweep(before(30))
    assert told(commitment) == [("Lena", Told.LEAD, before(30))]


def test_with_nobody_set_at_all_every_administrator_is_told_once(administrator):
    make_user("Alf", Role.ADMINISTRATOR)
    commitment = ending_commitment(with_owner=False)
    sweep(before(30))
    sweep(before(25))
    assert sorted(told(commitment)) == [
        ("Ada Administrator", Told.LEAD, before(30)),
        ("Alf", Told.LEAD, before(30)),
    ]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.GRANTS_OFFICER])
def test_an_owner_who_may_not_answer_is_no_owner(role):
    """Their mail would name amounts that they may not see, and ask for what they may not do."""
    set_people(lead=make_user("Lena", Role.FUNDRAISING))
    otto = make_user("Otto", Role.FUNDRAISING)
    commitment = ending_commitment(owner=otto)
    otto.groups.set(Group.objects.filter(name=role.label))
    assert [one.name for one in ladder_of(Commitment.objects.get(), before(31)).coming[0].told] == ["Lena"]
    sweep(before(30))
    assert told(commitment) == [("Lena", Told.LEAD, before(30))]
    send_digests(actor=None, today=before(30))
    assert "Otto, who owns it, may not answer reminders" in Notice.objects.get().body_text


def test_who_may_not_answer_any_more_gets_no_mail():
    ending_commitment(owner=owner())
    sweep(before(30))
    owner().groups.clear()
    assert send_digests(actor=None, today=before(30)) == 0


def test_with_nobody_left_who_could_be_told_the_step_waits_for_somebody():
    commitment = ending_commitment()
    User.objects.update(is_active=False)
    assert sweep(before(30)).told == 0
    User.objects.filter(pk=owner().pk).update(is_active=True)
    assert sweep(before(29)).told == 1
    assert told(commitment) == [("Olga", Told.OWNER, before(29))]
