from datetime import date, timedelta

import pytest

from foundation.api.tests.factories import api_client
from sponsors.commitments.models import Commitment
from sponsors.commitments.services import terminate
from sponsors.commitments.standing import Standing, of_standing, with_standing
from sponsors.commitments.tests.factories import (
    colleague,
    drafted_commitment,
    proposed_commitment,
    signed_commitment,
)
from sponsors.directory.models import Sponsor
from sponsors.directory.tests.factories import SponsorFactory

START, YEARS = date(2024, 1, 1), 2
LAST_DAY = date(2025, 12, 31)


def standing(sponsor, today):
    derived = vars(with_standing(Sponsor.objects.filter(pk=sponsor.pk), today).get())["standing"]
    found = [
        each for each in Standing if of_standing(Sponsor.objects.all(), each, today).filter(pk=sponsor.pk)
    ]
    assert found == [derived]
    return derived


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (START - timedelta(days=400), Standing.ACTIVE),
        (START, Standing.ACTIVE),
        (LAST_DAY, Standing.ACTIVE),
        (LAST_DAY + timedelta(days=1), Standing.LAPSED),
    ],
)
def test_a_sponsor_is_active_until_the_last_day_of_its_support_and_lapsed_after(db, today, expected):
    sponsor = SponsorFactory()
    signed_commitment(sponsor, starts_on=START, years=YEARS)
    assert standing(sponsor, today) == expected


def test_a_renewal_keeps_a_sponsor_active(db):
    sponsor = SponsorFactory()
    signed_commitment(sponsor, starts_on=START, years=1)
    signed_commitment(sponsor, starts_on=date(2025, 1, 1), years=1)
    assert standing(sponsor, LAST_DAY) == Standing.ACTIVE


def test_drafts_and_proposals_leave_a_prospect_a_prospect(db):
    sponsor = SponsorFactory()
    drafted_commitment(sponsor)
    proposed_commitment(sponsor)
    assert standing(sponsor, START) == Standing.PROSPECT


def test_a_sponsor_whose_only_commitment_was_terminated_is_lapsed(db):
    sponsor = SponsorFactory()
    commitment = signed_commitment(sponsor, starts_on=START, years=YEARS)
    day = date(2024, 6, 1)
    terminate(actor=colleague(), commitment=commitment, closed_on=day, today=day, reason="Sold.")
    assert standing(sponsor, day - timedelta(days=1)) == Standing.ACTIVE
    assert standing(sponsor, day) == Standing.LAPSED


def test_standing_costs_one_query_for_any_number_of_sponsors(db, django_assert_num_queries):
    for _ in range(3):
        signed_commitment(SponsorFactory())
    assert Commitment.objects.count() == 3
    with django_assert_num_queries(1):
        found = {vars(sponsor)["standing"] for sponsor in with_standing(Sponsor.objects.all(), START)}
    assert found == {"active"}


def test_the_api_shows_and_filters_by_standing(fundraiser):
    client = api_client(fundraiser)
    sponsor, prospect = SponsorFactory(), SponsorFactory()
    signed_commitment(sponsor, starts_on=date(2020, 1, 1), years=1)
    address = "/api/v1/sponsors/"
    assert client.get(f"{address}{sponsor.pk}/").json()["standing"] == "lapsed"
    for wanted, expected in (("lapsed", [sponsor.pk]), ("prospect", [prospect.pk]), ("active", [])):
        answer = client.get(address, {"standing": wanted}).json()
        assert [row["id"] for row in answer["results"]] == expected
