"""The columns that commitments, installments, write-offs and receipts are exported with."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from import_export.fields import Field

from foundation.books.rules import fiscal_year_number
from foundation.books.selectors import current_organization
from foundation.exports.files import ExportResource
from foundation.money.display import money_text
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
    notice_days = Field("notice_days", "notice days")
    renews_automatically = Field("renews_automatically", "renews automatically")
    renewal_months = Field("renewal_months", "months of each renewal")

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
    kind = Field("kind", "kind")
    charge_for = Field("description", "charge for")
    charge_fund = Field("fund__code", "fund of charge")
    due_on = Field("due_on", "due on")
    currency = Field("commitment__currency", "currency")
    amount = Field("amount", "amount")
    paid = Field("paid", "paid")
    written_off = Field("written_off", "written off")
    remainder = Field("remainder", "still to pay")
    state = Field("state", "state")

    def dehydrate_amount(self, row: Any) -> Any:
        return in_currency(row.amount, row.commitment.currency)

    def dehydrate_paid(self, row: Any) -> Any:
        return in_currency(row.paid, row.commitment.currency)

    def dehydrate_written_off(self, row: Any) -> Any:
        return in_currency(row.written_off, row.commitment.currency)

    def dehydrate_remainder(self, row: Any) -> Any:
        return in_currency(row.remainder, row.commitment.currency)


class ConditionResource(ExportResource):
    """Rows of `with_state`, with commitment and sponsor joined."""

    commitment = Field("commitment__number", "commitment")
    position = Field("position", "condition")
    sponsor = Field("commitment__sponsor__name", "sponsor")
    description = Field("description", "what must happen")
    measure = Field("measure", "satisfied by")
    currency = Field("commitment__currency", "currency")
    amount = Field("amount", "depends on it")
    target = Field("target", "target")
    reached = Field("reached", "reached")
    due_on = Field("due_on", "to be met by")
    money_returns = Field("money_returns", "money goes back")
    state = Field("state", "state")

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return in_currency(value, instance.commitment.currency) if isinstance(value, Decimal) else value


class WriteOffResource(ExportResource):
    """Rows of `with_left`, with installment, commitment, sponsor and people joined."""

    installment = Field("installment", "installment")
    sponsor = Field("installment__commitment__sponsor__name", "sponsor")
    currency = Field("installment__commitment__currency", "currency")
    amount = Field("amount", "amount")
    left = Field("left", "still written off")
    state = Field("state", "state")
    reason = Field("reason", "reason")
    booked_on = Field("booked_on", "booked on")
    fiscal_year = Field(column_name="fiscal year")
    proposed_by = Field("proposed_by__name", "proposed by")
    decided_by = Field("decided_by__name", "decided by")
    decided_on = Field("decided_on", "decided on")

    @cached_property
    def start_month(self) -> int:
        return current_organization().fiscal_year_start_month

    def dehydrate_fiscal_year(self, row: Any) -> int | None:
        return fiscal_year_number(row.booked_on, self.start_month)

    def dehydrate_amount(self, row: Any) -> Any:
        return in_currency(row.amount, row.installment.commitment.currency)

    def dehydrate_left(self, row: Any) -> Any:
        return in_currency(row.left, row.installment.commitment.currency)


class InvoiceResource(ExportResource):
    """Rows of `with_state`, with commitment and sponsor joined."""

    number = Field("number", "number")
    sponsor = Field("commitment__sponsor__name", "sponsor")
    commitment = Field("commitment__number", "commitment")
    issued_on = Field("issued_on", "issued on")
    due_on = Field("due_on", "due on")
    billing_name = Field("billing_name", "billed to")
    purchase_order = Field("purchase_order", "purchase order")
    currency = Field("commitment__currency", "currency")
    total = Field("total", "total")
    paid = Field("paid", "paid")
    credited = Field("credited", "credited")
    written_off = Field("written_off", "written off")
    outstanding = Field("outstanding", "still to pay")
    state = Field("state", "state")

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return in_currency(value, instance.commitment.currency) if isinstance(value, Decimal) else value


class CreditNoteResource(ExportResource):
    """Rows with invoice, commitment and sponsor joined."""

    number = Field("number", "number")
    invoice = Field("invoice__number", "invoice")
    sponsor = Field("invoice__commitment__sponsor__name", "sponsor")
    issued_on = Field("issued_on", "issued on")
    currency = Field("invoice__commitment__currency", "currency")
    amount = Field("amount", "amount")
    reason = Field("reason", "reason")

    def dehydrate_amount(self, row: Any) -> Any:
        return in_currency(row.amount, row.invoice.commitment.currency)


class ReceiptResource(ExportResource):
    """Rows of `with_allocated`, with the sponsor joined, and what each pays as `paying`."""

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
    corrects_on = Field("corrects_on", "came on, a closed day")
    pays = Field(column_name="pays")

    def dehydrate_pays(self, row: Any) -> Any:
        """Return each installment that it pays, with how much."""
        return "; ".join(
            f"{one.installment} {money_text(one.amount, one.installment.commitment.currency)}"
            for one in row.paying
        )

    def dehydrate_amount(self, row: Any) -> Any:
        return in_currency(row.amount, row.currency)

    def dehydrate_allocated(self, row: Any) -> Any:
        return in_currency(row.allocated, row.currency)

    def dehydrate_unapplied(self, row: Any) -> Any:
        return in_currency(row.unapplied, row.currency)
