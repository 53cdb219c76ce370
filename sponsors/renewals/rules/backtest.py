"""What a policy would have said in the past, each time knowing only what was known then."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sponsors.renewals.rules.base_rates import BaseRate, Outcome, base_rate
from sponsors.renewals.rules.histories import History
from sponsors.renewals.rules.judging import Forecast
from sponsors.renewals.rules.policies import RiskPolicy
from sponsors.renewals.rules.scoring import assess

_DAYS_OF_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class _Past:
    known_on: date
    outcome: Outcome


def forecasts(histories: Sequence[History], policy: RiskPolicy, *, since: date) -> list[Forecast]:
    """Score every row from a day on, on the outcomes of its source that were known on the day it is scored."""
    past: dict[str, list[_Past]] = defaultdict(list)
    for one in histories:
        past[one.source].append(_Past(one.known_on, Outcome(policy.points_of(one.facts), one.lapsed)))
    bases: dict[tuple[str, date, float], BaseRate] = {}
    found = []
    for one in histories:
        if one.scored_on < since:
            continue
        prior = policy.prior(in_kind=bool(one.facts.in_kind), monthly=one.monthly)
        key = (one.source, one.scored_on, prior)
        if key not in bases:
            bases[key] = base_rate(
                _known(past[one.source], one.scored_on, policy.window_months),
                prior=prior,
                weight=policy.prior_weight,
            )
        base = bases[key]
        risk = assess(one.facts, policy, base)
        found.append(Forecast(risk.probability, base.own_rate, one.lapsed, one.source))
    return found


def _known(past: Sequence[_Past], on: date, months: int) -> list[Outcome]:
    return [one.outcome for one in past if 0 <= (on - one.known_on).days <= months * _DAYS_OF_A_MONTH]


def split_day(histories: Sequence[History]) -> date:
    """Return the first of the first January by which half of the outcomes are known.

    What comes later judges what was made from what came before. Raises ValueError without a history.
    """
    if not histories:
        msg = "There are no labelled rows."
        raise ValueError(msg)
    known = sorted(one.known_on for one in histories)
    return date(known[(len(known) - 1) // 2].year + 1, 1, 1)
