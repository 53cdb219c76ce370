"""The risk that a commitment lapses, with everything it was made of."""

import math
from dataclasses import dataclass

from sponsors.renewals.rules.base_rates import BaseRate, probability
from sponsors.renewals.rules.policies import Band, RiskPolicy
from sponsors.renewals.rules.reasons import SIGNS, Evidence, Reason, RiskFacts

# What nobody has validated is believed by half, either way.
_DOUBT_OF_EXPERTS = 0.5


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reason that speaks, with its points after the cap and how far they may be off."""

    reason: Reason
    points: float
    spread: float = 0.0
    is_known: bool = True

    @property
    def evidence(self) -> Evidence:
        return SIGNS[self.reason].evidence

    @property
    def sentence(self) -> str:
        sign = SIGNS[self.reason]
        if not self.is_known:
            return f"Nobody knows {sign.asks}. Find out."
        return sign.raising if sign.raising and self.points > 0 else sign.sentence


@dataclass(frozen=True, slots=True)
class Risk:
    """Base, reasons in the order of their weight, and the probability of lapse they come to, with its range."""

    base: BaseRate
    reasons: tuple[Weighed, ...]
    probability: float
    low: float
    high: float
    band: Band

    @property
    def asks_for_a_person(self) -> bool:
        return not all(weighed.is_known for weighed in self.reasons)


def assess(facts: RiskFacts, policy: RiskPolicy, base: BaseRate) -> Risk:
    """Score what is known. What is not known never lowers the risk: it adds half of what it may add, and widens the range."""
    weighed = [
        _weigh(reason, points, SIGNS[reason].strength(facts)) for reason, points in policy.points.items()
    ]
    reasons = _capped([one for one in weighed if one.points or one.spread], policy.expert_cap)
    odds = base.log_odds + sum(one.points for one in reasons)
    spread = math.hypot(base.spread, *(one.spread for one in reasons))
    found = probability(odds)
    return Risk(
        base,
        tuple(sorted(reasons, key=lambda one: (-abs(one.points), one.reason))),
        found,
        probability(odds - spread),
        probability(odds + spread),
        policy.band(found),
    )


def _weigh(reason: Reason, points: float, strength: float | None) -> Weighed:
    sign = SIGNS[reason]
    if strength is None:
        return Weighed(reason, max(0.0, points * sign.most / 2), abs(points) * sign.most / 2, is_known=False)
    doubt = _DOUBT_OF_EXPERTS if sign.evidence is Evidence.EXPERT else 0.0
    return Weighed(reason, points * strength, abs(points) * strength * doubt)


def _capped(reasons: list[Weighed], cap: float) -> list[Weighed]:
    """Return the reasons with those of experts scaled down so that together they add at most the cap."""
    total = sum(one.points for one in reasons if one.evidence is Evidence.EXPERT)
    if total <= cap:
        return reasons
    share = cap / total
    return [
        Weighed(one.reason, one.points * share, one.spread * share, one.is_known)
        if one.evidence is Evidence.EXPERT
        else one
        for one in reasons
    ]
