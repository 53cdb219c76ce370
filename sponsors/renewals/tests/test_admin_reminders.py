"""Pages of reminders: answering by a link, what waits for whom, ladders, settings, and the ladder on a commitment's page."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sponsors.renewals.models import (
    Digest,
    ReminderOverride,
    ReminderPolicy,
    ReminderStep,
    RenewalSettings,
    Telling,
)
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.tests.reminding import (
    before,
    director,
    ending_commitment,
    give_backup,
    open_step,
    owner,
    policy,
    set_people,
    steps,
    sweep,
)

pytestmark = pytest.mark.django_db
STEPS = "/admin/sponsors/reminderstep/"
POLICIES = "/admin/sponsors/reminderpolicy/"


@pytest.fixture
def client(signed_in):
    return signed_in(owner())


def text(answer) -> str:
    content: str = answer.content.decode()
    return content


def do(client, step, name, **data):
    return client.post(f"{STEPS}{step.pk}/do/{name}/", data, follow=True)


def test_acknowledging_by_its_page_says_who_is_told_no_more(client):
    step = open_step()
    assert "Say that you are at it" in text(client.get(f"{STEPS}{step.pk}/do/acknowledge/"))
    assert "You are at it: nobody else is told" in text(do(client, step, "acknowledge"))
    step.refresh_from_db()
    assert (step.state, step.settled_by) == (StepState.ACKNOWLEDGED, owner())
    again = client.get(f"{STEPS}{step.pk}/do/acknowledge/", follow=True)
    assert "not possible now" in text(again)


def test_snoozing_by_its_page_proposes_a_day_before_the_next_step(client, monkeypatch):
    monkeypatch.setattr("sponsors.renewals.admin.steps.local_today", lambda: before(89))
    step = open_step()
    form = client.get(f"{STEPS}{step.pk}/do/snooze/").context["form"]
    assert form.initial["until"] == before(75)
    answer = do(client, step, "snooze", until=str(before(60)), reason="They are away.")
    assert "when the next one comes" in text(answer)
    assert "You are reminded again on" in text(
        do(client, step, "snooze", until=str(before(70)), reason="They are away.")
    )


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("negotiating", "Recorded, and the card of"), ("declined", "The reminders about")],
)
def test_an_outcome_by_its_page_moves_the_card(client, outcome, said):
    step = open_step()
    assert said in text(do(client, step, "record-outcome", outcome=outcome, note="No budget."))


def test_the_list_opens_with_what_waits_for_me(client):
    mine, other = open_step(), open_step()
    other.tellings.update(person=director())

    def shown(waits):
        return {row.pk for row in client.get(f"{STEPS}?waits={waits}").context["cl"].queryset}

    assert shown("me") == {mine.pk}
    assert shown("anybody") == {mine.pk, other.pk}
    Telling.objects.filter(step=other).delete()
    assert shown("untold") == {other.pk}
    assert shown("nonsense") == {mine.pk, other.pk}


def test_a_step_tells_what_is_known_and_who_was_told(client):
    step = open_step()
    page = text(client.get(f"{STEPS}{step.pk}/change/"))
    assert "You own this commitment." in page
    assert "Not yet: with the next digest" in page
    send_digests(actor=None, today=before(90))
    assert f"Digest of {before(90)}" in text(client.get(f"{STEPS}{step.pk}/change/"))


def test_a_missed_step_says_why_nobody_was_told(client):
    commitment = ending_commitment()
    sweep(before(10))
    missed = ReminderStep.objects.filter(commitment=commitment, state=StepState.MISSED)[0]
    assert "its time went by" in text(client.get(f"{STEPS}{missed.pk}/change/"))


def test_a_digest_lists_what_it_told(client):
    step = open_step()
    send_digests(actor=None, today=before(90))
    digest = Digest.objects.get(tellings__step=step)
    page = text(client.get(f"/admin/sponsors/digest/{digest.pk}/change/"))
    assert f"Owner: {step.commitment.number}, 90 days before the end" in page
    assert "1 reminder" in page


def test_the_page_of_a_commitment_shows_its_ladder_with_days_and_names(client):
    set_people(director=director())
    step = open_step()
    give_backup(step.commitment, director())
    page = text(client.get(f"/admin/sponsors/commitment/{step.commitment.pk}/change/"))
    assert "90 days before the end" in page
    assert f"{before(90)}</span> Olga, owner" in page


def test_the_page_of_a_commitment_says_when_nobody_could_be_told(client, monkeypatch):
    monkeypatch.setattr("sponsors.commitments.admin.summary.local_today", lambda: before(700))
    commitment = ending_commitment(with_owner=False)
    page = text(client.get(f"/admin/sponsors/commitment/{commitment.pk}/change/"))
    assert "Nobody could be told: give it an owner" in page


def test_a_ladder_is_chosen_on_the_page_of_the_commitment(client):
    commitment, own = ending_commitment(), policy()
    path = f"/admin/sponsors/commitment/{commitment.pk}/do/"
    answer = client.post(f"{path}choose-ladder/", {"policy": own.pk, "reason": "Late."}, follow=True)
    assert "has the ladder “Short ladder”" in text(answer)
    sweep(before(30))
    assert steps(commitment) == [("end-30", StepState.OPEN)]
    client.post(f"{path}default-ladder/")
    assert not ReminderOverride.objects.exists()


def rung_forms(*rungs, first=0) -> dict[str, object]:
    data: dict[str, object] = {
        "rungs-TOTAL_FORMS": len(rungs),
        "rungs-INITIAL_FORMS": first,
        "rungs-MIN_NUM_FORMS": 0,
        "rungs-MAX_NUM_FORMS": 1000,
    }
    for number, (days, response, *more) in enumerate(rungs):
        data |= {
            f"rungs-{number}-anchor": "end",
            f"rungs-{number}-days": days,
            f"rungs-{number}-need": "always",
            f"rungs-{number}-response_days": response,
        } | (more[0] if more else {})
    return data


def test_a_ladder_is_written_with_its_steps(client):
    measures = {"name": "Mine", "long_from_months": 24, "last_window_days": 20}
    client.post(f"{POLICIES}add/", measures | rung_forms((-30, 3), (0, 1)))
    row = ReminderPolicy.objects.get(name="Mine")
    assert [rung.days for rung in row.rungs.all()] == [-30, 0]
    first, second = row.rungs.all()
    kept = {"rungs-0-id": first.pk, "rungs-0-policy": row.pk}
    gone = {"rungs-1-id": second.pk, "rungs-1-policy": row.pk, "rungs-1-DELETE": "on"}
    client.post(
        f"{POLICIES}{row.pk}/change/",
        measures | rung_forms((-45, 3, kept), (0, 1, gone), (10, 2), first=2),
    )
    assert [rung.days for rung in row.rungs.all()] == [-45, 10]


def test_a_ladder_without_a_step_for_all_is_refused_on_the_page(client):
    measures = {"name": "Mine", "long_from_months": 24, "last_window_days": 20}
    answer = client.post(f"{POLICIES}add/", measures | rung_forms((30, 3)))
    assert "some would end unseen" in text(answer)
    assert ReminderPolicy.objects.count() == 1


def test_another_ladder_is_made_the_default_and_the_former_deleted(client):
    former, row = ReminderPolicy.objects.get(), policy()
    client.post(f"{POLICIES}{row.pk}/do/use/")
    assert "Default" in text(client.get(POLICIES))
    client.post(f"{POLICIES}{former.pk}/do/remove/")
    assert list(ReminderPolicy.objects.all()) == [row]


def test_settings_are_read_as_money_by_who_may_not_change_them(signed_in, infrastructure):
    RenewalSettings.objects.update(
        reserves=Decimal(2_400_000), reserves_on=date(2026, 11, 1), monthly_costs=Decimal(165_000)
    )
    page = text(signed_in(infrastructure).get("/admin/sponsors/renewalsettings/1/change/"))
    assert "USD 2,400,000.00" in page
    assert "USD 165,000.00" in page


def test_settings_open_at_once_and_are_changed(client):
    answer = client.get("/admin/sponsors/renewalsettings/")
    assert answer.status_code == 302
    client.post(
        answer["Location"],
        {
            "fundraising_lead": owner().pk,
            "director": "",
            "reserves": "250000",
            "reserves_on": str(date(2026, 1, 31)),
            "monthly_costs": "",
            "payment_days": "30, 0, -7",
            "sends_payment_reminders": "on",
        },
    )
    row = RenewalSettings.objects.get()
    assert (row.fundraising_lead, row.reserves, row.payment_days) == (owner(), Decimal(250_000), [-7, 0, 30])
    client.post(
        answer["Location"],
        {"reserves": "", "reserves_on": "", "monthly_costs": "", "payment_days": ""},
    )
    row.refresh_from_db()
    assert (row.payment_days, row.sends_payment_reminders) == ([], False)


def test_without_settings_the_list_says_what_they_are(client):
    RenewalSettings.objects.all().delete()
    assert "Who is told when nobody else is there" in text(client.get("/admin/sponsors/renewalsettings/"))


def test_the_first_page_says_what_waits_for_me(client):
    step = open_step()
    page = text(client.get("/admin/"))
    assert "Renewals that wait for you" in page
    assert f"/admin/sponsors/reminderstep/{step.pk}/change/" in page


def test_a_snooze_near_the_end_of_a_window_proposes_its_last_day(client, monkeypatch):
    monkeypatch.setattr("sponsors.renewals.admin.steps.local_today", lambda: before(64))
    step = open_step()
    form = client.get(f"{STEPS}{step.pk}/do/snooze/").context["form"]
    assert form.initial["until"] == before(60) - timedelta(days=1)
