"""The columns that commitments, installments and receipts are exported with."""

from typing import Any

from import_export.fields import Field

from foundation.exports.files import ExportResource
from foundation.money.rules import in_currency


class CommitmentResource(ExportResource):
    """Rows of `with_promised` and `with_received`, with sponsor and people joined."""

    number = Field("number", "number")
    sponsor = Field("sponsor__name", "sponsor")
    sponsor_slug = Field("sponsor__slug", "sponsor slug")
    title = Field("title", "title")
    state = Field("state", "state")
    starts_on = Field("starts_on", "first day")
    ends_on = Field("ends_on", "last day")
    currency = Field("currency", "currency")
    cash = Field("cash", "cash promised")
    in_kind = Field("in_kind", "in kind, estimated")
    received = Field("received", "received")
    overdue = Field("overdue", "overdue")
    owner = Field("owner__name", "owner")
    signed_on = Field("signed_on", "signed on")
    closed_on = Field("closed_on", "closed on")
    closed_reason = Field("closed_reason", "closed because")

    def dehydrate_cash(self, row: Any) -> Any:
        return in_currency(row.cash, row.currency)

    def dehydrate_in_kind(self, row: Any) -> Any:
        return in_currency(row.in_kind, row.currency)

    def dehydrate_received(self, row: Any) -> Any:
        return in_currency(row.received, row.currency)

    def dehydrate_overdue(self, row: Any) -> Any:
        return in_currency(row.overdue, row.currency)


class InstallmentResource(ExportResource):
    """Rows of `with_state`, with commitment and sponsor joined."""

    commitment = Field("commitment__number", "commitment")
    position = Field("position", "installment")
    sponsor = Field("commitment__sponsor__name", "sponsor")
    due_on = Field("due_on", "due on")
    currency = Field("commitment__currency", "currency")
    amount = Field("amount", "amount")
    paid = Field("paid", "paid")
    remainder = Field("remainder", "still to pay")
    state = Field("state", "state")

    def dehydrate_amount(self, row: Any) -> Any:
        return in_currency(row.amount, row.commitment.currency)

    def dehydrate_paid(self, row: Any) -> Any:
        return in_currency(row.paid, row.commitment.currency)

    def dehydrate_remainder(self, row: Any) -> Any:
        return in_currency(row.remainder, row.commitment.currency)


class ReceiptResource(ExportResource):
    """Rows of `with_allocated`, with the sponsor joined."""

    received_on = Field("received_on", "received on")
    sponsor = Field("sponsor__name", "sponsor")
    currency = Field("currency", "currency")
    amount = Field("amount", "amount")
    allocated = Field("allocated", "allocated")
    unapplied = Field("unapplied", "credit")
    method = Field("method", "method")
    source = Field("source", "source")
    reference = Field("reference", "reference")
    payer = Field("payer", "payer")
    note = Field("note", "note")
    is_reversed = Field("is_reversed", "reversed")

    def dehydrate_amount(self, row: Any) -> Any:
        return in_currency(row.amount, row.currency)

    def dehydrate_allocated(self, row: Any) -> Any:
        return in_currency(row.allocated, row.currency)

    def dehydrate_unapplied(self, row: Any) -> Any:
        return in_currency(row.unapplied, row.currency)
