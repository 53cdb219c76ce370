"""Amendments: agreed changes of a signed commitment, from a day on; and the pauses they bring."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from foundation.books.triggers import dated_in_open_books, never_emptied
from foundation.documents.models import Document
from sponsors.commitments import triggers
from sponsors.commitments.models.amended import AmendedRecord
from sponsors.commitments.models.commitments import Commitment
from sponsors.commitments.querysets import AmendmentQuerySet, PauseManager, PauseQuerySet
from sponsors.commitments.rules import AmendmentState
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY

_AGREED = [AmendmentState.APPROVED, AmendmentState.APPLIED]


@tracked()
class Amendment(Record):
    """A change of a signed commitment. It is proposed by one person and approved by another.

    `change` says which rows of the schedule go and what comes for them; it is fixed from the start,
    and written into the schedule when the amendment takes effect.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    effective_on = models.DateField(
        "takes effect on", help_text="The first day on which the changed terms hold."
    )
    reason = models.CharField(max_length=300)
    state = models.CharField(
        max_length=10, choices=AmendmentState.choices, default=AmendmentState.PROPOSED, editable=False
    )
    change = models.JSONField(editable=False)
    document = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The amendment as both sides signed it.",
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    applied_on = models.DateField("in effect since", null=True, help_text="When the schedule was changed.")
    # Of two that take effect on one day, the keys do not tell which was written into the schedule first.
    turn = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="1 for the first amendment of the commitment in effect."
    )
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    problem = models.CharField(
        max_length=500, blank=True, help_text="Why it could not take effect on its day."
    )

    objects = AmendmentQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-effective_on", "-pk"]
        default_permissions = ("view", "add")
        permissions = [("approve_amendment", "Can approve an amendment that somebody else proposed")]
        triggers = [
            *Record.Meta.triggers,
            *triggers.amendment_takes_effect_once(),
            dated_in_open_books("effective_on", when_it_becomes=AmendmentState.APPLIED),
            never_emptied(),
        ]
        indexes = [models.Index(fields=["state", "effective_on"], name="amendment_by_state_and_day")]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], name="amendment_number_is_unique"),
            models.UniqueConstraint(fields=["commitment", "turn"], name="amendment_has_a_turn_of_its_own"),
            models.CheckConstraint(
                condition=Q(state=AmendmentState.APPLIED, turn__gte=1)
                | (~Q(state=AmendmentState.APPLIED) & Q(turn=None)),
                name="amendment_in_effect_has_its_turn",
            ),
            models.CheckConstraint(
                condition=Q(effective_on__gte=EARLIEST_DAY, effective_on__lt=LATEST_DAY),
                name="amendment_is_within_reach",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_AGREED)
                | (
                    Q(approved_by__isnull=False, approved_on__isnull=False) & ~Q(approved_by=F("proposed_by"))
                ),
                name="amendment_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state=AmendmentState.APPLIED, applied_on__gte=F("effective_on"))
                | (~Q(state=AmendmentState.APPLIED) & Q(applied_on=None)),
                name="amendment_is_not_applied_early",
            ),
            models.CheckConstraint(
                condition=~Q(state=AmendmentState.WITHDRAWN, withdrawn_reason=""),
                name="withdrawn_amendment_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.number} amendment {self.number}"


@tracked()
class Pause(AmendedRecord):
    """Days on which a commitment rests: nothing falls due, and no benefit is given."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="pauses")
    starts_on = models.DateField("first day")
    ends_before = models.DateField("day after the last day")

    objects = PauseManager()
    versions = PauseQuerySet.as_manager()

    class Meta(AmendedRecord.Meta):
        ordering = ["commitment", "starts_on"]
        default_permissions = ("view",)
        triggers = [
            *AmendedRecord.Meta.triggers,
            *triggers.changes_by_amendment(),
            triggers.pauses_are_apart(),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__gt=F("starts_on")), name="pause_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"

    @property
    def ends_on(self) -> date:
        """The last day, included."""
        return self.ends_before - timedelta(days=1)
