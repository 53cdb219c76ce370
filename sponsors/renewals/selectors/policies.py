"""The scoring policy in use, as the rules take it."""

from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.rules.policies import RiskPolicy
from sponsors.renewals.rules.reasons import Reason


def current_scoring_policy() -> ScoringPolicy:
    """Return the policy in use. One came with Bursar, and there is always one. One query."""
    return ScoringPolicy.objects.get(is_current=True)


def as_risk_policy(policy: ScoringPolicy) -> RiskPolicy:
    return RiskPolicy(
        name=policy.name,
        points={Reason(reason): points for reason, points in policy.points.items()},
        cash_prior=policy.cash_prior,
        in_kind_prior=policy.in_kind_prior,
        monthly_prior=policy.monthly_prior,
        prior_weight=policy.prior_weight,
        window_months=policy.window_months,
        expert_cap=policy.expert_cap,
        raised_from=policy.raised_from,
        high_from=policy.high_from,
        critical_from=policy.critical_from,
    )
