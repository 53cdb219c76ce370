"""Reads across commitments and receipts; each with a fixed number of queries."""

from sponsors.commitments.selectors.aging import AgedDebt, AgedDebts, aged_debt
from sponsors.commitments.selectors.attention import AttentionCard, AttentionRow, attention
from sponsors.commitments.selectors.by_year import (
    Figure,
    MoneyByYear,
    Part,
    Total,
    YearAmount,
    YearOfMoney,
    money_by_year,
)
from sponsors.commitments.selectors.comparison import Comparison, comparison
from sponsors.commitments.selectors.events import Event, EventKind
from sponsors.commitments.selectors.money import (
    Balance,
    CommitmentSummary,
    CurrencyTotal,
    NextDue,
    commitment_summary,
    sponsor_balance,
)
from sponsors.commitments.selectors.promise import (
    ConditionOn,
    FundShare,
    PromisedCash,
    promised_cash,
)
from sponsors.commitments.selectors.settling import Settling, settling
from sponsors.commitments.selectors.sides import Fate
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
    "ConditionOn",
    "CurrencyTotal",
    "Entry",
    "EntryKind",
    "Event",
    "EventKind",
    "Fate",
    "Figure",
    "FundShare",
    "MoneyByYear",
    "NextDue",
    "Part",
    "PauseSpan",
    "PromisedCash",
    "Settling",
    "Statement",
    "StatementEntry",
    "TermSpan",
    "Timeline",
    "TimelineInstallment",
    "TimelineReceipt",
    "Total",
    "YearAmount",
    "YearOfMoney",
    "aged_debt",
    "attention",
    "commitment_summary",
    "comparison",
    "money_by_year",
    "promised_cash",
    "settling",
    "sponsor_balance",
    "sponsor_timeline",
    "statement",
    "timeline",
]
