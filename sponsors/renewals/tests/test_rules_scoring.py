"""The risk that a commitment lapses."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.renewals.rules.base_rates import BaseRate, base_rate, log_odds, probability
from sponsors.renewals.rules.policies import EXPERT_POINTS, HAZARD, SCORECARD, SHIPPED, Band
from sponsors.renewals.rules.reasons import SIGNS, SILENT_DAYS, Evidence, Level, Reason, RiskFacts
from sponsors.renewals.rules.scoring import assess

BASE = base_rate([], prior=0.2, weight=40)
SURE = BaseRate(log_odds(0.2), 0.0, 1000, 200, 0.2)
PLAIN = RiskFacts(in_kind=False, level=Level.MIDDLE, tenure_years=0.0, first_term=False, returned=False)
UNKNOWN = RiskFacts(
    in_kind=None,
    level=None,
    tenure_years=None,
    first_term=None,
    returned=None,
    lapsed_elsewhere=None,
    active_elsewhere=None,
    overdue=None,
    undelivered=None,
    contact_lost=None,
    silent_days=None,
    notice_given=None,
    use_falling=None,
    policy_changed=None,
)
MAYBE = st.none() | st.booleans()
FACTS = st.builds(
    RiskFacts,
    in_kind=MAYBE,
    level=st.none() | st.sampled_from(Level),
    tenure_years=st.none() | st.floats(0, 40),
    first_term=MAYBE,
    returned=MAYBE,
    lapsed_elsewhere=MAYBE,
    active_elsewhere=st.none() | st.integers(0, 10),
    overdue=MAYBE,
    undelivered=MAYBE,
    contact_lost=MAYBE,
    silent_days=st.none() | st.integers(0, 2000),
    notice_given=MAYBE,
    has_owner=st.booleans(),
    use_falling=MAYBE,
    policy_changed=MAYBE,
)
POLICIES = st.sampled_from(list(SHIPPED.values()))


def reasons(facts, policy=SCORECARD):
    return {one.reason: one for one in assess(facts, policy, SURE).reasons}


def test_where_nothing_speaks_the_base_stands():
    risk = assess(PLAIN, SCORECARD, SURE)
    assert (risk.reasons, risk.probability, risk.low, risk.high) == ((), *[pytest.approx(0.2)] * 3)
    assert not risk.asks_for_a_person


@pytest.mark.parametrize(
    ("facts", "reason", "points"),
    [
        ({"first_term": True}, Reason.FIRST_TERM, 0.45),
        ({"tenure_years": math.e - 1}, Reason.TENURE, -0.27),
        ({"level": Level.ENTRY}, Reason.ENTRY_LEVEL, 0.35),
        ({"level": Level.GOLD}, Reason.GOLD_LEVEL, -0.35),
        ({"level": Level.TOP}, Reason.TOP_LEVEL, -0.6),
        ({"level": Level.FREE}, Reason.NO_FEE, -2.1),
        ({"in_kind": True}, Reason.IN_KIND, -1.6),
        ({"returned": True}, Reason.RETURNED, 1.1),
        ({"lapsed_elsewhere": True}, Reason.LAPSED_ELSEWHERE, 0.5),
        ({"overdue": True}, Reason.OVERDUE, 0.6),
        ({"undelivered": True}, Reason.UNDELIVERED, 0.4),
        ({"contact_lost": True}, Reason.CONTACT_LOST, 0.8),
        ({"silent_days": SILENT_DAYS + 1}, Reason.SILENCE, 0.4),
        ({"notice_given": True}, Reason.NOTICE_GIVEN, 2.5),
        ({"has_owner": False}, Reason.NO_OWNER, 0.3),
        ({"use_falling": True}, Reason.USE_FALLING, 0.4),
        ({"policy_changed": True}, Reason.POLICY_CHANGED, 0.5),
    ],
)
def test_each_reason_of_the_scorecard_adds_its_points(facts, reason, points):
    risk = assess(replace(PLAIN, **facts), SCORECARD, SURE)
    (one,) = risk.reasons
    assert (one.reason, one.points) == (reason, pytest.approx(points))
    assert risk.probability == pytest.approx(probability(log_odds(0.2) + points))
    assert one.sentence == SIGNS[reason].sentence


def test_support_of_other_foundations_speaks_in_the_fitted_model_only():
    facts = replace(PLAIN, active_elsewhere=1)
    assert reasons(facts) == {}
    assert reasons(facts, HAZARD)[Reason.ACTIVE_ELSEWHERE].points == pytest.approx(-0.5 * math.log(2))


def test_a_gift_in_kind_without_a_fee_counts_as_in_kind_once():
    assert set(reasons(replace(PLAIN, in_kind=True, level=Level.FREE))) == {Reason.IN_KIND}


def test_half_a_year_of_silence_is_not_yet_silence():
    assert reasons(replace(PLAIN, silent_days=SILENT_DAYS)) == {}


def test_experts_together_add_no_more_than_the_cap():
    facts = replace(
        PLAIN,
        overdue=True,
        undelivered=True,
        contact_lost=True,
        silent_days=400,
        notice_given=True,
        has_owner=False,
        use_falling=True,
        policy_changed=True,
    )
    found = assess(facts, SCORECARD, SURE).reasons
    assert {one.reason for one in found} == set(EXPERT_POINTS)
    assert sum(one.points for one in found) == pytest.approx(SCORECARD.expert_cap)
    assert SCORECARD.points_of(facts) == pytest.approx(SCORECARD.expert_cap)


def test_what_experts_say_widens_the_range_by_half_of_it():
    risk = assess(replace(PLAIN, overdue=True), SCORECARD, SURE)
    assert risk.low == pytest.approx(probability(log_odds(0.2) + 0.3))
    assert risk.high == pytest.approx(probability(log_odds(0.2) + 0.9))


@given(FACTS, POLICIES)
def test_the_range_holds_the_probability(facts, policy):
    risk = assess(facts, policy, BASE)
    assert 0 < risk.low < risk.probability < risk.high < 1


@given(FACTS, POLICIES)
def test_not_knowing_never_lowers_the_risk_and_asks_for_a_person(facts, policy):
    """Beside a fact that does not speak for a lapse, not knowing it is never better."""
    risk = assess(replace(facts, returned=False), policy, BASE)
    without = assess(replace(facts, returned=None), policy, BASE)
    assert without.probability >= risk.probability
    assert without.high > risk.high
    assert without.asks_for_a_person


@pytest.mark.parametrize(
    "unknown",
    [
        replace(PLAIN, in_kind=None),
        replace(PLAIN, tenure_years=None),
        replace(PLAIN, level=None),
        replace(PLAIN, active_elsewhere=None),
    ],
)
def test_not_knowing_a_reason_for_trust_gives_none(unknown):
    for policy in SHIPPED.values():
        assert assess(unknown, policy, SURE).probability >= assess(PLAIN, policy, SURE).probability


def test_what_nobody_knows_is_asked_for():
    risk = assess(UNKNOWN, SCORECARD, BASE)
    assert risk.asks_for_a_person
    assert {one.reason for one in risk.reasons if not one.is_known} == set(SCORECARD.points) - {
        Reason.NO_OWNER
    }
    assert all(one.sentence.startswith("Nobody knows ") for one in risk.reasons)


@given(FACTS, POLICIES)
def test_reasons_stand_in_the_order_of_their_weight(facts, policy):
    weights = [abs(one.points) for one in assess(facts, policy, BASE).reasons]
    assert weights == sorted(weights, reverse=True)


@given(FACTS, POLICIES)
def test_base_and_reasons_add_up(facts, policy):
    risk = assess(facts, policy, BASE)
    assert log_odds(risk.probability) == pytest.approx(
        BASE.log_odds + sum(one.points for one in risk.reasons)
    )


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (0.0999, Band.LOW),
        (0.1, Band.RAISED),
        (0.2499, Band.RAISED),
        (0.25, Band.HIGH),
        (0.4999, Band.HIGH),
        (0.5, Band.CRITICAL),
    ],
)
def test_bands_begin_where_the_policy_says(probability, band):
    assert SCORECARD.band(probability) is band


@pytest.mark.parametrize(
    ("in_kind", "monthly", "prior"),
    [(False, False, 0.175), (True, False, 0.05), (False, True, 0.45), (True, True, 0.45)],
)
def test_the_prior_is_that_of_the_kind_of_support(in_kind, monthly, prior):
    assert SCORECARD.prior(in_kind=in_kind, monthly=monthly) == prior


def test_every_reason_has_evidence_and_experts_are_said_to_be_such():
    assert set(SIGNS) == set(Reason)
    assert {reason for reason in Reason if SIGNS[reason].evidence is Evidence.EXPERT} == set(EXPERT_POINTS)
