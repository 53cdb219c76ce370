"""Reminders over the API: what waits, the answers, ladders, and the settings."""

import pytest

from foundation.api.tests.factories import make_token
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.renewals.models import ReminderPolicy, RenewalSettings
from sponsors.renewals.tests.reminding import director, ending_commitment, open_step, override, owner, policy

pytestmark = pytest.mark.django_db
STEPS = "/api/v1/reminder-steps/"


@pytest.fixture
def call(client):
    """Return what calls the API as the owner of every commitment here."""
    token = make_token(owner())
    headers = {"Authorization": f"Bearer {token.secret}"}

    def ask(method: str, path: str, body: object = None):
        return getattr(client, method)(path, body, content_type="application/json", headers=headers)

    return ask


def test_what_waits_for_the_caller_is_found(call):
    mine = open_step()
    other = make_user("Zoe", Role.FUNDRAISING)
    theirs = open_step()
    theirs.tellings.update(person=other)
    found = [
        [row["id"] for row in call("get", f"{STEPS}?waits_for_me={value}").json()["results"]]
        for value in ("true", "false")
    ]
    assert found == [[mine.pk], [theirs.pk]]


def test_a_step_says_who_was_told(call):
    step = open_step()
    answer = call("get", f"{STEPS}{step.pk}/").json()
    assert (answer["code"], answer["ends_on"], answer["state"]) == ("end-90", "2026-04-30", "open")
    assert answer["told"] == [
        {"person": owner().pk, "name": "Olga", "role": "owner", "told_on": str(step.taken_on)}
    ]


def test_a_second_acknowledgment_says_so(call):
    step = open_step()
    assert call("post", f"{STEPS}{step.pk}/acknowledge/", {}).json()["state"] == "acknowledged"
    again = call("post", f"{STEPS}{step.pk}/acknowledge/", {})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_allowed_now")


def test_a_decline_needs_a_note(call):
    step = open_step()
    path = f"{STEPS}{step.pk}/record-outcome/"
    refused = call("post", path, {"outcome": "declined"})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "note")
    assert (
        call("post", path, {"outcome": "declined", "note": "No budget."}).json()["settled_by"] == owner().pk
    )


def test_a_ladder_is_chosen_and_taken_back(call):
    commitment = ending_commitment()
    own = policy()
    path = f"/api/v1/commitments/{commitment.pk}/ladder/"
    chosen = call("post", f"{path}choose/", {"policy": own.pk, "reason": "They decide late."}).json()
    assert (chosen["policy"], chosen["reason"]) == (own.pk, "They decide late.")
    back = call("post", f"{path}back/", {}).json()
    assert (back["policy_name"], back["reason"]) == ("Standard ladder", "")


def test_a_change_of_steps_gives_each_whole(call):
    own = policy()
    path = f"/api/v1/reminder-policies/{own.pk}/"
    refused = call("patch", path, {"rungs": [{"days": -10}]})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "rungs")
    renamed = call("patch", path, {"name": "Ours"}).json()
    assert (renamed["name"], [rung["days"] for rung in renamed["rungs"]]) == ("Ours", [-30, 0])
    changed = call("patch", path, {"rungs": [{"days": -10, "response_days": 2}]}).json()
    assert changed["rungs"] == [{"anchor": "end", "days": -10, "need": "always", "response_days": 2}]


def test_a_ladder_in_use_is_not_removed(call):
    used = override().policy
    answer = call("post", f"/api/v1/reminder-policies/{used.pk}/remove/", {})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "policy_in_use")
    assert ReminderPolicy.objects.filter(pk=used.pk).exists()


def test_settings_are_changed_in_part(call):
    path = "/api/v1/renewal-settings/"
    answer = call(
        "patch", path, {"director": director().pk, "reserves": "1000.00", "reserves_on": "2026-01-31"}
    )
    assert (answer.json()["reserves"], answer.json()["currency"]) == ("1000.00", "USD")
    call("patch", path, {"payment_days": [0, -7]})
    row = RenewalSettings.objects.get()
    assert (row.director, row.payment_days) == (director(), [-7, 0])
    assert call("patch", path, {"reserves": "1.001"}).status_code == 400
