"""The pages of commitments, conditions, amendments, installments, invoices, receipts and write-offs in the admin site."""

from sponsors.commitments.admin import (
    amendments,
    commitments,
    conditions,
    installments,
    invoices,
    receipts,
    write_offs,
)

__all__ = ["amendments", "commitments", "conditions", "installments", "invoices", "receipts", "write_offs"]
