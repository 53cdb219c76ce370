"""Points fitted to histories: logistic regression of lapse in a period on the reasons (a discrete hazard).

Each row is one sponsor in one period, so that tenure says how the hazard goes on. Every source has a base of its own, which
is let go afterwards: whoever uses the points starts from their own rate. Recent rows count more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sponsors.renewals.rules.base_rates import log_odds, probability
from sponsors.renewals.rules.histories import History
from sponsors.renewals.rules.reasons import SIGNS, Evidence, Reason

_DAYS_OF_A_YEAR = 365.25
# The pull makes the hill round: from any start, so many steps are more than enough.
_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How points are fitted: a row counts half as much `half_life_years` earlier; `pull` is the weight of the prior.

    Each reason is pulled toward no points, each base toward `prior`, as if by so many observations.
    """

    half_life_years: float = 6.0
    pull: float = 10.0
    prior: float = 0.175


FITTED = tuple(reason for reason in Reason if SIGNS[reason].evidence is Evidence.HISTORIES)


def fit_points(histories: Sequence[History], *, on: date, how: Fit = Fit()) -> Mapping[Reason, float]:
    """Return the points of each reason of evidence from histories. Raises ValueError without a history.

    What is not known of a row counts as not so.
    """
    if not histories:
        msg = "There are no histories to fit points to."
        raise ValueError(msg)
    bases = {source: len(FITTED) + at for at, source in enumerate(sorted({one.source for one in histories}))}
    rows = [_row(history, bases[history.source]) for history in histories]
    weights = [
        0.5 ** ((on - one.scored_on).days / _DAYS_OF_A_YEAR / how.half_life_years) for one in histories
    ]
    start = [0.0] * len(FITTED) + [log_odds(how.prior)] * len(bases)
    found = _climb(rows, [one.lapsed for one in histories], weights, start, how.pull)
    return dict(zip(FITTED, found, strict=False))


# Only what is not nothing: the place of each and its strength.
_Row = tuple[tuple[int, float], ...]


def _row(history: History, base: int) -> _Row:
    strengths = ((at, SIGNS[reason].strength(history.facts)) for at, reason in enumerate(FITTED))
    return (*((at, strength) for at, strength in strengths if strength), (base, 1.0))


def _climb(
    rows: Sequence[_Row],
    lapsed: Sequence[bool],
    weights: Sequence[float],
    start: Sequence[float],
    pull: float,
) -> list[float]:
    """Return the most likely coefficients under a pull toward the start, by Newton's method."""
    size = len(start)
    at = list(start)
    for _ in range(_STEPS):
        slope = [pull * (begun - now) for begun, now in zip(start, at, strict=True)]
        bend = [[pull if one == other else 0.0 for other in range(size)] for one in range(size)]
        for row, happened, weight in zip(rows, lapsed, weights, strict=True):
            said = probability(sum(at[place] * strength for place, strength in row))
            off, steep = weight * (happened - said), weight * said * (1 - said)
            for place, strength in row:
                slope[place] += off * strength
                across = bend[place]
                for other, its in row:
                    across[other] += steep * strength * its
        at = [now + step for now, step in zip(at, _solved(bend, slope), strict=True)]
    return at


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return what solves a symmetric, positive system (Cholesky)."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = rest**0.5 if i == j else rest / lower[j][j]
    half = [0.0] * size
    for i in range(size):
        half[i] = (right[i] - sum(lower[i][k] * half[k] for k in range(i))) / lower[i][i]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (half[i] - sum(lower[k][i] * found[k] for k in range(i + 1, size))) / lower[i][i]
    return found
