"""How often commitments of our own lapsed of late, each kind apart: where every score starts.

Counted are commitments whose ninety days after the end were over in the policy's months: by then it is known whether
something follows. Of what was known before each end, its points take into account what is sure in hindsight: first term,
tenure, return, level and whether it was in kind, amounts by today's rates. What else there was (silence, owners) is not
kept for days past, and is taken as if it had said nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import FIRM, State, add_months
from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.rules.base_rates import BaseRate, Outcome, base_rate
from sponsors.renewals.rules.policies import RiskPolicy
from sponsors.renewals.rules.reasons import RiskFacts
from sponsors.renewals.rules.support import FOLLOWS_WITHIN, SupportKind, level_of
from sponsors.renewals.selectors.keys import AnyOf
from sponsors.renewals.selectors.money import InOwnCurrency
from sponsors.renewals.selectors.policies import as_risk_policy
from sponsors.renewals.selectors.support import held, history_of, promised_a_year

BATCH = 5_000


def base_rates(policy: ScoringPolicy, own: InOwnCurrency, today: date) -> Mapping[SupportKind, BaseRate]:
    """Return the base of each kind. One query, and three for each five thousand outcomes."""
    risk_policy = as_risk_policy(policy)
    outcomes: dict[SupportKind, list[Outcome]] = defaultdict(list)
    for kind, outcome in _outcomes(policy, risk_policy, own, today):
        outcomes[kind].append(outcome)
    return {
        kind: base_rate(
            outcomes[kind],
            prior=risk_policy.prior(in_kind=kind is SupportKind.IN_KIND, monthly=kind is SupportKind.MONTHLY),
            weight=risk_policy.prior_weight,
        )
        for kind in SupportKind
    }


def _ended(policy: ScoringPolicy, today: date) -> "QuerySet[Commitment]":
    """Return which commitments ended so long ago that their outcome is known, and so late that they count."""
    last = today - FOLLOWS_WITHIN
    window = (add_months(last, -policy.window_months), last - timedelta(days=1))
    return Commitment.objects.filter(
        Q(state=State.TERMINATED, closed_on__range=window)
        | Q(state__in=FIRM - {State.TERMINATED}, ends_before__range=window)
    )


def _outcomes(
    policy: ScoringPolicy, risk_policy: RiskPolicy, own: InOwnCurrency, today: date
) -> Iterator[tuple[SupportKind, Outcome]]:
    keys = list(_ended(policy, today).order_by("sponsor", "pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        rows = held(Commitment.objects.filter(pk__in=AnyOf(keys[start : start + BATCH])))
        history = history_of({row.sponsor_id for row in rows})
        promised = promised_a_year(rows, own)
        for row in rows:
            standing, worth = history.standings[row.pk], promised[row.pk]
            facts = RiskFacts(
                in_kind=worth.cash == 0,
                level=level_of(
                    worth.level_worth,
                    entry_below=policy.entry_below,
                    gold_from=policy.gold_from,
                    top_from=policy.top_from,
                ),
                tenure_years=standing.tenure_years(row.before),
                first_term=standing.is_first,
                returned=standing.returned,
                lapsed_elsewhere=None,
                active_elsewhere=None,
            )
            yield (
                worth.kind,
                Outcome(risk_policy.points_of(facts), lapsed=row.pk not in history.followers),
            )
