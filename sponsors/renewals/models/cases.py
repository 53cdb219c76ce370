"""Renewals as work: cards on a board, each move of one, and letters to sponsors."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.documents.models import Document
from foundation.notices.models import Notice
from sponsors.commitments.models import Commitment
from sponsors.directory.models import Contact
from sponsors.renewals.querysets import CaseQuerySet, LetterQuerySet
from sponsors.renewals.rules.states import CaseEnd, CaseState, LetterState


@tracked()
class RenewalCase(Record):
    """The work on what follows a commitment. Its owner, value and probability are those of the commitment."""

    commitment = models.OneToOneField(Commitment, models.PROTECT, related_name="renewal_case")
    state = models.CharField(max_length=12, choices=CaseState.choices, default=CaseState.DUE, editable=False)
    opened_on = models.DateField(editable=False)
    own_probability = models.FloatField(
        "our own probability of renewal",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="What whoever negotiates believes; empty: one less the assessed risk.",
    )
    closed_on = models.DateField(null=True, blank=True, editable=False)
    closed_as = models.CharField(max_length=12, choices=CaseEnd.choices, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_value
        currency: str | None
        cash_a_year: Decimal | None
        in_kind_a_year: Decimal | None
        probability: float | None
        band: str | None

    class Meta(Record.Meta):
        ordering = ["commitment__ends_before", "pk"]
        default_permissions = ("view",)
        permissions = [("move_renewalcase", "Can open renewal cases and move their cards")]
        indexes = [
            models.Index(fields=["state"], condition=Q(closed_on=None), name="open_case_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_as="") | (Q(closed_on__isnull=False) & ~Q(closed_as="")),
                name="closed_case_says_what_came_of_it",
            ),
            models.CheckConstraint(
                condition=Q(own_probability=None) | Q(own_probability__gte=0, own_probability__lte=1),
                name="own_probability_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"Renewal of {self.commitment.number}"


class CaseMove(Record):
    """That a card was moved, by whom and why."""

    case = models.ForeignKey(RenewalCase, models.PROTECT, related_name="moves")
    before = models.CharField("from", max_length=12, choices=CaseState.choices)
    after = models.CharField("to", max_length=12, choices=CaseState.choices)
    note = models.CharField(max_length=500, blank=True)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="None: Bursar itself.",
    )

    class Meta(Record.Meta):
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        triggers = [AppendOnly()]
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="move_goes_somewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.get_before_display()} → {self.get_after_display()}"


@tracked()
class RenewalLetter(Record):
    """A letter to a sponsor about a renewal: drafted by Bursar, edited and sent by a person."""

    case = models.ForeignKey(RenewalCase, models.PROTECT, related_name="letters")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="+")
    recipient = models.EmailField("to", blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Paragraphs are separated by an empty line.")
    state = models.CharField(
        max_length=10, choices=LetterState.choices, default=LetterState.DRAFT, editable=False
    )
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    sent_on = models.DateField(null=True, blank=True, editable=False)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    notice = models.ForeignKey(
        Notice, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = LetterQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view", "add", "change")
        permissions = [("send_renewalletter", "Can send renewal letters to sponsors")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state=LetterState.SENT,
                    sent_on__isnull=False,
                    sent_by__isnull=False,
                    document__isnull=False,
                    notice__isnull=False,
                )
                | (~Q(state=LetterState.SENT) & Q(sent_on=None, sent_by=None, notice=None)),
                name="sent_letter_has_a_day_and_a_sender",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
