"""An assessment as pages show it: from the base through the reasons to the probability, and how it went before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sponsors.commitments.models import Commitment
from sponsors.inkind.admin.charts import Chart, Series
from sponsors.renewals.models import Assessment
from sponsors.renewals.rules.kept import EVIDENCE_LABELS
from sponsors.renewals.rules.scoring import Weighed
from sponsors.renewals.selectors.assessments import Told, latest_of, score_history, told


@dataclass(frozen=True, slots=True)
class RiskPanel:
    """What is told, with the evidence of each reason in words, and the score over time."""

    told: Told
    reasons: Sequence[tuple[Weighed, str]]
    chart: Chart | None  # None: there is one assessment only


def risk_panel(assessment: Assessment, today: date) -> RiskPanel:
    """Return the panel of an assessment. Two queries."""
    what = told(assessment, today)
    return RiskPanel(
        what,
        [(one, EVIDENCE_LABELS[one.evidence]) for one in what.reasons],
        _chart(score_history(assessment.commitment_id)),
    )


def risk_panel_of(commitment: Commitment, today: date) -> RiskPanel | None:
    """Return the panel of the latest assessment; None before the first. Three queries."""
    latest = latest_of(commitment)
    return risk_panel(latest, today) if latest else None


def _chart(history: Sequence[Assessment]) -> Chart | None:
    if len(history) <= 1:
        return None
    return Chart(
        "risk-over-time",
        "Risk over time",
        "share",
        [str(row.day) for row in history],
        [
            Series("Probability of lapse", [row.probability for row in history]),
            Series("From", [row.low for row in history], is_bound=True),
            Series("To", [row.high for row in history], is_bound=True),
        ],
        explanation="The last assessment of each week. Four chances in five lie between the two outer lines.",
    )
