"""The money received for commitments, and what it pays."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from foundation.books.triggers import fixed_when_closed, never_emptied
from foundation.money.fields import AmountField, CurrencyField
from sponsors.commitments import triggers
from sponsors.commitments.models.installments import Installment
from sponsors.commitments.querysets import AllocationQuerySet, ReceiptQuerySet
from sponsors.directory.models import Sponsor


@tracked(exclude=("allocated",))  # allocations have a history of their own
class Receipt(Record):
    """Money actually received from a sponsor. A wrong one is reversed by a row that names it."""

    class Method(models.TextChoices):
        WIRE = "wire", "Wire transfer"
        ACH = "ach", "ACH or direct debit"
        CARD = "card", "Card"
        CHECK = "check", "Check"
        OTHER = "other", "Other"

    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="receipts")
    received_on = models.DateField()
    amount = AmountField(help_text="Negative only on a reversal.")
    currency = CurrencyField()
    method = models.CharField(max_length=10, choices=Method.choices)
    source = models.SlugField(
        max_length=40, help_text="Where the reference comes from, such as bank or stripe."
    )
    reference = models.CharField(max_length=100, help_text="The source's own number for the payment.")
    payer = models.CharField(max_length=200, blank=True, help_text="If somebody else paid for the sponsor.")
    note = models.CharField(max_length=300, blank=True)
    corrects_on = models.DateField(
        "corrects the closed day",
        null=True,
        blank=True,
        help_text="When the money came on a day whose books are closed: that day. The date above is an open one.",
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    is_reversed = models.BooleanField(
        "reversed",
        default=False,
        editable=False,
        help_text="Set by the database when the reversal is written.",
    )
    allocated = AmountField(
        db_default=Decimal(0),
        editable=False,
        help_text="The sum of its allocations, kept by the database.",
    )

    objects = ReceiptQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_allocated
        unapplied: Decimal

    class Meta(Record.Meta):
        ordering = ["-received_on", "-pk"]
        default_permissions = ("view", "add")
        permissions = [
            ("allocate_receipt", "Can say which installments a receipt pays"),
            ("reverse_receipt", "Can reverse a receipt"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *triggers.receipt_is_a_fact(),
            # Which sponsor it hangs on changes by a merge alone, and moves no money.
            fixed_when_closed("received_on", exempt=("sponsor_id", "is_reversed", "allocated")),
            never_emptied(),
            *triggers.sum_follows("allocations", "allocated"),
        ]
        indexes = [
            models.Index(fields=["sponsor", "-received_on"], name="receipt_by_sponsor"),
            models.Index(fields=["-received_on", "-id"], name="receipt_by_date"),
            models.Index(
                fields=["received_on", "id"],
                condition=Q(allocated__lt=F("amount"), reverses=None, is_reversed=False),
                name="receipt_with_credit_by_date",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reference"],
                condition=Q(reverses=None, is_reversed=False),
                name="reference_is_unique_in_its_source",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="only_reversals_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(allocated=0)
                | Q(reverses=None, is_reversed=False, allocated__gt=0, allocated__lte=F("amount")),
                name="receipt_is_not_overallocated",
            ),
            models.CheckConstraint(
                condition=Q(corrects_on=None) | Q(corrects_on__lt=F("received_on")),
                name="receipt_corrects_an_earlier_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"


@tracked()
class Allocation(Record):
    """How much of a receipt pays an installment; taken back by a row that names it."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="allocations")
    installment = models.ForeignKey(Installment, models.PROTECT, related_name="allocations")
    amount = AmountField(
        currency="installment__commitment__currency",
        help_text="What the installment is paid, in its commitment's currency. Negative only when taken back.",
    )
    receipt_amount = AmountField(
        currency="receipt__currency", help_text="What is used of the receipt, in the receipt's currency."
    )
    rate = models.DecimalField(
        max_digits=28,
        decimal_places=16,
        null=True,
        blank=True,
        help_text="Units of the commitment's currency for one of the receipt's, when they differ.",
    )
    rate_on = models.DateField("day of the rate", null=True, blank=True)
    difference = AmountField(
        "realized difference",
        currency="installment__commitment__currency",
        db_default=Decimal(0),
        help_text="In the commitment's currency: what was used at the rate, less what it pays. A gain is positive.",
    )
    booked_on = models.DateField(help_text="The day on which it counts.")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    allocated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = AllocationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["pk"]
        default_permissions = ("view",)
        triggers = [
            *Record.Meta.triggers,
            *triggers.allocation_counts_within_limits(),
            fixed_when_closed("booked_on"),
            never_emptied(),
        ]
        indexes = [models.Index(fields=["booked_on"], name="allocation_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0, receipt_amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0, receipt_amount__lt=0),
                name="only_taken_back_allocations_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(rate=None, rate_on=None, difference=0, receipt_amount=F("amount"))
                | Q(rate__gt=0, rate_on__isnull=False),
                name="allocation_names_its_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} → {self.installment}"

    @property
    def rate_text(self) -> str:
        """The rate as people write it, without the column's zeros."""
        return f"{self.rate.normalize():f}" if self.rate is not None else ""
