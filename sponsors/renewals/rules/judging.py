"""How good probabilities of lapse were, once it is known what happened.

A probability is judged by what it said before, on rows that no part of the model was made from. Sources: Brier (1950) for
the score and its skill; Cox (1958) for slope and intercept of calibration, fitted by logistic regression on the log-odds;
the expected calibration error is that of Naeini et al. (2015), over tenths of equal count, so that no bin is judged by a handful of
forecasts; the area under the curve is the chance that a lapse was given a higher probability than a renewal, ties
counting half.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from sponsors.renewals.rules.base_rates import log_odds, probability

BINS = 10
_STEPS = 25
_CLOSEST = 1e-6


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was said of a commitment, what happened, and its group, within which it is compared as well.

    `own_rate` is what one who only knew the group's own rate of late would have said.
    """

    probability: float
    own_rate: float
    lapsed: bool
    group: Hashable


@dataclass(frozen=True, slots=True)
class Bin:
    """Some of the forecasts, from the lowest on: how many, what was said on average, and what share lapsed."""

    count: int
    said: float
    lapsed: float


@dataclass(frozen=True, slots=True)
class Judgment:
    """What came of the forecasts; None where there were no lapses, or nothing but lapses, to tell apart."""

    count: int
    lapses: int
    said: float
    auc: float | None
    auc_within: float | None
    brier: float
    skill_against_constant: float | None
    skill_against_own_rate: float | None
    calibration_error: float
    slope: float | None
    intercept: float | None
    top_decile_lift: float | None
    tenths: tuple[Bin, ...]

    @property
    def lapse_rate(self) -> float:
        return self.lapses / self.count


def judge(forecasts: Sequence[Forecast]) -> Judgment:
    """Judge forecasts. Raises ValueError when there are none."""
    if not forecasts:
        msg = "There are no forecasts to judge."
        raise ValueError(msg)
    count = len(forecasts)
    lapses = sum(forecast.lapsed for forecast in forecasts)
    brier = _brier((one.probability, one.lapsed) for one in forecasts)
    tenths = _tenths(forecasts)
    fitted = _calibration(forecasts) if 0 < lapses < count else None
    return Judgment(
        count=count,
        lapses=lapses,
        said=sum(one.probability for one in forecasts) / count,
        auc=auc(forecasts),
        auc_within=_auc_within(forecasts),
        brier=brier,
        skill_against_constant=_skill(brier, _brier((lapses / count, one.lapsed) for one in forecasts)),
        skill_against_own_rate=_skill(brier, _brier((one.own_rate, one.lapsed) for one in forecasts)),
        calibration_error=sum(part.count * abs(part.said - part.lapsed) for part in tenths) / count,
        slope=fitted and fitted[1],
        intercept=fitted and fitted[0],
        top_decile_lift=tenths[-1].lapsed / (lapses / count) if lapses else None,
        tenths=tenths,
    )


def auc(forecasts: Sequence[Forecast]) -> float | None:
    """Return the area under the curve; None when all came to the same."""
    pairs, won = _pairs(forecasts)
    return won / pairs if pairs else None


def _auc_within(forecasts: Sequence[Forecast]) -> float | None:
    """Return the area under the curve of pairs of one group, all groups together."""
    groups: dict[Hashable, list[Forecast]] = defaultdict(list)
    for forecast in forecasts:
        groups[forecast.group].append(forecast)
    counted = [_pairs(group) for group in groups.values()]
    pairs = sum(pairs for pairs, _won in counted)
    return sum(won for _pairs, won in counted) / pairs if pairs else None


def _pairs(forecasts: Sequence[Forecast]) -> tuple[int, float]:
    """Return how many pairs of a lapse and a renewal there are, and in how many the lapse was said to be likelier."""
    said: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for one in forecasts:
        said[one.probability][one.lapsed] += 1
    won, renewed_before, lapses = 0.0, 0, 0
    for value in sorted(said):
        renewed, lapsed = said[value]
        won += lapsed * (renewed_before + renewed / 2)
        renewed_before += renewed
        lapses += lapsed
    return renewed_before * lapses, won


def _brier(said: Iterable[tuple[float, bool]]) -> float:
    squares = [(probability - lapsed) ** 2 for probability, lapsed in said]
    return sum(squares) / len(squares)


def _skill(brier: float, reference: float) -> float | None:
    return 1 - brier / reference if reference else None


def _tenths(forecasts: Sequence[Forecast]) -> tuple[Bin, ...]:
    """Return tenths of as many forecasts each as can be, or fewer where there are fewer than ten forecasts.

    Where equal probabilities fall into two tenths, each gets as many of their lapses as of them, so that the order of the rows
    says nothing.
    """
    outcomes: dict[float, list[bool]] = defaultdict(list)
    for one in forecasts:
        outcomes[one.probability].append(one.lapsed)
    ordered = [
        (said, sum(lapsed) / len(lapsed))
        for said, lapsed in sorted(outcomes.items())
        for _ in range(len(lapsed))
    ]
    count = len(ordered)
    number = min(BINS, count)
    parts = (ordered[at * count // number : (at + 1) * count // number] for at in range(number))
    return tuple(
        Bin(len(part), sum(said for said, _ in part) / len(part), sum(share for _, share in part) / len(part))
        for part in parts
    )


def _calibration(forecasts: Sequence[Forecast]) -> tuple[float, float] | None:
    """Return intercept and slope of what happened on the log-odds of what was said; None when that has no answer."""
    odds = [log_odds(min(max(one.probability, _CLOSEST), 1 - _CLOSEST)) for one in forecasts]
    lapsed = [one.lapsed for one in forecasts]
    intercept, slope, moved = 0.0, 1.0, 0.0
    for _ in range(_STEPS):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for at, happened in zip(odds, lapsed, strict=True):
            fitted = probability(intercept + slope * at)
            weight, residue = fitted * (1 - fitted), happened - fitted
            g0, g1 = g0 + residue, g1 + residue * at
            h00, h01, h11 = h00 + weight, h01 + weight * at, h11 + weight * at * at
        determinant = h00 * h11 - h01 * h01
        if not determinant > _CLOSEST * h00 * h00:
            return None
        by0, by1 = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        intercept, slope, moved = intercept + by0, slope + by1, math.hypot(by0, by1)
    return (intercept, slope) if moved < _CLOSEST else None
