"""Commitments, amendments, installments and receipts over the REST API."""

from sponsors.commitments.api.amendments import AmendmentViewSet
from sponsors.commitments.api.commitments import CommitmentViewSet
from sponsors.commitments.api.installments import InstallmentViewSet
from sponsors.commitments.api.receipts import ReceiptViewSet
from sponsors.commitments.api.timelines import CommitmentTimelineViewSet, SponsorTimelineViewSet

__all__ = [
    "AmendmentViewSet",
    "CommitmentTimelineViewSet",
    "CommitmentViewSet",
    "InstallmentViewSet",
    "ReceiptViewSet",
    "SponsorTimelineViewSet",
]
