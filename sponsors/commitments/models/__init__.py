"""The tables of commitments: what was promised, when it is due, and what was received."""

from sponsors.commitments.models.amendments import Amendment, Pause
from sponsors.commitments.models.commitments import Commitment, CommitmentLine, Installment, Term
from sponsors.commitments.models.receipts import Allocation, Receipt

__all__ = [
    "Allocation",
    "Amendment",
    "Commitment",
    "CommitmentLine",
    "Installment",
    "Pause",
    "Receipt",
    "Term",
]
