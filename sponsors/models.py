"""Gathers the models of the slices, so that Django finds them."""

from sponsors.commitments.models import (
    Allocation,
    Commitment,
    CommitmentLine,
    Installment,
    Receipt,
    Term,
)
from sponsors.directory.models import Contact, Interaction, InteractionContact, Sponsor, SponsorMerge

__all__ = [
    "Allocation",
    "Commitment",
    "CommitmentLine",
    "Contact",
    "Installment",
    "Interaction",
    "InteractionContact",
    "Receipt",
    "Sponsor",
    "SponsorMerge",
    "Term",
]
