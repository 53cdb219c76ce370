"""The rules of commitments: states, terms, schedules, and how receipts pay installments.

Pure Python. Periods are half-open; amounts are exact in the commitment's currency.
"""

from sponsors.commitments.rules.allocation import LARGEST_DIFFERENCE, Exchange, Open, Share, oldest_first
from sponsors.commitments.rules.amounts import LARGEST_AMOUNT, check_amount
from sponsors.commitments.rules.periods import (
    LONGEST_MONTHS,
    SHORTEST_MONTHS,
    Period,
    add_months,
    check_period,
    day_after,
    following,
    later,
    terms_of,
)
from sponsors.commitments.rules.refusals import CommitmentError, NotAllowedNow
from sponsors.commitments.rules.schedule import (
    MOST_INSTALLMENTS,
    Frequency,
    Plan,
    Planned,
    Shape,
    check_sum,
    custom_schedule,
    due_dates,
    plan_schedule,
    spread,
)
from sponsors.commitments.rules.states import (
    FIRM,
    TRANSITIONS,
    Action,
    InstallmentState,
    State,
    installment_state,
    next_state,
    possible_actions,
)

__all__ = [
    "FIRM",
    "LARGEST_AMOUNT",
    "LARGEST_DIFFERENCE",
    "LONGEST_MONTHS",
    "MOST_INSTALLMENTS",
    "SHORTEST_MONTHS",
    "TRANSITIONS",
    "Action",
    "CommitmentError",
    "Exchange",
    "Frequency",
    "InstallmentState",
    "NotAllowedNow",
    "Open",
    "Period",
    "Plan",
    "Planned",
    "Shape",
    "Share",
    "State",
    "add_months",
    "check_amount",
    "check_period",
    "check_sum",
    "custom_schedule",
    "day_after",
    "due_dates",
    "following",
    "installment_state",
    "later",
    "next_state",
    "oldest_first",
    "plan_schedule",
    "possible_actions",
    "spread",
    "terms_of",
]
