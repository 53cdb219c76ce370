"""Gathers the models of the slices, so that Django finds them."""

from sponsors.banking.models import BankAccount, BankLine, Statement, StatementMapping
from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    CommitmentLine,
    CreditNote,
    ExternalKey,
    Installment,
    Invoice,
    InvoiceLine,
    Pause,
    Receipt,
    Term,
    WriteOff,
)
from sponsors.directory.models import Contact, Interaction, InteractionContact, Sponsor, SponsorMerge

__all__ = [
    "Allocation",
    "Amendment",
    "BankAccount",
    "BankLine",
    "Commitment",
    "CommitmentLine",
    "Contact",
    "CreditNote",
    "ExternalKey",
    "Installment",
    "Interaction",
    "InteractionContact",
    "Invoice",
    "InvoiceLine",
    "Pause",
    "Receipt",
    "Sponsor",
    "SponsorMerge",
    "Statement",
    "StatementMapping",
    "Term",
    "WriteOff",
]
