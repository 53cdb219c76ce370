"""The tables of commitments: what was promised, when it is due, and what was received."""

from sponsors.commitments.models.amendments import Amendment, Pause
from sponsors.commitments.models.commitments import Commitment, CommitmentLine, Installment, Term
from sponsors.commitments.models.invoices import CreditNote, Invoice, InvoiceLine
from sponsors.commitments.models.keys import ExternalKey
from sponsors.commitments.models.receipts import Allocation, Receipt
from sponsors.commitments.models.write_offs import WriteOff

__all__ = [
    "Allocation",
    "Amendment",
    "Commitment",
    "CommitmentLine",
    "CreditNote",
    "ExternalKey",
    "Installment",
    "Invoice",
    "InvoiceLine",
    "Pause",
    "Receipt",
    "Term",
    "WriteOff",
]
