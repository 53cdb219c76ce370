"""Gathers the models of the slices, so that Django finds them."""

from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    CommitmentLine,
    Installment,
    Pause,
    Receipt,
    Term,
)
from sponsors.directory.models import Contact, Interaction, InteractionContact, Sponsor, SponsorMerge

__all__ = [
    "Allocation",
    "Amendment",
    "Commitment",
    "CommitmentLine",
    "Contact",
    "Installment",
    "Interaction",
    "InteractionContact",
    "Pause",
    "Receipt",
    "Sponsor",
    "SponsorMerge",
    "Term",
]
