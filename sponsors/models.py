"""Gathers the models of the slices, so that Django finds them."""

from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    CommitmentLine,
    CreditNote,
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
    "Commitment",
    "CommitmentLine",
    "Contact",
    "CreditNote",
    "Installment",
    "Interaction",
    "InteractionContact",
    "Invoice",
    "InvoiceLine",
    "Pause",
    "Receipt",
    "Sponsor",
    "SponsorMerge",
    "Term",
    "WriteOff",
]
