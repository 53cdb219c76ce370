"""Two machines that assess the same commitments at the same moment, and two people who choose a policy."""

from datetime import timedelta

import pytest

from sponsors.commitments.tests.factories import colleague
from sponsors.directory.tests.races import at_once
from sponsors.renewals.models import Assessment, ScoringPolicy
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.services.scoring_policies import make_policy, use_policy
from sponsors.renewals.tests.factories import TODAY, ending

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_runs_at_once_leave_one_assessment_a_day_and_one_latest():
    commitments = [ending() for _ in range(3)]
    yesterday = TODAY - timedelta(days=1)
    done = at_once(
        *[lambda: assess_commitments(actor=None, today=TODAY)] * 2,
        lambda: assess_commitments(actor=None, today=yesterday),
    )
    assert [run.assessed for run in done] == [3, 3, 3]
    assert Assessment.objects.count() == 6
    latest = Assessment.objects.latest_of_each()
    assert {one.commitment_id for one in latest} == {one.pk for one in commitments}
    assert {one.day for one in latest} == {TODAY}


def test_two_people_who_make_and_choose_versions_at_once_leave_one_in_use():
    who = colleague()

    def made(points):
        policy = make_policy(actor=who, name="Ours", reason="Better.", points={"overdue": points})
        return use_policy(actor=who, policy=policy, reason="Agreed.")

    at_once(lambda: made(1.0), lambda: made(1.1))
    assert sorted(ScoringPolicy.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert ScoringPolicy.objects.filter(is_current=True).count() == 1
