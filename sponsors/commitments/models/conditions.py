"""What a promise depends on, what it may be used for, and that it will not be renewed."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from foundation.audit.models import Record, tracked
from foundation.books.models import Fund
from foundation.books.triggers import fixed_when_closed, never_emptied
from foundation.money.fields import AmountField
from sponsors.commitments import triggers
from sponsors.commitments.models.amended import AmendedRecord
from sponsors.commitments.models.commitments import Commitment
from sponsors.commitments.querysets_conditions import (
    ConditionManager,
    ConditionQuerySet,
    NonRenewalQuerySet,
    ProgressQuerySet,
    RestrictionManager,
    RestrictionQuerySet,
)
from sponsors.commitments.rules import Barrier


@tracked(exclude=("reached",))  # progress has a history of its own
class Condition(AmendedRecord):
    """What must happen before a part of the cash is ours; amounts in the commitment's currency.

    An amendment that changes it puts a row of the same position in its place; what was reached counts
    for the position.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="conditions")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=300, help_text="What must happen.")
    measure = models.CharField("satisfied by", max_length=300, help_text="How we show that it has happened.")
    target = AmountField(
        currency="commitment__currency",
        null=True,
        blank=True,
        help_text="Met in proportion up to this amount, such as what others must give. Empty: met whole or not.",
    )
    amount = AmountField(
        "amount that depends on it",
        currency="commitment__currency",
        help_text="Of the cash promised, all or a part.",
    )
    due_on = models.DateField("to be met by", null=True, blank=True)
    money_returns = models.BooleanField(
        "money goes back",
        default=True,
        help_text="If it is not met, money that came for it goes back. Otherwise the sponsor only need not pay the rest.",
    )
    reached = AmountField(
        currency="commitment__currency",
        db_default=Decimal(0),
        editable=False,
        help_text="The sum of the progress towards the target, kept by the database.",
    )

    objects = ConditionManager()
    versions = ConditionQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_state
        state: str

    class Meta(AmendedRecord.Meta):
        ordering = ["commitment", "position"]
        default_permissions = ("view",)
        triggers = [
            *AmendedRecord.Meta.triggers,
            *triggers.condition_changes_by_amendment(),
            *triggers.reached_follows_progress(),
        ]
        indexes = [models.Index(fields=["due_on", "id"], name="condition_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "position"],
                condition=Q(removed_by=None),
                name="condition_position_is_unique",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="condition_amount_is_positive"),
            models.CheckConstraint(condition=Q(target__gt=0), name="condition_target_is_positive"),
            models.CheckConstraint(
                condition=Q(reached__gte=0, reached__lte=Coalesce("target", "amount")),
                name="condition_is_not_above_its_target",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False) | Q(reached=0) | Q(reached=F("amount")),
                name="condition_without_target_is_met_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.number} condition {self.position}"

    @property
    def barrier(self) -> Barrier:
        """The condition as the rules see it."""
        return Barrier(
            description=self.description,
            measure=self.measure,
            amount=self.amount,
            target=self.target,
            due_on=self.due_on,
            money_returns=self.money_returns,
            position=self.position,
        )


@tracked()
class ConditionProgress(Record):
    """That a condition was met, or a part of it, on a day. A wrong entry is reversed by one that names it."""

    condition = models.ForeignKey(Condition, models.PROTECT, related_name="progress")
    met_on = models.DateField()
    corrects_on = models.DateField(
        "corrects the closed day",
        null=True,
        blank=True,
        help_text="When it was met on a day whose books are closed: that day. It counts from the open day above.",
    )
    amount = AmountField(
        currency="condition__commitment__currency",
        help_text="Towards the target. Negative only on a reversal.",
    )
    reference = models.CharField(
        max_length=100, help_text="What shows it, such as the number of a report; each counts once."
    )
    note = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    is_reversed = models.BooleanField(
        "reversed",
        default=False,
        editable=False,
        help_text="Set by the database when the reversal is written.",
    )

    objects = ProgressQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "condition progress"
        ordering = ["met_on", "pk"]
        default_permissions = ("view",)
        permissions = [
            ("record_conditionprogress", "Can record that a condition is met, whole or in part"),
            ("reverse_conditionprogress", "Can reverse what was recorded of a condition"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *triggers.progress_is_a_fact(),
            fixed_when_closed("met_on", exempt=("is_reversed",)),
            never_emptied(),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "reference"],
                condition=Q(reverses=None, is_reversed=False),
                name="progress_reference_counts_once",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="only_progress_reversals_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(corrects_on=None) | Q(corrects_on__lt=F("met_on")),
                name="progress_corrects_an_earlier_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} on {self.met_on}"


@tracked()
class Restriction(AmendedRecord):
    """A part of the cash that may only be used for the purpose of a fund: an amount or a percent."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="restrictions")
    position = models.PositiveSmallIntegerField()
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="restrictions")
    purpose = models.CharField(max_length=300, help_text="In the sponsor's words.")
    amount = AmountField(
        currency="commitment__currency",
        null=True,
        blank=True,
        help_text="In the commitment's currency; or give a percent.",
    )
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Of the cash; or give an amount.",
    )
    term = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the cash of this term only, counted from 1. Empty: of all of it."
    )

    objects = RestrictionManager()
    versions = RestrictionQuerySet.as_manager()

    class Meta(AmendedRecord.Meta):
        ordering = ["commitment", "position"]
        default_permissions = ("view",)
        triggers = [*AmendedRecord.Meta.triggers, *triggers.changes_by_amendment()]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "position"], name="restriction_position_is_unique"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, percent=None) | Q(amount=None, percent__gt=0, percent__lte=100),
                name="restriction_is_an_amount_or_a_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.purpose


@tracked()
class NonRenewal(Record):
    """That the sponsor or the foundation said in time that a commitment will not be renewed."""

    class Side(models.TextChoices):
        SPONSOR = "sponsor", "The sponsor"
        FOUNDATION = "foundation", "The foundation"

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="non_renewals")
    given_on = models.DateField()
    given_by = models.CharField(max_length=10, choices=Side.choices)
    reason = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = NonRenewalQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "notice of non-renewal"
        verbose_name_plural = "notices of non-renewal"
        ordering = ["-given_on", "-pk"]
        default_permissions = ("view",)
        triggers = [*Record.Meta.triggers, *triggers.non_renewal_is_withdrawn_once()]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"],
                condition=Q(withdrawn_on=None),
                name="one_standing_notice_a_commitment",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_on__gte=F("given_on"), withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="withdrawn_notice_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Notice by {self.get_given_by_display().lower()} on {self.given_on}"
