"""Forms for recording a receipt and for saying what it pays."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from foundation.audit.forms import ActionForm, AmountField, ServiceForm, autocomplete
from foundation.books.selectors import local_today
from foundation.money.display import money_text
from sponsors.commitments.models import Allocation, Commitment, Installment, Invoice, Receipt
from sponsors.commitments.rules import FIRM
from sponsors.commitments.services import Part

if TYPE_CHECKING:
    _Choices = forms.ModelMultipleChoiceField[Allocation]
    _Invoices = forms.ModelChoiceField[Invoice]
else:
    _Choices = forms.ModelMultipleChoiceField
    _Invoices = forms.ModelChoiceField

BY_HAND = "by_hand"
INVOICE = "invoice"


class ViewForm(ServiceForm):
    """A receipt is only looked at."""


class ReceiptForm(ServiceForm):
    """Money received. The service checks it; the form only reads it."""

    amount = AmountField()
    allocate = forms.ChoiceField(
        label="Allocation",
        choices=[
            ("oldest", "Pay the oldest open installments first"),
            (INVOICE, "What an invoice asks for: choose it on the next page"),
            (BY_HAND, "By hand: choose on the next page"),
            ("none", "Nothing yet: keep it as credit"),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    commitment = forms.ModelChoiceField(
        Commitment.objects.filter(state__in=FIRM),
        required=False,
        widget=autocomplete(Installment, "commitment"),
        help_text="Only installments of this commitment are paid. Empty: of all of the sponsor's.",
    )
    acknowledge = forms.BooleanField(
        label="Thank the sponsor by mail",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="To the billing contact, else the primary one.",
    )


class OldestForm(ActionForm):
    commitment = forms.ModelChoiceField(
        Commitment.objects.filter(state__in=FIRM),
        required=False,
        help_text="Only installments of this commitment. Empty: of all of the sponsor's.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Receipt)
        field = self.fields["commitment"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Commitment.objects.filter(state__in=FIRM, sponsor=self.obj.sponsor_id)


class _InvoiceChoice(_Invoices):
    def label_from_instance(self, obj: Any) -> str:
        left = money_text(obj.outstanding, obj.commitment.currency)
        # On a phone the end is cut off.
        return f"{obj}: {left} to be paid, due {obj.due_on}, of {obj.commitment}"


class PayInvoiceForm(ActionForm):
    """One of the sponsor's open invoices, those that are due first at the top."""

    invoice = _InvoiceChoice(Invoice.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Receipt)
        field = self.fields["invoice"]
        assert isinstance(field, _InvoiceChoice)
        theirs = Invoice.objects.filter(commitment__sponsor=self.obj.sponsor_id)
        self.open = theirs.to_be_paid().select_related("commitment").order_by("due_on", "pk")
        field.queryset = self.open

    @property
    def nothing_to_do(self) -> bool:
        """Whether the page can only tell that no invoice is open."""
        return not self.open.exists()


class AllocateForm(ActionForm):
    """One amount an open installment of the same sponsor; empty pays nothing.

    For an installment in another currency a second amount may say how much of the receipt it takes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Receipt)
        candidates = Installment.objects.filter(commitment__sponsor=self.obj.sponsor_id)
        self.open = list(
            candidates.open().with_state(local_today()).select_related("commitment").order_by("due_on", "pk")
        )
        for row in self.open:
            self.fields[f"amount_{row.pk}"] = AmountField(
                required=False, label=f"Amount for {row} in {row.commitment.currency}"
            )
            if row.commitment.currency != self.obj.currency:
                self.fields[f"used_{row.pk}"] = AmountField(
                    required=False, label=f"Used for {row} in {self.obj.currency}"
                )

    @property
    def nothing_to_do(self) -> bool:
        """Whether the page can only tell that no installment is open."""
        return not self.open

    @property
    def is_exchanging(self) -> bool:
        """Whether an installment in another currency is among them."""
        return any(name.startswith("used_") for name in self.fields)

    def rows(self) -> list[tuple[Installment, forms.BoundField, forms.BoundField | None]]:
        """Return each open installment with its fields, for the table."""
        return [
            (row, self[f"amount_{row.pk}"], self[name] if (name := f"used_{row.pk}") in self.fields else None)
            for row in self.open
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        amounts: list[tuple[Installment, Decimal | None]] = [
            (row, data.get(f"amount_{row.pk}")) for row in self.open
        ]
        for row, amount in amounts:
            if amount is None and data.get(f"used_{row.pk}") is not None:
                sentence = f"Say how much of {row} is paid, or leave out what is used for it."
                self.add_error(f"amount_{row.pk}", sentence)
        data["parts"] = [
            Part(row, amount, data.get(f"used_{row.pk}")) for row, amount in amounts if amount is not None
        ]
        return data


class _AllocationChoice(_Choices):
    def label_from_instance(self, obj: Any) -> str:
        amount = money_text(obj.amount, obj.installment.commitment.currency)
        return f"{amount} for {obj.installment}, due {obj.installment.due_on}"


class TakeBackForm(ActionForm):
    allocations = _AllocationChoice(
        Allocation.objects.none(), label="Allocations to take back", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Receipt)
        field = self.fields["allocations"]
        assert isinstance(field, _AllocationChoice)
        field.queryset = self.obj.allocations.standing().select_related("installment__commitment", "receipt")
