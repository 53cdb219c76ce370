"""The pages of commitments, installments and receipts in the admin site."""

from sponsors.commitments.admin import commitments, installments, receipts

__all__ = ["commitments", "installments", "receipts"]
