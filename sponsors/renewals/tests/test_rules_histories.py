"""Histories read, fitted and forecast: never with what was not known."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest

from sponsors.renewals.rules.backtest import forecasts, split_day
from sponsors.renewals.rules.base_rates import Outcome, base_rate, probability
from sponsors.renewals.rules.fitting import Fit, fit_points
from sponsors.renewals.rules.histories import COLUMNS, History, HistoryError, read_histories
from sponsors.renewals.rules.policies import HAZARD, SCORECARD
from sponsors.renewals.rules.reasons import Level, Reason, RiskFacts

ROW = {
    "source": "ours",
    "sponsor_key": "a1",
    "level_rank": "2",
    "in_kind": "no",
    "scored_on": "2022-10-02",
    "tenure_years": "2.75",
    "tenure_known": "1",
    "prior_spells": "0",
    "active_elsewhere": "3",
    "lapsed_elsewhere": "0",
    "renewed": "yes",
}


def read(*rows, names=COLUMNS):
    return read_histories(
        [",".join(names), *(",".join({**ROW, **row}.get(name, "") for name in names) for row in rows)]
    )


def test_a_row_is_read():
    (history,) = read({})
    assert (history.source, history.scored_on, history.lapsed, history.monthly) == (
        "ours",
        date(2022, 10, 2),
        False,
        False,
    )
    assert history.facts == RiskFacts(
        in_kind=False,
        level=Level.MIDDLE,
        tenure_years=2.75,
        first_term=False,
        returned=False,
        active_elsewhere=3,
    )


def test_what_the_file_does_not_know_stays_unknown():
    (history,) = read({"in_kind": "unknown", "tenure_years": "0.75", "tenure_known": "0"})
    assert (history.facts.in_kind, history.facts.first_term) == (None, None)


def test_a_first_term_is_one_whose_beginning_was_seen():
    (history,) = read({"tenure_years": "0.75"})
    assert history.facts.first_term is True


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ({"period_end": "2022-12-31"}, date(2022, 12, 31)),
        ({"period_end": ""}, date(2023, 10, 2)),
        ({"scored_on": "2020-02-29"}, date(2021, 2, 28)),
    ],
)
def test_an_outcome_is_known_at_the_end_of_its_period_or_a_year_later(row, known):
    (history,) = read(row, names=(*COLUMNS, "period_end"))
    assert history.known_on == known


def test_months_are_told_by_the_billing():
    (history,) = read({"billing": "monthly/annual"}, names=(*COLUMNS, "billing"))
    assert history.monthly


def test_censored_rows_are_left_out_and_the_others_come_in_order():
    found = read({"renewed": "censored"}, {}, {"scored_on": "2021-10-02", "renewed": "no"})
    assert [(history.scored_on.year, history.lapsed) for history in found] == [(2021, True), (2022, False)]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"level_rank": "5"}, "Line 2: level_rank is “5”. Write a rank from 0 (free) to 4 (top)."),
        ({"level_rank": "gold"}, "Line 2: level_rank is “gold”. Write a rank"),
        ({"in_kind": "maybe"}, "Line 2: in_kind is “maybe”. Write yes, no or unknown."),
        ({"renewed": ""}, "Line 2: renewed is “”. Write yes, no or censored."),
        ({"scored_on": "2.10.2022"}, "Line 2: scored_on is “2.10.2022”. Write a day such as 2023-12-01."),
        ({"tenure_years": "-1"}, "Line 2: tenure_years is “-1”. Write a number of years"),
        ({"tenure_years": "inf"}, "Line 2: tenure_years is “inf”."),
        ({"prior_spells": "-1"}, "Line 2: prior_spells is “-1”. Write a whole number from 0 on."),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_fix(row, sentence):
    with pytest.raises(HistoryError) as raised:
        read(row)
    assert sentence in str(raised.value)


def test_a_renewal_that_nobody_knows_is_no_label():
    with pytest.raises(HistoryError, match="Write yes, no or censored"):
        read({"renewed": "unknown"})


def test_a_missing_column_is_named():
    with pytest.raises(HistoryError, match="Line 1 does not name in_kind, renewed"):
        read({}, names=[name for name in COLUMNS if name not in {"in_kind", "renewed"}])


def history(year, *, lapsed, source="ours", **facts):
    given = {
        "in_kind": False,
        "level": Level.MIDDLE,
        "tenure_years": 0.0,
        "first_term": False,
        "returned": False,
    }
    day = date(year, 6, 1)
    return History(source, day, day + timedelta(days=90), False, RiskFacts(**given | facts), lapsed)


def test_a_forecast_knows_only_what_was_known_then():
    past = [history(2021, lapsed=True)] * 10
    later = [history(2022, lapsed=False)]
    not_yet = [replace(history(2022, lapsed=True), known_on=date(2022, 6, 2))] * 50
    elsewhere = [history(2021, lapsed=False, source="theirs")] * 50
    (one,) = [
        found
        for found in forecasts([*elsewhere, *past, *later, *not_yet], SCORECARD, since=date(2022, 1, 1))
        if not found.lapsed
    ]
    base = base_rate([Outcome(0.0, lapsed=True)] * 10, prior=0.175, weight=SCORECARD.prior_weight)
    assert one.probability == pytest.approx(probability(base.log_odds))
    assert one.own_rate == pytest.approx((10 + 40 * 0.175) / 50)


def test_outcomes_older_than_the_window_are_forgotten():
    told = [history(2019, lapsed=True)] * 10 + [history(2022, lapsed=False)]
    (one,) = forecasts(told, SCORECARD, since=date(2022, 1, 1))
    assert one.own_rate == pytest.approx(0.175)


def test_the_split_is_the_january_by_which_half_is_known():
    told = [history(2020, lapsed=False)] * 3 + [history(2021, lapsed=False)] * 2
    assert split_day(told) == date(2021, 1, 1)
    assert split_day(told + told[-2:]) == date(2022, 1, 1)
    with pytest.raises(ValueError, match="no labelled rows"):
        split_day([])


def odds_apart(share, other):
    return math.log(share / (1 - share)) - math.log(other / (1 - other))


def test_points_are_the_log_odds_between_those_with_and_without_a_reason():
    told = [history(2021, lapsed=at < 300, returned=True) for at in range(1000)]
    told += [history(2021, lapsed=at < 100) for at in range(1000)]
    points = fit_points(told, on=date(2021, 6, 1), how=Fit(pull=1e-6))
    assert points[Reason.RETURNED] == pytest.approx(odds_apart(0.3, 0.1), abs=1e-4)
    assert points[Reason.TOP_LEVEL] == pytest.approx(0, abs=1e-9)


def test_a_source_that_loses_more_does_not_make_its_reasons_worse():
    told = [history(2021, lapsed=at < 50, source="a", returned=True) for at in range(100)]
    told += [history(2021, lapsed=at < 50, source="a") for at in range(100)]
    told += [history(2021, lapsed=at < 10, source="b") for at in range(100)]
    points = fit_points(told, on=date(2021, 6, 1), how=Fit(pull=1e-6))
    assert points[Reason.RETURNED] == pytest.approx(0, abs=1e-4)


def test_what_happened_of_late_counts_more():
    old = [history(2011, lapsed=at < 50, returned=True) for at in range(100)] + [
        history(2011, lapsed=at < 10) for at in range(100)
    ]
    late = [history(2021, lapsed=at < 10, returned=bool(at % 2)) for at in range(200)]
    short, long = (
        fit_points(old + late, on=date(2021, 6, 1), how=Fit(half_life_years=years))[Reason.RETURNED]
        for years in (1, 100)
    )
    assert short < long


def test_few_cases_are_pulled_toward_no_points():
    told = [history(2021, lapsed=at < 3, returned=at < 3) for at in range(10)]
    assert 0 < fit_points(told, on=date(2021, 6, 1))[Reason.RETURNED] < 1


def test_nothing_cannot_be_fitted():
    with pytest.raises(ValueError, match="no histories"):
        fit_points([], on=date(2021, 1, 1))


def test_the_fitted_points_are_those_of_reasons_from_histories():
    assert set(fit_points([history(2021, lapsed=True)], on=date(2022, 1, 1))) < set(HAZARD.points)
