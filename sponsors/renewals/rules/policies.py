"""The policies by which risk is scored: points by reason, priors, caps and bands. Shipped ones; staff add others."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

from sponsors.renewals.rules.reasons import SIGNS, Evidence, Reason, RiskFacts


class Band(TextChoices):
    """How much attention a risk deserves."""

    NOT_YET = "not_yet", "Not at risk yet"  # years still to run: the notice window has not opened
    LOW = "low", "Low"
    RAISED = "raised", "Raised"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPolicy:
    """How risk is scored. Points are log-odds of lapse; rates are shares of commitments that lapse at their end.

    The foundation's own rate of the last `window_months` counts as much as it has cases; beside it the prior counts
    as `prior_weight` cases. What experts' reasons add together is at most `expert_cap`.
    """

    name: str
    points: Mapping[Reason, float]  # of evidence from histories, and of experts
    cash_prior: float = 0.175
    in_kind_prior: float = 0.05
    monthly_prior: float = 0.45
    prior_weight: float = 40
    window_months: int = 12
    expert_cap: float = 3.0
    raised_from: float = 0.1
    high_from: float = 0.25
    critical_from: float = 0.5

    def prior(self, *, in_kind: bool, monthly: bool = False) -> float:
        if monthly:
            return self.monthly_prior
        return self.in_kind_prior if in_kind else self.cash_prior

    def band(self, probability: float) -> Band:
        if probability >= self.critical_from:
            return Band.CRITICAL
        if probability >= self.high_from:
            return Band.HIGH
        return Band.RAISED if probability >= self.raised_from else Band.LOW

    def points_of(self, facts: RiskFacts) -> float:
        """Return the points of what is known, with those of experts capped; what is not known adds nothing."""
        known = {
            reason: points * strength
            for reason, points in self.points.items()
            if (strength := SIGNS[reason].strength(facts)) is not None
        }
        expert = sum(worth for reason, worth in known.items() if SIGNS[reason].evidence is Evidence.EXPERT)
        return sum(known.values()) - expert + min(expert, self.expert_cap)


# What people who keep sponsors for a living watch. Nobody has published data by which to check them: each is a guess
# at its size, shown as such, and staff set their own. Fitted only once there are about a hundred lapses of one's own.
EXPERT_POINTS: Mapping[Reason, float] = {
    Reason.OVERDUE: 0.6,
    Reason.UNDELIVERED: 0.4,
    Reason.CONTACT_LOST: 0.8,
    Reason.SILENCE: 0.4,
    Reason.NOTICE_GIVEN: 2.5,
    Reason.NO_OWNER: 0.3,
    Reason.USE_FALLING: 0.4,
    Reason.POLICY_CHANGED: 0.5,
}

SCORECARD = RiskPolicy(
    name="Scorecard",
    points={
        Reason.FIRST_TERM: 0.45,
        Reason.TENURE: -0.27,
        Reason.ENTRY_LEVEL: 0.35,
        Reason.GOLD_LEVEL: -0.35,
        Reason.TOP_LEVEL: -0.6,
        Reason.NO_FEE: -2.1,
        Reason.IN_KIND: -1.6,
        Reason.RETURNED: 1.1,
        Reason.LAPSED_ELSEWHERE: 0.5,
        **EXPERT_POINTS,
    },
)

# Fitted by `manage.py backtest_renewals FILE --train FILE --from 2022-01-01` to what was known before that day of the
# histories of fourteen foundations: rounded, and without what came later, by which it is judged. Its account is in
# docs/renewal-risk.md.
HAZARD = RiskPolicy(
    name="Fitted to histories",
    points={
        Reason.FIRST_TERM: 0.51,
        Reason.TENURE: 0.13,
        Reason.ENTRY_LEVEL: 0.13,
        Reason.GOLD_LEVEL: -0.27,
        Reason.TOP_LEVEL: -0.58,
        Reason.NO_FEE: -0.71,
        Reason.IN_KIND: -0.25,
        Reason.RETURNED: 0.03,
        Reason.LAPSED_ELSEWHERE: 0.41,
        Reason.ACTIVE_ELSEWHERE: -0.5,
        **EXPERT_POINTS,
    },
)
SHIPPED = {"v1": SCORECARD, "v2": HAZARD}
DEFAULT = "v2"
