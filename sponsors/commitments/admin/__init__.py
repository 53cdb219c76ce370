"""The pages of commitments, amendments, installments and receipts in the admin site."""

from sponsors.commitments.admin import amendments, commitments, installments, receipts

__all__ = ["amendments", "commitments", "installments", "receipts"]
