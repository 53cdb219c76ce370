"""How versions of the scoring policy are made and taken into use."""

from decimal import Decimal

import pytest

from foundation.errors import RuleViolation
from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.rules.policies import HAZARD, SCORECARD
from sponsors.renewals.selectors.policies import as_risk_policy, current_scoring_policy
from sponsors.renewals.services.scoring_policies import make_policy, use_policy
from sponsors.renewals.tests.factories import TODAY, assessed, ending

pytestmark = pytest.mark.django_db


def made(fundraiser, **more):
    usual = {"name": "Ours", "reason": "Payments tell us more.", "points": {"overdue": 1.0}}
    given = usual | {key: more.pop(key) for key in usual if key in more}
    return make_policy(actor=fundraiser, figures=more, **given)


def refused(fundraiser, code, field, **more):
    with pytest.raises(RuleViolation) as caught:
        made(fundraiser, **more)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert ScoringPolicy.objects.count() == 2
    return caught.value.message


@pytest.mark.parametrize(("number", "shipped"), [(1, SCORECARD), (2, HAZARD)])
def test_shipped_versions_are_those_that_were_judged(number, shipped):
    row = ScoringPolicy.objects.get(number=number)

    assert as_risk_policy(row) == shipped
    assert row.is_current is (number == 2)


def test_new_version_is_as_the_one_in_use_but_for_what_is_given(fundraiser):
    policy = made(fundraiser, raised_from=0.12, top_from=Decimal(200_000))
    current = current_scoring_policy()

    assert (policy.number, policy.made_by, policy.is_current) == (3, fundraiser, False)
    assert policy.points == current.points | {"overdue": 1.0}
    assert (policy.raised_from, policy.high_from) == (0.12, current.high_from)
    assert policy.top_from == 200_000
    assert str(policy) == "v3 Ours"


def test_zero_takes_a_reason_out_and_points_bring_one_in(fundraiser):
    policy = made(fundraiser, points={"overdue": 0, "no_fee": -1.0})

    assert "overdue" not in policy.points
    assert policy.points["no_fee"] == -1.0


@pytest.mark.parametrize(
    ("code", "field", "more"),
    [
        ("unknown_reason", "points", {"points": {"weather": 1.0}}),
        ("points_out_of_range", "points", {"points": {"overdue": -0.1}}),
        ("points_out_of_range", "points", {"points": {"overdue": 3.1}}),
        ("points_out_of_range", "points", {"points": {"tenure": 3.1}}),
        ("points_out_of_range", "points", {"points": {"tenure": float("nan")}}),
        ("bands_out_of_order", "raised_from", {"raised_from": 0.3}),
        ("levels_out_of_order", "entry_below", {"entry_below": Decimal(100_000)}),
        ("figure_out_of_range", "cash_prior", {"cash_prior": 1.0}),
        ("figure_out_of_range", "expert_cap", {"expert_cap": float("inf")}),
        ("figure_out_of_range", "horizon_days", {"horizon_days": 29}),
        ("unknown_figure", "color", {"color": 1}),
        ("required", "reason", {"reason": " "}),
        ("required", "name", {"name": ""}),
        ("too_long", "name", {"name": "x" * 61}),
        ("nothing_changed", "points", {"points": {}}),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(fundraiser, code, field, more):
    assert refused(fundraiser, code, field, **more).endswith(".")


def test_version_is_used_from_the_next_assessment_on(fundraiser):
    commitment = ending()
    (before,) = assessed(commitment)
    policy = made(fundraiser)
    assert assessed(commitment)[0].policy == before.policy

    used = use_policy(actor=fundraiser, policy=policy, reason="Agreed on Monday.")

    assert (used.is_current, used.used_because) == (True, "Agreed on Monday.")
    assert current_scoring_policy() == policy
    (after,) = assessed(commitment, today=TODAY)
    assert after.policy == policy
    assert after.probability > before.probability


def test_version_in_use_cannot_be_taken_into_use(fundraiser):
    with pytest.raises(RuleViolation) as caught:
        use_policy(actor=fundraiser, policy=current_scoring_policy(), reason="Again.")

    assert caught.value.code == "not_allowed_now"


def test_history_tells_who_took_it_into_use_and_why(fundraiser):
    policy = made(fundraiser)
    use_policy(actor=fundraiser, policy=policy, reason="Agreed on Monday.")

    event = policy.events.order_by("-pgh_id").first()
    assert event.used_because == "Agreed on Monday."
    assert event.pgh_context["actor"] == fundraiser.pk
    assert event.pgh_context["action"] == "scoring_policy.use"
