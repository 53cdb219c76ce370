"""Versions of how risk is scored: made from the one in use, with a reason, and never changed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.models.policies import MOST_RUNG_DAYS
from sponsors.renewals.rules.reasons import SIGNS, Evidence, Reason
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.services.texts import required_text

# Beside the lock of assessments; see storage.py.
_POLICIES = (72_617_003, 2)
# A reason of so many log-odds turns one in twenty into one in two.
MOST_POINTS = 3.0
MOST_CAP = 5.0
_RATES = ("cash_prior", "in_kind_prior", "monthly_prior", "raised_from", "high_from", "critical_from")
_AMOUNTS = ("entry_below", "gold_from", "top_from", "high_exposure_from")
_SHORTEST_WINDOW, _LONGEST_WINDOW = 6, 60
_SHORTEST_HORIZON = 30
_LEAST, _MOST = 0.001, 0.999
FIGURES = (*_RATES, "prior_weight", "window_months", "expert_cap", "horizon_days", *_AMOUNTS)


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: float
    most: float
    fix: str


_BOUNDS: Mapping[str, _Bounds] = {
    **dict.fromkeys(_RATES, _Bounds(_LEAST, _MOST, f"Choose a share from {_LEAST} to {_MOST}.")),
    "prior_weight": _Bounds(1, 10_000, "Choose from 1 to 10,000 commitments."),
    "window_months": _Bounds(_SHORTEST_WINDOW, _LONGEST_WINDOW, "Choose from 6 to 60 months."),
    "expert_cap": _Bounds(0, MOST_CAP, f"Choose from 0 to {MOST_CAP:g}."),
    "horizon_days": _Bounds(
        _SHORTEST_HORIZON, MOST_RUNG_DAYS, f"Choose from {_SHORTEST_HORIZON} to {MOST_RUNG_DAYS:,} days."
    ),
    **dict.fromkeys(_AMOUNTS, _Bounds(0, 10**12, "Choose an amount from 0 on.")),
}


@action("scoring_policy.make")
def make_policy(
    *,
    actor: User,
    name: str,
    reason: str,
    points: Mapping[str, float] | None = None,
    figures: Mapping[str, Any] | None = None,
) -> ScoringPolicy:
    """Write the next version: as the one in use, with what is given in the place of its own.

    It is used once `use_policy` says so. `points` are log-odds by reason, of which 0 takes one out; `figures` are by
    the names in `FIGURES`. Raises RenewalError naming the field.
    """
    _hold_policies()
    current = ScoringPolicy.objects.get(is_current=True)
    name = required_text(name, "name", "name", longest=60)
    reason = required_text(reason, "reason", "reason", longest=300)
    values = {field: getattr(current, field) for field in FIGURES} | _checked(figures or {})
    _check_order(values)
    weighed = _points(current, points or {}, cap=values["expert_cap"])
    if weighed == current.points and all(values[field] == getattr(current, field) for field in FIGURES):
        msg = f"Nothing is different from {current}. Change a figure, or go on with that version."
        raise RenewalError(msg, code="nothing_changed", field="points")
    last: int = ScoringPolicy.objects.aggregate(last=Max("number"))["last"]
    policy = ScoringPolicy.objects.create(
        number=last + 1, name=name, points=weighed, reason=reason, made_by=actor, **values
    )
    policy.refresh_from_db()
    return policy


@action("scoring_policy.use")
def use_policy(*, actor: User, policy: ScoringPolicy, reason: str) -> ScoringPolicy:
    """Score by the version from the next assessment on. What was assessed keeps the version it names.

    Raises NotAllowedNow when it is in use already.
    """
    reason = required_text(reason, "reason", "reason", longest=300)
    _hold_policies()
    chosen = ScoringPolicy.objects.select_for_update().get(pk=policy.pk)
    if chosen.is_current:
        msg = f"{chosen} is in use already. Choose another version."
        raise NotAllowedNow(msg, field="policy")
    before = ScoringPolicy.objects.select_for_update().get(is_current=True)
    before.is_current = False
    before.save(update_fields=["is_current"])
    chosen.is_current, chosen.used_because = True, reason
    chosen.save(update_fields=["is_current", "used_because"])
    chosen.refresh_from_db()
    return chosen


def _hold_policies() -> None:
    """Wait for whoever makes or chooses a version now: which is in use, and which number is next, depends on other rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _POLICIES)


def _checked(figures: Mapping[str, Any]) -> dict[str, Any]:
    for field, value in figures.items():
        bounds = _BOUNDS.get(field)
        label = field.replace("_", " ")
        if bounds is None:
            msg = f"A scoring policy has no “{label}”. Leave it out."
            raise RenewalError(msg, code="unknown_figure", field=field)
        if not math.isfinite(value) or not bounds.least <= value <= bounds.most:
            msg = f"“{label.capitalize()}” cannot be {value}. {bounds.fix}"
            raise RenewalError(msg, code="figure_out_of_range", field=field)
    return {field: Decimal(value) if field in _AMOUNTS else value for field, value in figures.items()}


def _check_order(values: Mapping[str, Any]) -> None:
    if not values["raised_from"] < values["high_from"] < values["critical_from"]:
        msg = (
            "The bands are not in their order. Let “raised” begin below “high”, and “high” below “critical”."
        )
        raise RenewalError(msg, code="bands_out_of_order", field="raised_from")
    if not values["entry_below"] <= values["gold_from"] <= values["top_from"]:
        msg = (
            "The levels are not in their order. Let the lowest end below where the second highest begins, and that below "
            "the highest."
        )
        raise RenewalError(msg, code="levels_out_of_order", field="entry_below")


def _points(current: ScoringPolicy, given: Mapping[str, float], *, cap: float) -> dict[str, float]:
    """Return the points of every reason in the order of the reasons; what weighs nothing is left out."""
    unknown = sorted(set(given) - set(Reason))
    if unknown:
        msg = f"“{unknown[0]}” is no reason that Bursar knows. Choose from {', '.join(Reason)}."
        raise RenewalError(msg, code="unknown_reason", field="points")
    for reason, points in given.items():
        _check_points(Reason(reason), points, cap)
    merged = {**current.points, **given}
    return {reason.value: float(merged[reason]) for reason in Reason if merged.get(reason)}


def _check_points(reason: Reason, points: float, cap: float) -> None:
    label = reason.value.replace("_", " ")
    if not math.isfinite(points):
        msg = f"The points of “{label}” are no number. Correct them."
        raise RenewalError(msg, code="points_out_of_range", field="points")
    if SIGNS[reason].evidence is Evidence.EXPERT and not 0 <= points <= cap:
        msg = (
            f"“{label.capitalize()}” is an expert's word that nobody has validated: its points are from 0 to the cap of "
            f"{cap:g}. Correct them."
        )
        raise RenewalError(msg, code="points_out_of_range", field="points")
    if abs(points) > MOST_POINTS:
        msg = f"The points of “{label}” are from -{MOST_POINTS:g} to {MOST_POINTS:g}. Correct them."
        raise RenewalError(msg, code="points_out_of_range", field="points")
