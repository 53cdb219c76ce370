"""Where a score starts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.renewals.rules.base_rates import Outcome, base_rate, log_odds, probability

OUTCOMES = st.lists(st.builds(Outcome, st.floats(-3, 3), st.booleans()), max_size=30)


def test_without_a_case_of_ones_own_the_prior_counts():
    base = base_rate([], prior=0.175, weight=40)
    assert probability(base.log_odds) == pytest.approx(0.175)
    assert (base.cases, base.lapses, base.own_rate) == (0, 0, pytest.approx(0.175))


@given(OUTCOMES, st.floats(0.01, 0.6))
def test_under_the_base_ones_own_commitments_lapse_as_often_as_they_did(own, prior):
    base = base_rate(own, prior=prior, weight=40)
    expected = sum(probability(base.log_odds + one.points) for one in own) + 40 * probability(base.log_odds)
    assert expected == pytest.approx(base.lapses + 40 * prior)


def test_ones_own_rate_is_shrunk_toward_the_prior():
    own = [Outcome(0.0, lapsed=True)] * 4 + [Outcome(0.0, lapsed=False)] * 6
    base = base_rate(own, prior=0.1, weight=10)
    # four lapses and a tenth of ten at the prior, of twenty cases
    assert base.own_rate == pytest.approx(0.25)
    assert probability(base.log_odds) == pytest.approx(0.25)


def test_who_the_sponsors_are_is_taken_out_of_the_base():
    loyal = base_rate([Outcome(-1.0, lapsed=False)] * 100, prior=0.1, weight=10)
    neutral = base_rate([Outcome(0.0, lapsed=False)] * 100, prior=0.1, weight=10)
    assert loyal.log_odds > neutral.log_odds


@given(OUTCOMES)
def test_more_cases_make_the_base_surer(own):
    one, more = (base_rate(cases, prior=0.2, weight=40) for cases in (own, own + own))
    assert (more.spread < one.spread) or not own


@given(st.floats(0.001, 0.999))
def test_log_odds_and_probability_undo_each_other(rate):
    assert probability(log_odds(rate)) == pytest.approx(rate)


@pytest.mark.parametrize(("odds", "expected"), [(800.0, 1.0), (-800.0, 0.0)])
def test_the_farthest_odds_have_a_probability(odds, expected):
    assert probability(odds) == expected
