"""What makes a lapse more or less likely: the facts that are looked at, and how strongly each speaks.

Pure Python. A fact that nobody knows is None, never a guess.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

SILENT_DAYS = 180
# A tenure beyond this says no more than this; what an unknown one may be, at the most.
_LONG_TENURE = 10.0


class Evidence(StrEnum):
    """What stands behind the points of a reason."""

    HISTORIES = "histories"  # counted in the histories of sponsors
    EXPERT = "expert"  # what people who do this work say; not validated
    LOGIC = "logic"  # follows from what was agreed


class Level(IntEnum):
    """Where a sponsor stands among those of a foundation."""

    FREE = 0
    ENTRY = 1
    MIDDLE = 2
    GOLD = 3
    TOP = 4


class Reason(StrEnum):
    FIRST_TERM = "first_term"
    TENURE = "tenure"
    ENTRY_LEVEL = "entry_level"
    GOLD_LEVEL = "gold_level"
    TOP_LEVEL = "top_level"
    NO_FEE = "no_fee"
    IN_KIND = "in_kind"
    RETURNED = "returned"
    LAPSED_ELSEWHERE = "lapsed_elsewhere"
    ACTIVE_ELSEWHERE = "active_elsewhere"
    OVERDUE = "overdue"
    UNDELIVERED = "undelivered"
    CONTACT_LOST = "contact_lost"
    SILENCE = "silence"
    NOTICE_GIVEN = "notice_given"
    NO_OWNER = "no_owner"
    USE_FALLING = "use_falling"
    POLICY_CHANGED = "policy_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """What is known of a commitment on the day it is assessed; None: nobody knows."""

    in_kind: bool | None
    level: Level | None
    tenure_years: float | None
    first_term: bool | None
    returned: bool | None
    lapsed_elsewhere: bool | None = False
    active_elsewhere: int | None = 0  # in how many other foundations
    overdue: bool | None = False
    undelivered: bool | None = False
    contact_lost: bool | None = False
    silent_days: int | None = 0
    notice_given: bool | None = False
    has_owner: bool = True
    use_falling: bool | None = False
    policy_changed: bool | None = False


def _yes(known: bool | None, /) -> float | None:  # noqa: FBT001  # an answer, not a switch
    return None if known is None else float(known)


def _stands_at(level: Level) -> Callable[[RiskFacts], float | None]:
    return lambda facts: None if facts.level is None else float(facts.level is level)


def _log_years(facts: RiskFacts) -> float | None:
    return None if facts.tenure_years is None else math.log(facts.tenure_years + 1)


def _log_elsewhere(facts: RiskFacts) -> float | None:
    return None if facts.active_elsewhere is None else math.log(facts.active_elsewhere + 1)


def _no_fee(facts: RiskFacts) -> float | None:
    """Whether it costs nothing at all; that a gift in kind costs no fee goes without saying."""
    if facts.level is None or facts.in_kind is None:
        return None
    return float(facts.level is Level.FREE and not facts.in_kind)


def _silence(facts: RiskFacts) -> float | None:
    return None if facts.silent_days is None else float(facts.silent_days > SILENT_DAYS)


@dataclass(frozen=True, slots=True)
class Sign:
    """How a reason is read off the facts.

    `strength` is what the points of the reason are multiplied by: 1 or 0 where it holds or not, a logarithm where it
    grows; None where it is not known. `most` is what it may be at the most.
    """

    evidence: Evidence
    sentence: str
    strength: Callable[[RiskFacts], float | None]
    asks: str  # what a person should find out when it is not known
    most: float = 1.0
    raising: str = ""  # said instead where it raises the risk, against what the sentence lets people expect


_HISTORIES, _EXPERT = Evidence.HISTORIES, Evidence.EXPERT

SIGNS: Mapping[Reason, Sign] = MappingProxyType(
    {
        Reason.FIRST_TERM: Sign(
            _HISTORIES,
            "This is the first term; first renewals fail most often.",
            lambda facts: _yes(facts.first_term),
            "since when the sponsor has supported us",
        ),
        Reason.TENURE: Sign(
            _HISTORIES,
            "They have supported us for some time.",
            _log_years,
            "since when the sponsor has supported us",
            most=math.log(_LONG_TENURE + 1),
            raising="They have supported us for some time; in the histories, long support ends a little more often.",
        ),
        Reason.ENTRY_LEVEL: Sign(
            _HISTORIES, "It is of the lowest level.", _stands_at(Level.ENTRY), "the level of the commitment"
        ),
        Reason.GOLD_LEVEL: Sign(
            _HISTORIES,
            "It is of the second highest level.",
            _stands_at(Level.GOLD),
            "the level of the commitment",
        ),
        Reason.TOP_LEVEL: Sign(
            _HISTORIES, "It is of the highest level.", _stands_at(Level.TOP), "the level of the commitment"
        ),
        Reason.NO_FEE: Sign(
            _HISTORIES, "It costs the sponsor no fee.", _no_fee, "the level of the commitment"
        ),
        Reason.IN_KIND: Sign(
            _HISTORIES,
            "It is in kind; such support is rarely withdrawn.",
            lambda facts: _yes(facts.in_kind),
            "whether the support is in kind",
        ),
        Reason.RETURNED: Sign(
            _HISTORIES,
            "The sponsor left once and came back.",
            lambda facts: _yes(facts.returned),
            "whether there was a gap in the support",
        ),
        Reason.LAPSED_ELSEWHERE: Sign(
            _HISTORIES,
            "The sponsor ended its support of another foundation.",
            lambda facts: _yes(facts.lapsed_elsewhere),
            "whether the sponsor left another foundation",
        ),
        Reason.ACTIVE_ELSEWHERE: Sign(
            _HISTORIES,
            "The sponsor supports other foundations as well.",
            _log_elsewhere,
            "which other foundations the sponsor supports",
            most=math.log(4),
        ),
        Reason.OVERDUE: Sign(
            _EXPERT,
            "A payment is overdue.",
            lambda facts: _yes(facts.overdue),
            "whether a payment is overdue",
        ),
        Reason.UNDELIVERED: Sign(
            _EXPERT,
            "A benefit that was promised has not been delivered.",
            lambda facts: _yes(facts.undelivered),
            "whether every benefit was delivered",
        ),
        Reason.CONTACT_LOST: Sign(
            _EXPERT,
            "The main contact has left, or mail to it comes back.",
            lambda facts: _yes(facts.contact_lost),
            "who speaks for the sponsor now",
        ),
        Reason.SILENCE: Sign(
            _EXPERT,
            f"Nobody has spoken with the sponsor for more than {SILENT_DAYS} days.",
            _silence,
            "when somebody last spoke with the sponsor",
        ),
        Reason.NOTICE_GIVEN: Sign(
            _EXPERT,
            "Notice was given that it will not be renewed.",
            lambda facts: _yes(facts.notice_given),
            "whether notice was given",
        ),
        Reason.NO_OWNER: Sign(
            _EXPERT,
            "Nobody on our side owns it.",
            lambda facts: float(not facts.has_owner),
            "who owns the commitment",
        ),
        Reason.USE_FALLING: Sign(
            _EXPERT,
            "We use less and less of the gift.",
            lambda facts: _yes(facts.use_falling),
            "how much of the gift is used",
        ),
        Reason.POLICY_CHANGED: Sign(
            _EXPERT,
            "The sponsor changed its policy or prices.",
            lambda facts: _yes(facts.policy_changed),
            "whether the sponsor's policy changed",
        ),
    }
)
assert set(SIGNS) == set(Reason)
