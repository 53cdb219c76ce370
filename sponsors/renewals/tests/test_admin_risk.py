"""Renewal risk in the admin site: the list, the page of an assessment, what changed, and scoring policies."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse

from foundation.books.selectors import local_today
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.services import set_owner
from sponsors.commitments.tests.factories import colleague, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import Alternative
from sponsors.inkind.tests.factories import month_of_use, service, supplied
from sponsors.inkind.tests.valuing import card
from sponsors.renewals.models import Assessment, ScoringPolicy
from sponsors.renewals.rules.changes import Change
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.selectors.assessments import Changed
from sponsors.renewals.selectors.attention import risk_attention
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.services.scoring_policies import FIGURES
from sponsors.renewals.tests.factories import assessed, ending, known_sponsor

pytestmark = pytest.mark.django_db
LIST = "admin:sponsors_assessment_changelist"
CHANGES = "admin:sponsors_assessment_changes"


@pytest.fixture
def today():
    return local_today()


@pytest.fixture
def staff(signed_in, fundraiser):
    return signed_in(fundraiser)


def soon(today, sponsor=None, **more):
    """Return a commitment of a year that ends in a month or so."""
    starts = (today - timedelta(days=340)).replace(day=1)
    return ending(sponsor, starts_on=starts, **more)


def page(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(client, assessment):
    return page(client, "admin:sponsors_assessment_change", assessment.pk)


def test_list_opens_with_what_is_at_risk(staff, today):
    risky = soon(today, amount=54_321)
    later = signed_commitment(known_sponsor(), starts_on=today)
    assess_commitments(actor=None, today=today)

    shown = page(staff, LIST, standing="at_risk")
    assert risky.number in shown
    assert "54,321" in shown
    assert later.number not in shown
    assert later.number in page(staff, LIST)
    assert "Not at risk yet" in page(staff, LIST)


def test_list_narrows_to_what_asks_for_a_person(staff, today):
    known, unknown = soon(today), soon(today, SponsorFactory())
    assess_commitments(actor=None, today=today)

    shown = page(staff, LIST, standing="asks")

    assert unknown.number in shown
    assert known.number not in shown
    assert "asks for a person" in shown


def test_page_leads_from_the_base_through_the_reasons_to_the_probability(staff, today):
    (made,) = assessed(soon(today, SponsorFactory()), today=today)

    shown = page_of(staff, made)

    assert "Where it starts: 1" in shown
    assert "None of our own ended lately; the prior is 17%" in shown
    assert "This is the first term; first renewals fail most often." in shown
    assert "+0.51" in shown
    assert "Expert prior, not validated" in shown
    assert "Histories of sponsors" in shown
    assert "Nobody knows who speaks for the sponsor now. Find out." in shown
    assert "What to do next" in shown
    assert "Risk over time" not in shown


def test_page_of_an_earlier_day_says_so(staff, today):
    commitment = soon(today)
    (first,) = assessed(commitment, today=today - timedelta(days=8))
    (second,) = assessed(commitment, today=today)

    assert "It was assessed again since." in page_of(staff, first)
    shown = page_of(staff, second)
    assert "It was assessed again since." not in shown
    assert "Risk over time" in shown
    assert str(first.day) in shown


def test_page_tells_what_services_cost_elsewhere(staff, today):
    commitment = soon(today, amount=0, in_kind=1_000_000)
    supplied(service(), commitment.lines.get(), starts_on=date(2024, 1, 1))
    supplied(service("docs"), commitment.lines.get(), starts_on=date(2024, 1, 1))
    month_of_use(service(), (today.replace(day=1) - timedelta(days=1)).replace(day=1))
    Alternative.objects.create(service=service(), name="Elsewhere", card=card().card, months_to_move=7)
    cheap = card("cheap", "0.01").card
    Alternative.objects.create(service=service(), name="Cheaper", card=cheap, months_to_move=9)
    (made,) = assessed(commitment, today=today)

    shown = page_of(staff, made)

    assert "USD 1,209,000.00" in shown
    assert "USD 100,750.00" in shown
    assert "USD 10,750.00" in shown
    assert "by the use of 1 month" in shown
    assert "Nobody can say yet what Docs would cost elsewhere." in shown


def test_page_says_what_follows(staff, today):
    sponsor = known_sponsor()
    first = soon(today, sponsor)
    following = ending(sponsor, starts_on=first.ends_before, renewal_of=first)
    (made,) = assessed(first, today=today)

    assert f"{following.number} is firm and follows it" in page_of(staff, made)


def test_page_of_nothing_is_not_found(staff):
    for key in ("999", "x"):
        assert staff.get(reverse("admin:sponsors_assessment_change", args=[key])).status_code == 302


def test_commitment_shows_its_risk_to_those_who_may_see_it(staff, signed_in, today):
    commitment = soon(today)
    address = reverse("admin:sponsors_commitment_change", args=[commitment.pk])
    assert "Renewal risk</h2>" not in staff.get(address).content.decode()

    assessed(commitment, today=today)

    assert "Renewal risk</h2>" in staff.get(address).content.decode()


def test_export_holds_reasons_and_exposure(staff, today):
    commitment = soon(today)
    assessed(commitment, today=today)

    answer = staff.post(
        reverse("admin:sponsors_assessment_export"),
        {
            "columns": [
                "commitment",
                "probability",
                "reasons",
                "cash_a_year",
                "in_kind_a_year",
                "replacement_a_year",
                "policy",
            ],
            "file_format": "csv",
            "query": "",
        },
    )

    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert row["Commitment"] == commitment.number
    assert "first term" in row["Reasons"]
    assert row["Cash a year"] == "50000.00"
    assert row["Scoring policy"] == "v2 Fitted to histories"


def changed(today):
    """Return a commitment that has had no owner a week ago, and one whose risk is as it was."""
    commitment, same = soon(today), soon(today)
    assessed(commitment, same, today=today - timedelta(days=8))
    set_owner(actor=colleague(), commitment=commitment, owner=colleague(), backup=None)
    assessed(commitment, same, today=today)
    return commitment, same


def test_changes_tell_what_was_what_is_and_why(staff, today):
    commitment, same = changed(today)

    shown = page(staff, CHANGES)

    assert commitment.number in shown
    assert same.number not in shown
    assert "No longer: Nobody on our side owns it." in shown


def test_changes_tell_of_what_is_new_at_risk(staff, today):
    new = soon(today)
    assessed(new, today=today)

    shown = page(staff, CHANGES)

    assert new.number in shown
    assert "not assessed" in shown


def test_changes_are_a_file_too(staff, today):
    commitment, _same = changed(today)

    rows = list(csv.DictReader(io.StringIO(page(staff, CHANGES, format="csv"))))

    assert [row["commitment"] for row in rows] == [commitment.number]
    assert rows[0]["what changed"] == "No longer: Nobody on our side owns it."
    assert float(rows[0]["probability before"]) > float(rows[0]["probability"])


@pytest.mark.parametrize(
    ("before", "followed_by", "words"),
    [
        (None, None, "New."),
        (Band.NOT_YET, None, "Its end has come near enough to be at risk."),
        (Band.RAISED, None, "Our own rate, or the policy."),
        (Band.RAISED, "C-2027-0001", "C-2027-0001 follows it."),
    ],
)
def test_a_change_of_no_reason_says_what_is_behind_it(before, followed_by, words):
    now = Assessment(band=Band.LOW, facts={"followed_by": followed_by})
    earlier = None if before is None else Assessment(band=before)
    assert Changed(earlier, now, Change()).otherwise == words


def test_changes_since_no_day_are_asked_again(staff):
    assert "Enter a valid date" in page(staff, CHANGES, since="yesterday")


def test_nothing_changed_is_said(staff):
    assert "No risk is another than it was on that day." in page(staff, CHANGES)


def policy_form(**more):
    current = ScoringPolicy.objects.get(is_current=True)
    given = {name: getattr(current, name) for name in FIGURES}
    given |= {f"points_{reason}": worth for reason, worth in current.points.items()}
    return given | {"name": "Ours", "reason": "We know better."} | more


def test_new_version_begins_with_the_one_in_use(staff):
    shown = page(staff, "admin:sponsors_scoringpolicy_add")

    assert 'name="points_first_term"' in shown
    assert 'value="0.51"' in shown
    assert "Expert priors, not validated" in shown


def test_version_is_made_by_the_form_and_taken_into_use(staff):
    made = staff.post(reverse("admin:sponsors_scoringpolicy_add"), policy_form(points_overdue="1.2"))
    policy = ScoringPolicy.objects.get(number=3)
    assert made.url == reverse("admin:sponsors_scoringpolicy_change", args=[policy.pk])
    assert policy.points["overdue"] == 1.2

    staff.post(reverse("admin:sponsors_scoringpolicy_do", args=[policy.pk, "use"]), {"reason": "Agreed."})
    policy.refresh_from_db()
    assert policy.is_current
    shown = page(staff, "admin:sponsors_scoringpolicy_change", policy.pk)
    assert "Risk is scored by this version. Agreed." in shown
    assert "In use" in page(staff, "admin:sponsors_scoringpolicy_changelist")


def test_refusal_stands_on_the_form(staff):
    answer = staff.post(reverse("admin:sponsors_scoringpolicy_add"), policy_form(raised_from="0.3"))

    assert "The bands are not in their order." in answer.content.decode()
    assert ScoringPolicy.objects.count() == 2


def test_list_costs_the_same_queries_for_many(staff, today, django_assert_max_num_queries):
    for _ in range(4):
        soon(today)
    assess_commitments(actor=None, today=today)
    page(staff, LIST)

    with django_assert_max_num_queries(14):
        page(staff, LIST)
    assert Assessment.objects.count() == 4


def test_grants_officer_sees_no_risk(signed_in):
    client = signed_in(make_user("Gus", Role.GRANTS_OFFICER))

    for name in (LIST, CHANGES, "admin:sponsors_assessment_what_if"):
        assert client.get(reverse(name)).status_code == 403


def test_first_page_shows_what_is_most_at_stake_and_what_asks(fundraiser, today):
    small, large = (soon(today, amount=amount) for amount in (60_000, 80_000))
    unknown = soon(today, SponsorFactory(), currency="EUR")
    assess_commitments(actor=None, today=today)

    high, asks = risk_attention(fundraiser, today)

    assert [row.label.partition(",")[0] for row in high.rows] == [
        large.number,
        small.number,
        unknown.number,
    ]
    assert (asks.count, asks.rows[0].sponsor, asks.rows[0].amount) == (1, unknown.sponsor.name, 0)
    assert risk_attention(make_user("Gus", Role.GRANTS_OFFICER), today) == ()


def test_amount_that_nobody_can_convert_is_unknown(staff, today):
    (made,) = assessed(soon(today, currency="EUR"), today=today)

    assert "unknown" in page(staff, LIST)
    assert "unknown" in page_of(staff, made)
