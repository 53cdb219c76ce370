"""Reasons and facts as plain data, in which an assessment keeps them, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sponsors.renewals.rules.reasons import Evidence, Reason, RiskFacts
from sponsors.renewals.rules.scoring import Weighed

_DIGITS = 4
# Read one by one: `asdict` copies deeply, which costs more than the score itself.
_FACTS = tuple(field.name for field in fields(RiskFacts))


def kept_reasons(reasons: Iterable[Weighed]) -> list[dict[str, Any]]:
    return [
        {
            "reason": one.reason.value,
            "points": round(one.points, _DIGITS),
            "spread": round(one.spread, _DIGITS),
            "evidence": one.evidence.value,
            "known": one.is_known,
        }
        for one in reasons
    ]


def reasons_kept(data: Iterable[Mapping[str, Any]]) -> list[Weighed]:
    """Return the reasons of an assessment as they were weighed."""
    return [Weighed(Reason(one["reason"]), one["points"], one["spread"], one["known"]) for one in data]


def kept_facts(facts: RiskFacts) -> dict[str, Any]:
    """Return the facts; years to a hundredth."""
    data = {name: getattr(facts, name) for name in _FACTS}
    years = facts.tenure_years
    data["tenure_years"] = None if years is None else round(years, 2)
    data["level"] = None if facts.level is None else facts.level.name.lower()
    return data


EVIDENCE_LABELS: Mapping[Evidence, str] = {
    Evidence.HISTORIES: "Histories of sponsors",
    Evidence.EXPERT: "Expert prior, not validated",
    Evidence.LOGIC: "Logic: what was agreed",
}
