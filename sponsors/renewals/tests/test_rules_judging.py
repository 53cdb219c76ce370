"""How good probabilities were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.renewals.rules.base_rates import probability
from sponsors.renewals.rules.judging import Forecast, auc, judge


def said(*pairs, own=0.5, group="a"):
    return [Forecast(chance, own, bool(lapsed), group) for chance, lapsed in pairs]


FORECASTS = st.lists(
    st.builds(
        Forecast,
        st.sampled_from([0.05, 0.1, 0.2, 0.4, 0.6, 0.9]),
        st.floats(0.05, 0.9),
        st.booleans(),
        st.sampled_from("ab"),
    ),
    min_size=1,
    max_size=40,
)


def test_three_forecasts_by_hand():
    # (0.1² + 0.6² + 0.2²) / 3; against 1/3 for all: (1/9 + 4/9 + 1/9) / 3; against a half: 1/4
    judgment = judge(said((0.1, 0), (0.4, 1), (0.2, 0)))
    assert judgment.brier == pytest.approx(0.41 / 3)
    assert judgment.skill_against_constant == pytest.approx(1 - 0.41 / 3 / (2 / 9))
    assert judgment.skill_against_own_rate == pytest.approx(1 - 0.41 / 3 / 0.25)
    assert (judgment.count, judgment.lapses, judgment.auc) == (3, 1, 1.0)
    assert judgment.lapse_rate == pytest.approx(1 / 3)
    assert judgment.calibration_error == pytest.approx((0.1 + 0.6 + 0.2) / 3)


def test_a_tie_is_half_a_win():
    assert auc(said((0.3, 0), (0.3, 1), (0.1, 0), (0.1, 1))) == pytest.approx(0.5)


@given(FORECASTS)
def test_auc_is_the_share_of_pairs_that_stand_in_order(forecasts):
    pairs = [
        (one.probability > other.probability) + (one.probability == other.probability) / 2
        for one in forecasts
        if one.lapsed
        for other in forecasts
        if not other.lapsed
    ]
    found = auc(forecasts)
    assert found == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


def test_within_a_group_only_its_own_are_compared():
    forecasts = said((0.9, 1), (0.8, 0), group="a") + said((0.2, 0), (0.1, 1), group="b")
    judgment = judge(forecasts)
    assert judgment.auc_within == pytest.approx(0.5)
    assert judgment.auc == pytest.approx(2 / 4)


@given(FORECASTS)
def test_tenths_hold_every_forecast_once(forecasts):
    judgment = judge(forecasts)
    assert sum(part.count for part in judgment.tenths) == len(forecasts)
    assert sum(part.count * part.lapsed for part in judgment.tenths) == pytest.approx(judgment.lapses)
    assert sum(part.count * part.said for part in judgment.tenths) == pytest.approx(
        judgment.said * len(forecasts)
    )


def test_forecasts_that_come_true_as_often_as_said_have_slope_one():
    forecasts = said(*[(0.2, at < 20) for at in range(100)], *[(0.6, at < 60) for at in range(100)])
    judgment = judge(forecasts)
    assert (judgment.slope, judgment.intercept) == (pytest.approx(1), pytest.approx(0, abs=1e-9))
    assert judgment.calibration_error == pytest.approx(0, abs=1e-9)


def test_forecasts_twice_as_bold_as_they_may_be_have_slope_one_half():
    # 1,000 of each: the true log-odds are half of what was said
    pairs = []
    for odds in (-2.0, 2.0):
        true = round(1000 * probability(odds / 2))
        pairs += [(probability(odds), at < true) for at in range(1000)]
    judgment = judge(said(*pairs))
    assert judgment.slope == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(
    "pairs",
    [
        [(0.2, 0), (0.3, 0)],
        [(0.2, 1), (0.3, 1)],
    ],
)
def test_where_all_came_to_the_same_there_is_nothing_to_tell_apart(pairs):
    judgment = judge(said(*pairs))
    assert (judgment.auc, judgment.auc_within, judgment.slope, judgment.intercept) == (None,) * 4
    assert judgment.skill_against_constant is None
    assert (judgment.top_decile_lift is None) == (judgment.lapses == 0)


def test_one_probability_for_all_has_no_slope():
    assert judge(said((0.2, 0), (0.2, 1))).slope is None


def test_what_stands_apart_without_a_doubt_has_no_slope():
    assert judge(said((0.2, 0), (0.3, 0), (0.7, 1), (0.8, 1))).slope is None


def test_the_lift_is_how_much_oftener_the_highest_tenth_lapsed():
    # ten of a hundred lapse, five of them in the highest tenth
    forecasts = said(*[(0.9, at < 5) for at in range(10)], *[(0.1, at < 5) for at in range(90)])
    assert judge(forecasts).top_decile_lift == pytest.approx(5)


def test_nothing_cannot_be_judged():
    with pytest.raises(ValueError, match="no forecasts"):
        judge([])
