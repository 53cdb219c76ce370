"""Assesses commitments: how likely each is to lapse and what that would cost, kept with all it was made of."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.renewals.models import Assessment
from sponsors.renewals.rules.base_rates import BaseRate
from sponsors.renewals.rules.kept import kept_facts, kept_reasons
from sponsors.renewals.rules.policies import Band, RiskPolicy
from sponsors.renewals.rules.scoring import assess
from sponsors.renewals.rules.support import FOLLOWS_WITHIN, SupportKind
from sponsors.renewals.selectors.base_rates import base_rates
from sponsors.renewals.selectors.exposure import Exposure, exposures
from sponsors.renewals.selectors.facts import Background, Known, background, known_of
from sponsors.renewals.selectors.policies import as_risk_policy, current_scoring_policy
from sponsors.renewals.selectors.replacement import Elsewhere, replacements
from sponsors.renewals.storage import keep_assessments

BATCH = 5_000
# What nobody touches and is not at risk yet is looked at so often, as its use and what it costs elsewhere go on.
LOOKED_AT_AGAIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a run did: how many commitments it assessed, in how many batches, by which version of the policy."""

    assessed: int
    batches: int
    policy: int


@dataclass(frozen=True, slots=True)
class _Measure:
    """By what every commitment of one run is assessed."""

    back: Background
    policy: RiskPolicy
    bases: Mapping[SupportKind, BaseRate]
    options: Mapping[int, Sequence[Elsewhere]]


def assess_commitments(
    *, actor: User | None, today: date, commitments: Iterable[Commitment] | None = None
) -> Assessed:
    """Keep an assessment of today of each commitment that is due for one, or of those that are given.

    Due are signed ones whose notice window is open by the policy's horizon, those that ended in the last ninety days,
    and those that changed since their last assessment, have none, or had it a month ago. A second run on the same day puts its findings in
    the place of the first's. Each batch is a transaction of its own, so that a run that is stopped keeps what it did.
    """
    policy = current_scoring_policy()
    if commitments is None:
        keys = list(_due(policy.horizon_days, today).order_by("sponsor", "pk").values_list("pk", flat=True))
    else:
        keys = sorted({commitment.pk for commitment in commitments})
    if not keys:
        return Assessed(0, 0, policy.number)
    back = background(policy, today)
    measure = _Measure(
        back,
        as_risk_policy(policy),
        base_rates(policy, back.own, today),
        replacements(None, back.own, today, use=back.use),
    )
    written = batches = 0
    for start in range(0, len(keys), BATCH):
        written += _assess_batch(actor=actor, keys=keys[start : start + BATCH], measure=measure)
        batches += 1
    return Assessed(written, batches, policy.number)


def _due(horizon_days: int, today: date) -> "QuerySet[Commitment]":
    latest = Assessment.objects.latest_of_each().filter(commitment=OuterRef("pk"))
    up_to_date = latest.filter(updated_at__gte=OuterRef("updated_at"), day__gt=today - LOOKED_AT_AGAIN)
    is_open = Q(last_notice_on__lte=today + timedelta(days=horizon_days))
    recent = today - FOLLOWS_WITHIN
    return Commitment.objects.with_notice_on().filter(
        Q(state=State.SIGNED, ends_before__gt=today) & (is_open | ~Exists(up_to_date))
        | Q(state__in=[State.SIGNED, State.ENDED], ends_before__gt=recent, ends_before__lte=today)
        | Q(state=State.TERMINATED, closed_on__gt=recent, closed_on__lte=today)
    )


@action("assessment.make")
def _assess_batch(*, actor: User | None, keys: Collection[int], measure: _Measure) -> int:
    known = known_of(list(keys), measure.back)
    exposed = exposures(known, measure.options, measure.back.own, measure.back.today)
    return keep_assessments(_row(one, exposed[one.commitment.pk], measure) for one in known)


def _row(known: Known, exposure: Exposure, measure: _Measure) -> tuple[Any, ...]:
    """Return the columns of an assessment; what a firm commitment follows cannot lapse."""
    base = measure.bases[known.promised.kind]
    risk = assess(known.facts, measure.policy, base)
    followed = known.follower is not None
    band = Band.LOW if followed else Band.NOT_YET if known.at_risk_from else risk.band
    probability, low, high = (0.0, 0.0, 0.0) if followed else (risk.probability, risk.low, risk.high)
    return (
        known.commitment.pk,
        measure.back.today,
        measure.back.policy.pk,
        known.commitment.ends_before,
        None if followed else known.at_risk_from,
        probability,
        low,
        high,
        band.value,
        base.own_rate,
        base.cases,
        base.lapses,
        json.dumps([] if followed else kept_reasons(risk.reasons)),
        json.dumps(_inputs(known, exposure)),
        not followed and risk.asks_for_a_person,
        measure.back.own.currency,
        exposure.cash,
        exposure.in_kind,
        exposure.replacement,
    )


def _inputs(known: Known, exposure: Exposure) -> dict[str, Any]:
    """Return what was known on the day, so that the assessment can be judged later."""
    return kept_facts(known.facts) | {
        "kind": known.promised.kind.value,
        "followed_by": known.follower.number if known.follower else None,
        "in_kind_is_approved": exposure.is_approved,
        "use_of_ceiling": None if known.use_share is None else round(float(known.use_share), 4),
        "elsewhere": [
            {
                "service": one.service,
                "alternative": one.alternative,
                "card": one.card,
                "a_year": str(one.a_year),
                "months": one.months,
                "months_to_move": one.months_to_move,
            }
            for one in exposure.elsewhere
        ],
        "services_without_price": list(exposure.unpriced),
    }
