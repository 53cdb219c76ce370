"""The shape of answers, for the schema. `representation.py` fills it; a test holds the two together."""

from typing import Any

from rest_framework import serializers

from sponsors.commitments.models import CommitmentLine, Receipt
from sponsors.commitments.rules import InstallmentKind, InstallmentState, InvoiceState, State, WriteOffState
from sponsors.commitments.selectors import EntryKind, EventKind


class Amount(serializers.DecimalField):
    """An exact amount as text, with the decimals of its currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=4, coerce_to_string=True, **kwargs)


class CommitmentLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CommitmentLine.Kind.choices)
    category = serializers.ChoiceField(
        choices=CommitmentLine.Category.choices, allow_blank=True, help_text="Of a gift in kind."
    )
    description = serializers.CharField()
    fund = serializers.CharField(allow_null=True, help_text="The code of the fund; null for a gift in kind.")
    amount = Amount(help_text="Cash promised, or the estimated value in kind, over the whole period.")
    estimate_basis = serializers.CharField(allow_blank=True)


class TermSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")


class PauseSerializer(serializers.Serializer[Any]):
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")


class CommitmentInstallmentSerializer(serializers.Serializer[Any]):
    """A charge falls due beside what is promised: an invoice made it, and amendments leave it alone."""

    id = serializers.IntegerField()
    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=InstallmentKind.choices)
    description = serializers.CharField(allow_blank=True, help_text="What a charge is for.")
    fund = serializers.CharField(allow_null=True, help_text="The code of the fund, of a charge.")
    charged_on = serializers.DateField(
        allow_null=True, help_text="The day of the invoice that made a charge."
    )
    released_on = serializers.DateField(
        allow_null=True, help_text="The day of the credit note that released a charge."
    )
    term = serializers.IntegerField(help_text="The position of the term it falls in.")
    due_on = serializers.DateField()
    amount = Amount()
    paid = Amount()
    written_off = Amount(help_text="What we no longer expect.")
    remainder = Amount(help_text="What is still to be paid.")
    state = serializers.ChoiceField(choices=InstallmentState.choices)


class CommitmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    title = serializers.CharField()
    currency = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")
    state = serializers.ChoiceField(choices=State.choices)
    owner = serializers.IntegerField(allow_null=True)
    backup = serializers.IntegerField(allow_null=True)
    renewal_of = serializers.IntegerField(allow_null=True)
    notice_days = serializers.IntegerField(allow_null=True)
    notice_on = serializers.DateField(
        allow_null=True, help_text="The last day on which either side may say that it will not renew."
    )
    renews_automatically = serializers.BooleanField()
    renewal_months = serializers.IntegerField(allow_null=True)
    announced_on = serializers.DateField(allow_null=True)
    proposed_on = serializers.DateField(allow_null=True)
    signed_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True, help_text="The first day on which it no longer holds.")
    closed_reason = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)
    cash = Amount(help_text="The sum of the cash lines.")
    in_kind = Amount(help_text="The estimated value of what is given in kind; never part of the cash.")
    received = Amount(help_text="What its installments and charges were paid.")
    overdue = Amount(help_text="What should have been paid before today.")
    lines = CommitmentLineSerializer(many=True)
    terms = TermSerializer(many=True)
    installments = CommitmentInstallmentSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class InstallmentSerializer(CommitmentInstallmentSerializer):
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    currency = serializers.CharField()


class AllocationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    installment = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    position = serializers.IntegerField(help_text="Of the installment in its commitment.")
    amount = Amount(help_text="What the installment is paid, in its commitment's currency.")
    currency = serializers.CharField(help_text="Of the commitment.")
    used = Amount(help_text="What that takes of the receipt, in the receipt's currency.")
    rate = serializers.DecimalField(
        max_digits=28,
        decimal_places=16,
        allow_null=True,
        help_text="Units of the commitment's currency for one of the receipt's, where the two differ.",
    )
    rate_on = serializers.DateField(allow_null=True, help_text="The day of the rate.")
    difference = Amount(
        help_text="Realized, in the commitment's currency: what was used at the rate, less what it pays."
    )
    booked_on = serializers.DateField(help_text="The day on which it counts.")


class WriteOffSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    installment = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    position = serializers.IntegerField(help_text="Of the installment in its commitment.")
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    currency = serializers.CharField()
    amount = Amount(help_text="Negative only on a recovery.")
    left = Amount(help_text="What of an approved write-off was not recovered.")
    state = serializers.ChoiceField(choices=WriteOffState.choices)
    reason = serializers.CharField()
    booked_on = serializers.DateField(allow_null=True, help_text="The day on which it counts, once approved.")
    fiscal_year = serializers.IntegerField(allow_null=True, help_text="By the year in which it ends.")
    proposed_by = serializers.IntegerField()
    decided_by = serializers.IntegerField(allow_null=True)
    decided_on = serializers.DateField(allow_null=True)
    recovers = serializers.IntegerField(
        allow_null=True, help_text="The write-off of which this row expects an amount again."
    )


class InvoiceLineSerializer(serializers.Serializer[Any]):
    installment = serializers.IntegerField(help_text="Also of a charge, which a free line made.")
    position = serializers.IntegerField(help_text="Of the installment in its commitment.")
    kind = serializers.ChoiceField(choices=InstallmentKind.choices)
    due_on = serializers.DateField()
    description = serializers.CharField()
    amount = Amount()


class CreditedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    issued_on = serializers.DateField()
    amount = Amount()


class InvoiceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    billing_name = serializers.CharField()
    billing_address = serializers.CharField(allow_blank=True)
    billing_email = serializers.CharField(allow_blank=True)
    purchase_order = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    total = Amount()
    credited = Amount(help_text="The sum of its credit notes.")
    paid = Amount(help_text="Since it was issued.")
    written_off = Amount(help_text="Since it was issued.")
    outstanding = Amount(help_text="What is still to be paid of it.")
    state = serializers.ChoiceField(choices=InvoiceState.choices)
    issued_by = serializers.IntegerField()
    lines = InvoiceLineSerializer(many=True)
    credit_notes = CreditedSerializer(many=True)


class CreditNoteSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    invoice = serializers.IntegerField()
    invoice_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    issued_on = serializers.DateField()
    currency = serializers.CharField()
    amount = Amount()
    reason = serializers.CharField()
    issued_by = serializers.IntegerField()


class ReceiptSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    received_on = serializers.DateField()
    amount = Amount(help_text="Negative only on a reversal.")
    currency = serializers.CharField()
    method = serializers.ChoiceField(choices=Receipt.Method.choices)
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    reference = serializers.CharField()
    payer = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    corrects_on = serializers.DateField(
        allow_null=True, help_text="The closed day on which the money came, when it was recorded late."
    )
    recorded_by = serializers.IntegerField()
    reverses = serializers.IntegerField(allow_null=True, help_text="The receipt that this row undoes.")
    is_reversed = serializers.BooleanField()
    is_acknowledged = serializers.BooleanField(help_text="Whether a mail of thanks was written.")
    allocated = Amount(help_text="What pays installments at present.")
    unapplied = Amount(help_text="What is left as credit.")
    allocations = AllocationSerializer(
        many=True, help_text="Those that stand; what was taken back is left out."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class _AgesSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    not_due = Amount()
    days_1_30 = Amount()
    days_31_60 = Amount()
    days_61_90 = Amount()
    over_90 = Amount()
    total = Amount()


class AgedTotalSerializer(_AgesSerializer):
    """All sponsors in one currency."""


class AgedDebtSerializer(_AgesSerializer):
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()


class AgedDebtsSerializer(serializers.Serializer[Any]):
    """By the days since it fell due, those longest past due first."""

    as_of = serializers.DateField()
    rows = AgedDebtSerializer(many=True)
    totals = AgedTotalSerializer(many=True)


class StatementEntrySerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    text = serializers.CharField()
    amount = Amount(allow_null=True, help_text="Added to what is owed; null for what moves no balance.")
    balance = Amount(help_text="Below zero it is the sponsor's credit.")


class AccountSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    opening = Amount()
    entries = StatementEntrySerializer(many=True)
    closing = Amount()


class StatementSerializer(serializers.Serializer[Any]):
    """One account a currency. Debt is what installments say: each is charged on the day it falls due."""

    sponsor = serializers.IntegerField()
    first = serializers.DateField()
    last = serializers.DateField(help_text="Included.")
    accounts = AccountSerializer(many=True)


class BandSerializer(serializers.Serializer[Any]):
    commitment = serializers.IntegerField()
    number = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    currency = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)
    terms = TermSerializer(many=True)
    installments = CommitmentInstallmentSerializer(many=True)
    pauses = PauseSerializer(many=True)


class PaysSerializer(serializers.Serializer[Any]):
    installment = serializers.CharField(help_text="Such as C-2026-0007/2.")
    amount = Amount()


class TimelineReceiptSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    received_on = serializers.DateField()
    currency = serializers.CharField()
    amount = Amount()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    reference = serializers.CharField()
    is_reversed = serializers.BooleanField()
    is_reversal = serializers.BooleanField()
    pays = PaysSerializer(many=True)


class TimelineEventSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    kind = serializers.ChoiceField(choices=EventKind.choices)
    commitment = serializers.CharField(help_text="Its number.")
    text = serializers.CharField()


class TimelineSerializer(serializers.Serializer[Any]):
    """Years across: what was promised, when it falls due, what came and what happened."""

    first_year = serializers.IntegerField()
    last_year = serializers.IntegerField()
    today = serializers.DateField()
    commitments = BandSerializer(many=True)
    receipts = TimelineReceiptSerializer(
        many=True, help_text="Empty without the scope and the permission to see receipts."
    )
    events = TimelineEventSerializer(many=True)
