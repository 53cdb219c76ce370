"""Commitments, conditions, amendments, installments, invoices, receipts and write-offs over the REST API."""

from sponsors.commitments.api.accounts import AgedDebtViewSet, StatementViewSet
from sponsors.commitments.api.amendments import AmendmentViewSet
from sponsors.commitments.api.by_year import MoneyByYearViewSet
from sponsors.commitments.api.commitments import CommitmentViewSet
from sponsors.commitments.api.conditions import (
    ConditionViewSet,
    NonRenewalViewSet,
    RestrictionViewSet,
)
from sponsors.commitments.api.installments import InstallmentViewSet
from sponsors.commitments.api.invoices import CreditNoteViewSet, InvoiceViewSet
from sponsors.commitments.api.receipts import ReceiptViewSet
from sponsors.commitments.api.timelines import CommitmentTimelineViewSet, SponsorTimelineViewSet
from sponsors.commitments.api.write_offs import WriteOffViewSet

__all__ = [
    "AgedDebtViewSet",
    "AmendmentViewSet",
    "CommitmentTimelineViewSet",
    "CommitmentViewSet",
    "ConditionViewSet",
    "CreditNoteViewSet",
    "InstallmentViewSet",
    "InvoiceViewSet",
    "MoneyByYearViewSet",
    "NonRenewalViewSet",
    "ReceiptViewSet",
    "RestrictionViewSet",
    "SponsorTimelineViewSet",
    "StatementViewSet",
    "WriteOffViewSet",
]
