"""What gifts in kind are worth: drafted, submitted, approved, adjusted, reversed. One function a verb."""

from sponsors.inkind.services.valuations.evidence import add_evidence
from sponsors.inkind.services.valuations.gifts import draft_other_gift
from sponsors.inkind.services.valuations.locks import lock_line
from sponsors.inkind.services.valuations.metered import draft_valuation, propose_adjustment
from sponsors.inkind.services.valuations.monthly import draft_months
from sponsors.inkind.services.valuations.policies import add_policy, change_policy
from sponsors.inkind.services.valuations.workflow import (
    approve_valuation,
    discard_valuation,
    return_to_draft,
    reverse_valuation,
    set_figures,
    submit_valuation,
)

__all__ = [
    "add_evidence",
    "add_policy",
    "approve_valuation",
    "change_policy",
    "discard_valuation",
    "draft_months",
    "draft_other_gift",
    "draft_valuation",
    "lock_line",
    "propose_adjustment",
    "return_to_draft",
    "reverse_valuation",
    "set_figures",
    "submit_valuation",
]
