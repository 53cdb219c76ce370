"""Renewal risk, what follows when sponsors leave, and scoring policies over the API."""

from datetime import date, timedelta

import pytest

from foundation.api.tests.factories import api_client
from foundation.books.selectors import local_today
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import Alternative
from sponsors.inkind.tests.factories import month_of_use, service, supplied
from sponsors.inkind.tests.valuing import card
from sponsors.renewals.models import RenewalSettings, ScoringPolicy
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.tests.factories import assessed, ending, known_sponsor

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return local_today()


@pytest.fixture
def client(fundraiser):
    return api_client(fundraiser)


def soon(today, sponsor=None, **more):
    return ending(sponsor, starts_on=(today - timedelta(days=340)).replace(day=1), **more)


def get(client, path, **query):
    answer = client.get(f"/api/v1/{path}/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def numbers(client, **query):
    return {row["commitment_number"] for row in get(client, "assessments", **query)["results"]}


def test_list_narrows_to_what_is_asked(client, today):
    risky, unknown = soon(today), soon(today, SponsorFactory())
    later = signed_commitment(known_sponsor(), starts_on=today)
    assessed(risky, today=today - timedelta(days=1))
    assess_commitments(actor=None, today=today)

    assert numbers(client) == {risky.number, unknown.number, later.number}
    assert len(get(client, "assessments")["results"]) == 4
    assert len(get(client, "assessments", latest="true")["results"]) == 3
    assert numbers(client, at_risk="true") == {risky.number, unknown.number}
    assert numbers(client, at_risk="false") == {risky.number, later.number}
    assert numbers(client, asks_for_person="true", at_risk="true") == {unknown.number}
    assert numbers(client, band="not_yet") == {later.number}
    assert numbers(client, sponsor=risky.sponsor_id) == {risky.number}
    assert numbers(client, day_to=str(today - timedelta(days=1))) == {risky.number}
    assert numbers(client, ends_to=str(risky.ends_on)) == {risky.number, unknown.number}
    assert numbers(client, ends_to=str(risky.ends_on - timedelta(days=1))) == set()
    assert numbers(client, ends_from=str(later.ends_on)) == {later.number}


def test_risk_of_a_commitment_tells_every_reason_and_what_to_do(client, today):
    commitment = soon(today, amount=0, in_kind=1_000_000)
    supplied(service(), commitment.lines.get(), starts_on=date(2024, 1, 1))
    supplied(service("docs"), commitment.lines.get(), starts_on=date(2024, 1, 1))
    month_of_use(service(), (today.replace(day=1) - timedelta(days=1)).replace(day=1), requests=10_001)
    Alternative.objects.create(service=service(), name="Elsewhere", card=card().card, months_to_move=7)
    assessed(commitment, today=today)

    found = get(client, f"commitments/{commitment.pk}/risk")

    first = next(one for one in found["reasons"] if one["reason"] == "first_term")
    assert (first["points"], first["evidence"], first["known"]) == (0.51, "histories", True)
    assert 0 < found["neutral"] < 1
    assert found["replacement_a_year"] == "1200000.12"
    assert found["elsewhere"][0]["a_month"] == "100000.01"
    assert (found["elsewhere"][0]["services"], found["elsewhere"][0]["months"]) == (["Files"], 1)
    assert found["services_without_price"] == ["Docs"]
    assert found["next_actions"]
    assert found["followed_by"] == ""


def test_risk_of_what_is_followed_is_nothing(client, today):
    sponsor = known_sponsor()
    first = soon(today, sponsor)
    following = ending(sponsor, starts_on=first.ends_before, renewal_of=first)
    assessed(first, today=today)

    found = get(client, f"commitments/{first.pk}/risk")

    assert (found["probability"], found["neutral"], found["reasons"]) == (0, None, [])
    assert found["followed_by"] == following.number


def test_commitment_without_an_assessment_has_no_risk_yet(client, today):
    assert client.get(f"/api/v1/commitments/{soon(today).pk}/risk/").status_code == 404


def portfolio(today):
    """Return a provider with a service, and another sponsor; both are assessed."""
    RenewalSettings.objects.update(reserves=1_200_000, reserves_on=today, monthly_costs=30_000)
    provider, other = known_sponsor(), known_sponsor()
    line = soon(today, provider, amount=60_000, in_kind=500_000).lines.get(kind="in_kind")
    soon(today, other, amount=120_000)
    supplied(service(), line, starts_on=date(2024, 1, 1))
    Alternative.objects.create(service=service(), name="Elsewhere", card=card().card, months_to_move=7)
    Alternative.objects.create(service=service(), name="Without")
    month_of_use(service(), (today.replace(day=1) - timedelta(days=1)).replace(day=1))
    assess_commitments(actor=None, today=today)
    return provider, other


def test_concentration_tells_shares_and_runway(client, today):
    provider, other = portfolio(today)

    found = get(client, "concentration")

    assert [one["of"] for one in found["concentrations"]] == ["cash", "in_kind", "together"]
    assert found["concentrations"][0]["largest_1"] == 0.6667
    assert found["concentrations"][0]["effective_sponsors"] == 1.8
    assert [one["sponsor"] for one in found["largest"]] == [provider.pk, other.pk]
    assert found["runway"] == {"income": "15000.00", "costs": "30000.00", "months": "80.0", "covered": False}
    assert found["unassessed"] == 0


def test_what_if_tells_what_follows(client, today):
    provider, _other = portfolio(today)

    found = get(client, "what-if", sponsor=provider.pk)

    assert (found["cash_lost"], found["in_kind_lost"]) == ("60000.00", "500000.00")
    assert found["replacement"] == found["replacement_least"] == "1209000.00"
    assert found["runway_after"]["months"] == "60.0"
    assert found["sponsors"] == [provider.pk]
    assert found["still_to_come"] == []
    assert [row["problem"] == "" for row in found["services"][0]["alternatives"]] == [True, False]
    assert found["commitments"][0]["cash_a_year"] == "60000.00"
    assert found["concentrations_after"][0]["index"] == 1.0


def test_several_sponsors_may_leave_at_once(client, today):
    provider, other = portfolio(today)

    found = get(client, "what-if", sponsor=[provider.pk, other.pk])

    assert found["cash_lost"] == "180000.00"
    assert found["concentrations_after"][0]["index"] is None


def test_what_is_not_assessed_yet_has_no_amounts(client, today):
    commitment = soon(today)

    found = get(client, "what-if", sponsor=commitment.sponsor_id)

    assert found["unassessed"] == 1
    assert found["commitments"][0]["cash_a_year"] is None
    assert found["runway"]["costs"] is None


@pytest.mark.parametrize(
    ("sponsors", "sentence"),
    [
        ([], "Say who leaves"),
        (["x"], "Write the number of a sponsor"),
        (["9" * 19], "Write the number of a sponsor"),
        (["999"], "There is no such sponsor"),
        (["1"] * 21, "At most 20"),
    ],
)
def test_who_leaves_must_be_said(client, sponsors, sentence):
    answer = client.get("/api/v1/what-if/", {"sponsor": sponsors})

    assert answer.status_code == 400
    assert sentence in answer.json()["errors"][0]["detail"]


def test_version_is_made_and_used(client):
    made = client.post(
        "/api/v1/scoring-policies/",
        {"name": "Ours", "reason": "We know.", "points": {"overdue": 1.1}, "top_from": "200000"},
        format="json",
    )
    assert made.status_code == 201, made.content
    assert made.json()["points"]["overdue"] == 1.1
    assert made.json()["top_from"] == "200000.0000"

    used = client.post(
        f"/api/v1/scoring-policies/{made.json()['id']}/use/", {"reason": "Agreed."}, format="json"
    )
    assert used.json()["is_current"] is True
    assert ScoringPolicy.objects.get(is_current=True).used_because == "Agreed."


def test_refusal_names_the_field(client):
    answer = client.post(
        "/api/v1/scoring-policies/",
        {"name": "Ours", "reason": "We know.", "points": {"weather": 1.1}},
        format="json",
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "points"
