"""Amounts of installments that we no longer expect, and those that came after all."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from foundation.books.triggers import fixed_when_closed, never_emptied
from foundation.money.fields import AmountField
from sponsors.commitments import triggers
from sponsors.commitments.models.installments import Installment
from sponsors.commitments.querysets import WriteOffQuerySet
from sponsors.commitments.rules import WriteOffState


@tracked()
class WriteOff(Record):
    """An amount of an installment that we no longer expect, in the commitment's currency.

    One colleague proposes it, another decides. What is expected again is said by a further row, a
    recovery, which names it and is negative. Nothing is ever edited or deleted.
    """

    installment = models.ForeignKey(Installment, models.PROTECT, related_name="write_offs")
    amount = AmountField(
        currency="installment__commitment__currency", help_text="Negative only on a recovery."
    )
    reason = models.CharField(max_length=300)
    state = models.CharField(
        max_length=10, choices=WriteOffState.choices, default=WriteOffState.PROPOSED, editable=False
    )
    booked_on = models.DateField(
        null=True, blank=True, help_text="The day on which it counts; none before it is approved."
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)
    recovers = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="recoveries",
        help_text="The write-off of which this expects an amount again.",
    )

    objects = WriteOffQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_left
        left: Decimal

    class Meta(Record.Meta):
        verbose_name = "write-off"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("propose_writeoff", "Can propose to write off an amount"),
            ("approve_writeoff", "Can approve or refuse a write-off that somebody else proposed"),
            ("recover_writeoff", "Can expect again what was written off"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *triggers.write_off_counts_once_approved(),
            fixed_when_closed("booked_on"),
            never_emptied(),
        ]
        indexes = [
            models.Index(fields=["booked_on"], name="write_off_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    recovers__isnull=False,
                    amount__lt=0,
                    state=WriteOffState.APPROVED,
                    decided_by=None,
                    decided_on=None,
                )
                | Q(recovers=None, amount__gt=0),
                name="only_recoveries_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(state=WriteOffState.PROPOSED, decided_by=None, decided_on=None)
                | Q(recovers__isnull=False)
                | (
                    Q(decided_by__isnull=False, decided_on__isnull=False)
                    & ~Q(state=WriteOffState.PROPOSED)
                    & ~Q(decided_by=F("proposed_by"))
                ),
                name="write_off_is_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state=WriteOffState.APPROVED, booked_on__isnull=False)
                | (~Q(state=WriteOffState.APPROVED) & Q(booked_on=None)),
                name="approved_write_off_has_a_day",
            ),
            models.UniqueConstraint(
                fields=["installment"],
                condition=Q(state=WriteOffState.PROPOSED),
                name="one_proposed_write_off_an_installment",
            ),
        ]

    def __str__(self) -> str:
        return f"{'Recovery for' if self.recovers_id else 'Write-off of'} {self.installment}"
