"""The rules of bank statements: how files are read, what a line may become, and what it may be.

Pure Python.
"""

from sponsors.banking.rules.csv_files import DateFormat, Decimals, Delimiter, Encoding, Layout, read_csv
from sponsors.banking.rules.lines import (
    LARGEST_FILE,
    MOST_LINES,
    BankLineNotOpen,
    Entry,
    LineAction,
    LineState,
    StatementRefused,
    days_of_receipt,
    fingerprints,
    next_state,
    possible,
)
from sponsors.banking.rules.matching import Clue, Debt, Proposal, Recorded, names_in, proposals_for
from sponsors.banking.rules.ofx import is_ofx, read_ofx

__all__ = [
    "LARGEST_FILE",
    "MOST_LINES",
    "BankLineNotOpen",
    "Clue",
    "DateFormat",
    "Debt",
    "Decimals",
    "Delimiter",
    "Encoding",
    "Entry",
    "Layout",
    "LineAction",
    "LineState",
    "Proposal",
    "Recorded",
    "StatementRefused",
    "days_of_receipt",
    "fingerprints",
    "is_ofx",
    "names_in",
    "next_state",
    "possible",
    "proposals_for",
    "read_csv",
    "read_ofx",
]
