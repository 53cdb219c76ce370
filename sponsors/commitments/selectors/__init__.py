"""Reads across commitments and receipts; each with a fixed number of queries."""

from sponsors.commitments.selectors.attention import AttentionCard, AttentionRow, attention
from sponsors.commitments.selectors.comparison import Comparison, Fate, comparison
from sponsors.commitments.selectors.money import (
    Balance,
    CommitmentSummary,
    CurrencyTotal,
    NextDue,
    commitment_summary,
    sponsor_balance,
)
from sponsors.commitments.selectors.timeline import (
    Band,
    Entry,
    Event,
    EventKind,
    PauseSpan,
    TermSpan,
    Timeline,
    TimelineInstallment,
    TimelineReceipt,
    sponsor_timeline,
    timeline,
)

__all__ = [
    "AttentionCard",
    "AttentionRow",
    "Balance",
    "Band",
    "CommitmentSummary",
    "Comparison",
    "CurrencyTotal",
    "Entry",
    "Event",
    "EventKind",
    "Fate",
    "NextDue",
    "PauseSpan",
    "TermSpan",
    "Timeline",
    "TimelineInstallment",
    "TimelineReceipt",
    "attention",
    "commitment_summary",
    "comparison",
    "sponsor_balance",
    "sponsor_timeline",
    "timeline",
]
