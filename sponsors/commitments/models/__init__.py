"""The tables of commitments: what was promised, when it is due, and what was received."""

from sponsors.commitments.models.amendments import Amendment, Pause
from sponsors.commitments.models.commitments import Commitment, CommitmentLine, Term
from sponsors.commitments.models.conditions import Condition, ConditionProgress, NonRenewal, Restriction
from sponsors.commitments.models.installments import Installment
from sponsors.commitments.models.invoices import CreditNote, Invoice, InvoiceLine
from sponsors.commitments.models.keys import ExternalKey
from sponsors.commitments.models.receipts import Allocation, Receipt
from sponsors.commitments.models.write_offs import WriteOff

__all__ = [
    "Allocation",
    "Amendment",
    "Commitment",
    "CommitmentLine",
    "Condition",
    "ConditionProgress",
    "CreditNote",
    "ExternalKey",
    "Installment",
    "Invoice",
    "InvoiceLine",
    "NonRenewal",
    "Pause",
    "Receipt",
    "Restriction",
    "Term",
    "WriteOff",
]
