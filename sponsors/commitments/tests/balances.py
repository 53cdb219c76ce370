"""What installments were paid, and what of receipts is left, read again from the database."""

from sponsors.commitments.models import Installment, Receipt


def paid(commitment):
    rows = Installment.objects.with_paid().filter(commitment=commitment)
    return [row.paid for row in rows.order_by("position")]


def unapplied(receipt):
    return Receipt.objects.with_allocated().get(pk=receipt.pk).unapplied
