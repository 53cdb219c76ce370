"""What falls due: the cash that commitments schedule, and charges beside it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from foundation.audit.models import tracked
from foundation.books.models import Fund
from foundation.money.fields import AmountField
from sponsors.commitments import triggers
from sponsors.commitments.models.amended import AmendedRecord
from sponsors.commitments.models.commitments import Commitment, Term
from sponsors.commitments.querysets import InstallmentManager, InstallmentQuerySet
from sponsors.commitments.rules import InstallmentKind


@tracked(exclude=("paid", "written_off"))  # allocations and write-offs have a history of their own
class Installment(AmendedRecord):
    """One amount of cash that falls due, in the commitment's currency: scheduled, or a charge.

    The scheduled ones are what the commitment promises, and change by amendments. A charge is made by the
    invoice that asks for it, on the day `charged_on`, and goes with it: once a credit note takes that back
    in full, it is released.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="installments")
    term = models.ForeignKey(Term, models.PROTECT, related_name="installments")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=10,
        choices=InstallmentKind.choices,
        default=InstallmentKind.SCHEDULED,
        db_default=InstallmentKind.SCHEDULED,
        editable=False,
    )
    description = models.CharField(
        max_length=200, blank=True, db_default="", editable=False, help_text="What a charge is for."
    )
    fund = models.ForeignKey(
        Fund,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="charges",
        help_text="Where the money of a charge goes; that of others goes where the cash lines say.",
    )
    due_on = models.DateField()
    amount = AmountField(currency="commitment__currency")
    charged_on = models.DateField(
        null=True, blank=True, editable=False, help_text="The day of the invoice that made a charge."
    )
    released_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="The day of the credit note that released a charge; set by the database.",
    )
    paid = AmountField(
        currency="commitment__currency",
        db_default=Decimal(0),
        editable=False,
        help_text="The sum of its allocations, kept by the database.",
    )
    written_off = AmountField(
        currency="commitment__currency",
        db_default=Decimal(0),
        editable=False,
        help_text="The sum of its approved write-offs less what was recovered, kept by the database.",
    )

    objects = InstallmentManager()
    versions = InstallmentQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_paid, with_state and with_fixed
        remainder: Decimal
        state: str
        is_fixed: bool

    class Meta(AmendedRecord.Meta):
        ordering = ["due_on", "pk"]
        default_permissions = ("view",)
        triggers = [
            *AmendedRecord.Meta.triggers,
            *triggers.installment_changes_by_amendment(),
            triggers.term_is_of_the_same_commitment(),
            *triggers.charge_follows_its_invoice(),
            *triggers.sum_follows("allocations", "paid"),
            *triggers.sum_follows("write_offs", "written_off"),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="installment_by_due_date"),
            models.Index(
                fields=["due_on"],
                condition=Q(amount__gt=F("paid") + F("written_off")),
                name="unpaid_installment_by_due_date",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "position"], name="installment_position_is_unique"),
            models.CheckConstraint(
                condition=Q(removed_by=None) | Q(paid=0, written_off=0),
                name="removed_installment_has_no_money",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=InstallmentKind.SCHEDULED,
                    description="",
                    fund=None,
                    charged_on=None,
                    released_on=None,
                )
                | (
                    Q(
                        kind=InstallmentKind.CHARGE,
                        fund__isnull=False,
                        charged_on__isnull=False,
                        due_on__gte=F("charged_on"),
                        added_by=None,
                        removed_by=None,
                    )
                    & ~Q(description="")
                ),
                name="charge_says_what_it_is_for",
            ),
            models.CheckConstraint(
                condition=Q(released_on=None)
                | Q(released_on__gte=F("charged_on"), paid=Decimal(0), written_off=Decimal(0)),
                name="released_charge_has_no_money",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="installment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, written_off__gte=0, amount__gte=F("paid") + F("written_off")),
                name="installment_is_not_overpaid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.number}/{self.position}"
