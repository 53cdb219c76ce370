"""Reads across commitments and receipts; each with a fixed number of queries."""

from sponsors.commitments.selectors.aging import AgedDebt, AgedDebts, aged_debt
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
from sponsors.commitments.selectors.statement import (
    Account,
    EntryKind,
    Statement,
    StatementEntry,
    statement,
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
    "Account",
    "AgedDebt",
    "AgedDebts",
    "AttentionCard",
    "AttentionRow",
    "Balance",
    "Band",
    "CommitmentSummary",
    "Comparison",
    "CurrencyTotal",
    "Entry",
    "EntryKind",
    "Event",
    "EventKind",
    "Fate",
    "NextDue",
    "PauseSpan",
    "Statement",
    "StatementEntry",
    "TermSpan",
    "Timeline",
    "TimelineInstallment",
    "TimelineReceipt",
    "aged_debt",
    "attention",
    "commitment_summary",
    "comparison",
    "sponsor_balance",
    "sponsor_timeline",
    "statement",
    "timeline",
]
