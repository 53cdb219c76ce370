"""What pages and the API tell of an assessment: from where it starts, what speaks, what is lost, and how it went before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models.functions import TruncWeek

from sponsors.commitments.models import Commitment
from sponsors.inkind.models import Service
from sponsors.renewals.models import Assessment
from sponsors.renewals.rules.base_rates import log_odds, probability
from sponsors.renewals.rules.changes import Change, change
from sponsors.renewals.rules.kept import reasons_kept
from sponsors.renewals.rules.ladder import Anchor
from sponsors.renewals.rules.next_actions import next_actions
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.scoring import Weighed
from sponsors.renewals.rules.support import FOLLOWS_WITHIN

WEEK = timedelta(days=7)
# From so much on a probability has changed: less is the noise of one payment somewhere else.
_NOTABLE = 0.02
MOST_CHANGES = 200
_WEEKS_DRAWN = 160
_TWELVE = 12


@dataclass(frozen=True, slots=True)
class Replacement:
    """An alternative by a rate card, with all services that it could carry: what a year costs there, as it was assessed.

    `months` are the fewest of which the use of one of them is known, `months_to_move` the most that a move of one takes.
    """

    services: Sequence[str]
    alternative: str
    card: str
    a_year: Decimal
    months: int
    months_to_move: int

    @property
    def a_month(self) -> Decimal:
        return self.a_year / _TWELVE


@dataclass(frozen=True, slots=True)
class Told:
    """An assessment as a page tells it.

    `neutral` is the probability of a commitment about which nothing speaks, from which the points lead to the one that was
    found; None where a firm commitment follows and nothing was weighed.
    """

    assessment: Assessment
    neutral: float | None
    reasons: Sequence[Weighed]
    replacements: Sequence[Replacement]
    unpriced: Sequence[str]
    actions: Sequence[str]
    followed_by: str


def told(assessment: Assessment, today: date) -> Told:
    """Return what there is to tell. One query."""
    facts = assessment.facts
    reasons = reasons_kept(assessment.reasons)
    services: set[int] = {one["service"] for one in facts["elsewhere"]} | set(facts["services_without_price"])
    names: Mapping[int, str] = dict(Service.objects.filter(pk__in=services).values_list("pk", "name"))
    followed_by = facts["followed_by"] or ""
    actions: tuple[str, ...] = ()
    if not followed_by:
        actions = next_actions(
            [(one.reason, one.points, one.is_known) for one in reasons],
            anchor=Anchor.END,
            days=(today - assessment.ends_before + timedelta(days=1)).days,
        )
    return Told(
        assessment,
        None if followed_by else neutral(assessment, reasons),
        reasons,
        _replacements(facts["elsewhere"], names),
        sorted(names[key] for key in facts["services_without_price"]),
        actions,
        followed_by,
    )


def _replacements(options: Iterable[Mapping[str, Any]], names: Mapping[int, str]) -> list[Replacement]:
    """Return the alternatives, the dearest first."""
    by_card: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in options:
        by_card[one["alternative"], one["card"]].append(one)
    found = [
        Replacement(
            sorted(names[one["service"]] for one in some),
            alternative,
            card,
            sum((Decimal(one["a_year"]) for one in some), start=Decimal(0)),
            min(one["months"] for one in some),
            max(one["months_to_move"] for one in some),
        )
        for (alternative, card), some in by_card.items()
    ]
    return sorted(found, key=lambda one: -one.a_year)


def neutral(assessment: Assessment, reasons: Sequence[Weighed]) -> float:
    """Return where the score starts: the probability without any of its reasons."""
    return probability(log_odds(assessment.probability) - sum(one.points for one in reasons))


def score_history(commitment: int) -> list[Assessment]:
    """Return the last assessment of each week, the oldest first; of the last three years at most. One query."""
    rows = (
        Assessment.objects.filter(commitment=commitment)
        .annotate(week=TruncWeek("day"))
        .order_by("-week", "-day")
        .distinct("week")
        .defer("facts", "reasons")
    )
    return list(rows[:_WEEKS_DRAWN])[::-1]


@dataclass(frozen=True, slots=True)
class Changed:
    """A commitment whose risk is another than a week ago; None as `before`: it was not assessed then."""

    before: Assessment | None
    now: Assessment
    change: Change

    @property
    def otherwise(self) -> str:
        """Return what is behind the change where no reason is another."""
        followed_by = self.now.facts["followed_by"]
        if followed_by:
            return f"{followed_by} follows it."
        if self.before is None:
            return "New."
        if self.before.band == Band.NOT_YET:
            return "Its end has come near enough to be at risk."
        return "Our own rate, or the policy."


# The last of each commitment against the last of a week ago or before; what was never assessed before counts as new.
_CHANGES = """
    SELECT latest.id, earlier.id
    FROM sponsors_assessment AS latest
    LEFT JOIN LATERAL (
        SELECT id, probability, band FROM sponsors_assessment AS one
        WHERE one.commitment_id = latest.commitment_id AND one.day <= %(since)s
        ORDER BY one.day DESC LIMIT 1
    ) AS earlier ON true
    WHERE latest.is_latest AND latest.day > %(since)s AND latest.ends_before > %(recent)s
      AND (earlier.id IS NULL AND latest.band <> 'not_yet'
           OR latest.band <> earlier.band
           OR abs(latest.probability - earlier.probability) >= %(notable)s)
    ORDER BY abs(latest.probability - coalesce(earlier.probability, 0)) DESC, latest.id
    LIMIT %(most)s
"""


def changed_since(since: date, today: date, *, most: int = MOST_CHANGES) -> list[Changed]:
    """Return what changed after the day, most of all first. Two queries."""
    asked: dict[str, Any] = {
        "since": since,
        "recent": today - FOLLOWS_WITHIN,
        "notable": _NOTABLE,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, asked)
        pairs = cursor.fetchall()
    rows = Assessment.objects.select_related("commitment__sponsor", "commitment__owner").in_bulk(
        {key for pair in pairs for key in pair if key is not None}
    )
    found = []
    for latest, earlier in pairs:
        now, before = rows[latest], rows.get(earlier)
        changes = change(None if before is None else reasons_kept(before.reasons), reasons_kept(now.reasons))
        found.append(Changed(before, now, changes))
    return found


def latest_of(commitment: Commitment) -> Assessment | None:
    """Return the latest assessment of the commitment. One query."""
    return Assessment.objects.latest_of_each().filter(commitment=commitment).first()
