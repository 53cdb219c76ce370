"""What we ask for: invoices, and the credit notes that take them back."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.books.triggers import fixed_when_closed, never_emptied
from foundation.documents.models import Document
from foundation.money.fields import AmountField
from sponsors.commitments import triggers
from sponsors.commitments.models.commitments import Commitment
from sponsors.commitments.models.installments import Installment
from sponsors.commitments.querysets import CreditNoteQuerySet, InvoiceQuerySet
from sponsors.commitments.rules import InvoiceState, Settled

if TYPE_CHECKING:
    from sponsors.directory.models import Sponsor


@tracked(exclude=("credited",))  # credit notes have a history of their own
class Invoice(Record):
    """What we asked a sponsor to pay of one commitment, in its currency. Credited, never edited."""

    number = models.CharField(max_length=20, unique=True)
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="invoices")
    issued_on = models.DateField()
    due_on = models.DateField()
    billing_name = models.CharField("billed to", max_length=200)
    billing_address = models.TextField(blank=True, max_length=500)
    billing_email = models.EmailField("billing email", blank=True)
    purchase_order = models.CharField(max_length=60, blank=True, help_text="The sponsor's own number for it.")
    note = models.CharField(max_length=500, blank=True, help_text="Printed below the lines.")
    total = AmountField(currency="commitment__currency", help_text="The sum of its lines.")
    credited = AmountField(
        currency="commitment__currency",
        db_default=Decimal(0),
        editable=False,
        help_text="The sum of its credit notes, kept by the database.",
    )
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = InvoiceQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_settled and with_state
        paid: Decimal
        written_off: Decimal
        outstanding: Decimal
        state: str

    class Meta(Record.Meta):
        ordering = ["-issued_on", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("issue_invoice", "Can issue an invoice and mail it"),
            ("credit_invoice", "Can credit an invoice, in part or in full"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *triggers.invoice_is_a_fact(),
            fixed_when_closed("issued_on", exempt=("credited",)),
            never_emptied(),
            *triggers.sum_follows("credit_notes", "credited"),
        ]
        indexes = [
            models.Index(fields=["-issued_on", "-id"], name="invoice_by_date"),
            models.Index(fields=["due_on"], name="invoice_by_due_date"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(total__gt=0), name="invoice_total_is_positive"),
            models.CheckConstraint(
                condition=Q(credited__gte=0, credited__lte=F("total")), name="invoice_is_not_overcredited"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("issued_on")), name="invoice_is_due_once_issued"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def sponsor(self) -> "Sponsor":
        return self.commitment.sponsor

    @property
    def settled(self) -> Settled:
        """What was paid and written off; on rows of `with_settled`."""
        return Settled(self.paid, self.written_off)

    @property
    def state_label(self) -> str:
        """The state in words; on rows of `with_state`."""
        return str(InvoiceState(self.state).label)


@tracked(exclude=("stands",))
class InvoiceLine(Record):
    """What an invoice asks for one installment: all that was still to be paid of it."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    installment = models.ForeignKey(Installment, models.PROTECT, related_name="invoice_lines")
    description = models.CharField(max_length=300)
    amount = AmountField(currency="invoice__commitment__currency")
    paid_before = AmountField(
        currency="invoice__commitment__currency",
        help_text="What the installment had been paid when the invoice was issued.",
    )
    stands = models.BooleanField(
        db_default=True,
        editable=False,
        help_text="False once the invoice is credited in full; set by the database.",
    )

    class Meta(Record.Meta):
        ordering = ["invoice", "position"]
        default_permissions = ("view",)
        triggers = [*Record.Meta.triggers, *triggers.line_asks_for_what_is_due(), never_emptied()]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_is_unique"),
            models.UniqueConstraint(
                fields=["installment"], condition=Q(stands=True), name="installment_stands_on_one_invoice"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, paid_before__gte=0), name="invoice_line_amount_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}, line {self.position}"


@tracked()
class CreditNote(Record):
    """Takes back an invoice, whole or an amount of it. A fact, like the invoice."""

    number = models.CharField(max_length=20, unique=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    issued_on = models.DateField()
    amount = AmountField(currency="invoice__commitment__currency", help_text="In the invoice's currency.")
    reason = models.CharField(max_length=300)
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = CreditNoteQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-issued_on", "-pk"]
        default_permissions = ("view",)
        triggers = [
            AppendOnly(),
            *triggers.credit_note_counts(),
            fixed_when_closed("issued_on"),
            never_emptied(),
        ]
        indexes = [models.Index(fields=["-issued_on", "-id"], name="credit_note_by_date")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_amount_is_positive")
        ]

    def __str__(self) -> str:
        return self.number
