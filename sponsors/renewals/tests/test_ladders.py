"""Ladders that staff write, the settings, and the ladder of a commitment as its page tells it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.people.models import User
from sponsors.renewals.models import ReminderOverride, ReminderPolicy, RenewalCase, RenewalSettings
from sponsors.renewals.rules.ladder import DEFAULT_LADDER, Anchor, Need, Rung, Told
from sponsors.renewals.rules.ladder_policies import MOST_RUNGS
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.climbing import ladder_policy
from sponsors.renewals.selectors.ladders import ladder_of
from sponsors.renewals.selectors.people import renewal_settings
from sponsors.renewals.services import reminder_policies as services
from sponsors.renewals.services.settings import change_renewal_settings
from sponsors.renewals.tests.reminding import (
    backup,
    before,
    director,
    ending_commitment,
    give_backup,
    override,
    owner,
    policy,
    set_people,
    steps,
    sweep,
)

pytestmark = pytest.mark.django_db
END_30 = Rung(-30, 3)


def default() -> ReminderPolicy:
    return ReminderPolicy.objects.get(is_default=True)


def changed(row: ReminderPolicy, *rungs: Rung, **more) -> ReminderPolicy:
    values: dict[str, Any] = {
        "name": row.name,
        "long_from_months": 36,
        "last_window_days": 30,
        "rungs": rungs,
    } | more
    return services.change_reminder_policy(actor=owner(), policy=row, **values)


def test_the_shipped_ladder_is_that_of_the_rules():
    found = ladder_policy(default())
    assert sorted(found.rungs, key=lambda rung: rung.code) == sorted(
        DEFAULT_LADDER.rungs, key=lambda rung: rung.code
    )
    assert found.last_window_days == DEFAULT_LADDER.last_window_days


@pytest.mark.parametrize(
    ("rungs", "code"),
    [
        ((), "no_step_for_all"),
        ((Rung(15, 3),), "no_step_for_all"),
        ((Rung(-30, 3, need=Need.LONG),), "no_step_for_all"),
        ((Rung(-30, 3, Anchor.NOTICE),), "no_step_for_all"),
        ((END_30, END_30), "step_twice"),
        ((END_30, Rung(1096, 3)), "step_out_of_reach"),
        ((END_30, Rung(-14, 0)), "response_out_of_reach"),
        ((END_30, Rung(-14, 61)), "response_out_of_reach"),
        (tuple(Rung(-day, 1) for day in range(MOST_RUNGS + 1)), "too_many_steps"),
    ],
)
def test_a_ladder_leaves_nobody_without_a_reminder(rungs, code):
    with pytest.raises(RenewalError) as refusal:
        services.add_reminder_policy(actor=owner(), name="Mine", rungs=rungs)
    assert (refusal.value.code, refusal.value.field) == (code, "rungs")
    assert ReminderPolicy.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "Standard ladder"),
        ("long_from_months", 0),
        ("long_from_months", 121),
        ("last_window_days", 0),
        ("last_window_days", 366),
    ],
)
def test_measures_of_a_ladder_are_within_bounds(field, value):
    with pytest.raises(RenewalError) as refusal:
        services.add_reminder_policy(**{"actor": owner(), "name": "Mine", "rungs": [END_30], field: value})
    assert refusal.value.field == field


def test_steps_that_stay_keep_their_rows():
    row = policy("Mine", Rung(-60, 5), END_30, Rung(-14, 2))
    kept = {rung.days: rung for rung in row.rungs.all()}
    changed(row, Rung(-60, 5), Rung(-30, 5), Rung(0, 1), name="Ours", last_window_days=10)
    row.refresh_from_db()
    assert (row.name, row.last_window_days) == ("Ours", 10)
    found = {rung.days: rung for rung in row.rungs.all()}
    assert {days: rung.response_days for days, rung in found.items()} == {-60: 5, -30: 5, 0: 1}
    assert [found[days].pk for days in (-60, -30)] == [kept[days].pk for days in (-60, -30)]
    assert found[-60].updated_at == kept[-60].updated_at


def test_another_ladder_becomes_the_default():
    row = policy("Mine", END_30)
    services.use_reminder_policy(actor=owner(), policy=row)
    assert default() == row
    with pytest.raises(NotAllowedNow):
        services.use_reminder_policy(actor=owner(), policy=row)
    commitment = ending_commitment()
    assert sweep(before(31)).opened == 0
    sweep(before(30))
    assert steps(commitment) == [("end-30", StepState.OPEN)]


def test_a_ladder_in_use_is_not_deleted():
    row = override().policy
    for used in (default(), row):
        with pytest.raises(NotAllowedNow) as refusal:
            services.delete_reminder_policy(actor=owner(), policy=used)
        assert refusal.value.code == "policy_in_use"
    services.remove_override(actor=owner(), commitment=ReminderOverride.objects.get().commitment)
    services.delete_reminder_policy(actor=owner(), policy=row)
    assert list(ReminderPolicy.objects.all()) == [default()]


def test_of_many_that_use_a_ladder_three_are_named():
    row = policy("Mine", END_30)
    for _ in range(4):
        services.set_override(
            actor=owner(), commitment=ending_commitment(), policy=row, reason="They decide late."
        )
    with pytest.raises(NotAllowedNow, match="and others"):
        services.delete_reminder_policy(actor=owner(), policy=row)


def test_a_commitment_may_have_a_ladder_of_its_own():
    commitment = override().commitment
    assert sweep(before(31)).opened == 0
    sweep(before(30))
    assert steps(commitment) == [("end-30", StepState.OPEN)]
    again = services.set_override(
        actor=owner(), commitment=commitment, policy=default(), reason="As the others."
    )
    assert ReminderOverride.objects.get() == again


def test_a_ladder_of_ones_own_is_taken_back_once():
    commitment = override().commitment
    services.remove_override(actor=owner(), commitment=commitment)
    with pytest.raises(NotAllowedNow):
        services.remove_override(actor=owner(), commitment=commitment)


# Settings ------------------------------------------------------------------------------------


def set_to(**more) -> RenewalSettings:
    values = {
        "fundraising_lead": None,
        "director": None,
        "reserves": None,
        "reserves_on": None,
        "monthly_costs": None,
        "payment_days": [-14, 0],
        "sends_payment_reminders": False,
    }
    return change_renewal_settings(actor=owner(), today=date(2026, 3, 1), **values | more)


def test_settings_are_one_row():
    RenewalSettings.objects.all().delete()
    assert renewal_settings().payment_days == [-14, 0, 15, 30, 60]
    set_to(
        fundraising_lead=owner(),
        reserves=Decimal(100),
        reserves_on=date(2026, 2, 28),
        payment_days=[30, 0, 0, -7],
    )
    row = set_to(director=director(), payment_days=[30, 0, 0, -7], monthly_costs=Decimal(10))
    assert (row.fundraising_lead, row.director, row.payment_days) == (None, director(), [-7, 0, 30])
    assert renewal_settings() == row


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reserves": Decimal(-1), "reserves_on": date(2026, 1, 1)}, "reserves"),
        ({"reserves": Decimal(1)}, "reserves_on"),
        ({"reserves_on": date(2026, 1, 1)}, "reserves"),
        ({"reserves": Decimal(1), "reserves_on": date(2026, 3, 2)}, "reserves_on"),
        ({"monthly_costs": Decimal(0)}, "monthly_costs"),
        ({"payment_days": [366]}, "payment_days"),
        ({"payment_days": list(range(13))}, "payment_days"),
    ],
)
def test_settings_make_sense(given, field):
    with pytest.raises(RenewalError) as refusal:
        set_to(**given)
    assert refusal.value.field == field


def test_only_who_may_sign_in_is_told():
    User.objects.filter(pk=director().pk).update(is_active=False)
    with pytest.raises(RenewalError) as refusal:
        set_to(director=director())
    assert refusal.value.field == "director"


def test_only_who_may_answer_is_told(outsider):
    with pytest.raises(RenewalError) as refusal:
        set_to(fundraising_lead=outsider)
    assert (refusal.value.field, refusal.value.code) == ("fundraising_lead", "may_not_answer")


# The ladder of a commitment ------------------------------------------------------------------


def test_long_before_its_end_all_steps_are_to_come_with_names_and_days():
    set_people(director=director())
    commitment = ending_commitment(owner=owner())
    give_backup(commitment, backup())
    commitment.refresh_from_db()
    ladder = ladder_of(commitment, before(700))
    assert ladder.past == []
    assert [step.code for step in ladder.coming][:2] == ["end-180", "end-150"]
    first = ladder.coming[0]
    assert (first.words, first.due_on) == ("180 days before the end", before(180))
    assert [(person.name, person.role, person.on) for person in first.told] == [
        ("Olga", Told.OWNER, date(2025, 11, 1)),
        ("Bert", Told.BACKUP, date(2025, 11, 17)),
        ("Dora", Told.DIRECTOR, date(2025, 12, 2)),
    ]


def test_what_became_of_past_steps_is_told():
    commitment = ending_commitment()
    sweep(before(180))
    sweep(before(60))
    ladder = ladder_of(commitment, before(60))
    assert [(step.code, step.state) for step in ladder.past] == [
        ("end-180", StepState.REPLACED),
        ("end-150", StepState.MISSED),
        ("end-90", StepState.MISSED),
        ("end-60", StepState.OPEN),
    ]
    assert [person.name for person in ladder.past[-1].told] == ["Olga"]
    assert [step.code for step in ladder.coming] == [
        "end-30",
        "end-14",
        "end+0",
        "end+15",
        "end+45",
        "end+90",
    ]


def test_once_it_is_declined_no_step_is_to_come():
    commitment = ending_commitment()
    sweep(before(60))
    RenewalCase.objects.update(state="declined")
    ladder = ladder_of(commitment, before(60))
    assert (len(ladder.past), ladder.coming) == (4, [])


def test_without_anybody_nobody_will_be_told():
    ladder = ladder_of(ending_commitment(with_owner=False), before(700))
    assert {len(step.told) for step in ladder.coming} == {0}


def test_a_ladder_of_its_own_says_why():
    ladder = ladder_of(override().commitment, before(700))
    assert (ladder.reason, [step.code for step in ladder.coming]) == (
        "They decide late.",
        ["end-30", "end+0"],
    )


def test_the_ladder_costs_the_same_for_many_steps_as_for_few(django_assert_num_queries):
    commitment = ending_commitment()
    sweep(before(180))
    ladder_of(commitment, before(180))  # keeps the owner
    with CaptureQueriesContext(connection) as few:
        ladder_of(commitment, before(180))
    for day in (150, 90, 60, 30):
        sweep(before(day))
    with django_assert_num_queries(len(few)):
        ladder_of(commitment, before(30))
