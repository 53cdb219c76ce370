"""What of renewals is told to endpoints that listen."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.rules import EventKind
from foundation.webhooks.tests.factories import endpoint
from sponsors.commitments.services import terminate
from sponsors.commitments.tests.factories import colleague
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.renewals.services.settling import settle
from sponsors.renewals.services.sweeping import sweep_reminders
from sponsors.renewals.tests.reminding import END, after, before, ending_commitment
from sponsors.renewals.tests.renewing import TODAY, closed, due, ending, moved

pytestmark = pytest.mark.django_db


@pytest.fixture
def listening():
    endpoint(kinds=tuple(EventKind.values))


def told(kind):
    return [
        (row.text, json.loads(row.body)["data"])
        for row in WebhookDelivery.objects.filter(kind=kind.value).order_by("pk")
    ]


@pytest.mark.usefixtures("listening")
def test_a_step_is_told_once_with_whom_and_how_far_the_end_is():
    commitment = ending_commitment(sponsor=SponsorFactory(name="Fastly"))
    sweep_reminders(actor=None, today=before(180))
    sweep_reminders(actor=None, today=before(180))
    ((text, data),) = told(EventKind.STEP_TOLD)
    assert text == f"Fastly, {commitment.number}: Olga was told as owner, 180 days before the end."
    assert data == {
        "commitment": commitment.pk,
        "number": commitment.number,
        "sponsor": "Fastly",
        "last_day": str(END),
        "step": "end-180",
        "due_on": str(before(180)),
        "told": "Olga",
        "told_as": "owner",
        "told_on": str(before(180)),
    }


@pytest.mark.usefixtures("listening")
def test_a_move_is_told_with_who_and_why():
    case = due(sponsor=SponsorFactory(name="Fastly"))
    moved(case, "declined", "Budget cut.")
    ((text, data),) = told(EventKind.CASE_MOVED)
    who = colleague()
    assert text == (
        f"Fastly, {case.commitment.number}: {who} moved the renewal from Due to Declined. Budget cut."
    )
    assert (data["from"], data["to"], data["note"], data["moved_by"]) == (
        "due",
        "declined",
        "Budget cut.",
        str(who),
    )


@pytest.mark.usefixtures("listening")
def test_what_came_of_a_renewal_is_told_once():
    case = due()
    closed(case, "renewed")
    closed(case, "renewed")
    ((text, data),) = told(EventKind.RENEWAL_CLOSED)
    assert text.endswith("the renewal is closed. Renewed.")
    assert (data["case"], data["closed_as"], data["closed_on"]) == (case.pk, "renewed", str(TODAY))
    ((text, data),) = told(EventKind.CASE_MOVED)
    assert "Bursar moved the renewal from Due to Agreed. Closed as renewed." in text
    assert data["moved_by"] is None


@pytest.mark.usefixtures("listening")
def test_what_closes_by_itself_is_told_too():
    case = due(ending())
    terminate(actor=colleague(), commitment=case.commitment, closed_on=TODAY, reason="Sold", today=TODAY)
    settle(actor=None, today=TODAY)
    (first,) = told(EventKind.RENEWAL_CLOSED)
    assert first[1]["closed_as"] == "terminated"


@pytest.mark.usefixtures("listening")
def test_what_lapses_is_told():
    lapsing = due(ending_commitment())
    sweep_reminders(actor=None, today=after(400))
    sweep_reminders(actor=None, today=after(401))
    ((_text, data),) = told(EventKind.RENEWAL_CLOSED)
    assert (data["case"], data["closed_as"]) == (lapsing.pk, "lapsed")


def test_nobody_listening_costs_a_query_and_writes_nothing():
    case = due()
    with CaptureQueriesContext(connection) as queries:
        moved(case, "contacted")
    assert len([query for query in queries if "webhookendpoint" in query["sql"]]) == 1
    assert not WebhookDelivery.objects.exists()
