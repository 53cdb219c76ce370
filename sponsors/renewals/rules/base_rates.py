"""Where a score starts: how often commitments of one's own lapsed of late, held together by a prior."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Newton's method on log-odds, which are nearly a straight line of the base: it is there long before.
_STEPS = 8
# Of a normal distribution: four fifths lie this many deviations about the middle.
_FOUR_FIFTHS = 1.2816


def log_odds(rate: float) -> float:
    return math.log(rate / (1 - rate))


def probability(odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A commitment that ended: the points it had before, and whether it lapsed."""

    points: float
    lapsed: bool


@dataclass(frozen=True, slots=True)
class BaseRate:
    """The log-odds of a commitment about which nothing speaks for or against, and how surely they are known.

    `own_rate` is the share that lapsed of the `cases` counted, shrunk toward the prior; `spread` is half of the range in which
    the log-odds lie with four chances in five.
    """

    log_odds: float
    spread: float
    cases: int
    lapses: int
    own_rate: float


def base_rate(own: Sequence[Outcome], *, prior: float, weight: float) -> BaseRate:
    """Return the base under which one's own outcomes, with `weight` cases at the prior, lapse as often as they did.

    The points of those outcomes are taken out of it: a foundation of top-level sponsors that loses few of them has not
    for that a lower base, or its level would count twice.
    """
    lapses = sum(outcome.lapsed for outcome in own)
    wanted = lapses + weight * prior
    points = [outcome.points for outcome in own]
    shrunk = wanted / (len(own) + weight)
    base = log_odds(shrunk)
    for _ in range(_STEPS):
        chances = [probability(base + worth) for worth in points]
        neutral = probability(base)
        mean = (sum(chances) + weight * neutral) / (len(own) + weight)
        slope = sum(chance * (1 - chance) for chance in chances) + weight * neutral * (1 - neutral)
        steepness = slope / (len(own) + weight) / (mean * (1 - mean))
        base += (log_odds(shrunk) - log_odds(mean)) / steepness
    deviation = 1 / math.sqrt((len(own) + weight) * shrunk * (1 - shrunk))
    return BaseRate(base, _FOUR_FIFTHS * deviation, len(own), lapses, shrunk)
