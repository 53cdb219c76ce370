"""The pages of commitments, amendments, installments, invoices, receipts and write-offs in the admin site."""

from sponsors.commitments.admin import (
    amendments,
    commitments,
    installments,
    invoices,
    receipts,
    write_offs,
)

__all__ = ["amendments", "commitments", "installments", "invoices", "receipts", "write_offs"]
