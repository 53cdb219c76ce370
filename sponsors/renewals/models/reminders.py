"""Steps of the ladder that were taken, who was told of them, and in which mail."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from foundation.notices.models import Notice
from sponsors.commitments.models import Commitment, Installment
from sponsors.renewals.querysets import PaymentReminderQuerySet, ReminderStepQuerySet, TellingQuerySet
from sponsors.renewals.rules.ladder import Anchor, Told
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.rules.wording import step_in_words


@tracked()
class ReminderStep(Record):
    """A step of the ladder that came due: for one end of one commitment there is each once.

    A changed end has a ladder of its own; the steps of the old one stay.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="reminder_steps")
    ends_before = models.DateField("day after the last day")
    code = models.CharField(max_length=20, help_text="Such as end-180.")
    anchor = models.CharField(max_length=10, choices=Anchor.choices)
    days = models.SmallIntegerField()
    due_on = models.DateField()
    closes_before = models.DateField(help_text="The first day on which it is no longer due.")
    response_days = models.PositiveSmallIntegerField("working days to respond")
    state = models.CharField(max_length=12, choices=StepState.choices, default=StepState.OPEN, editable=False)
    taken_on = models.DateField(help_text="The day on which the sweep found it due, or missed.")
    told_again_on = models.DateField(
        null=True, blank=True, help_text="The day from which the time to respond is counted anew."
    )
    snoozed_until = models.DateField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who acknowledged, snoozed or closed it; none: Bursar itself.",
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was snoozed or closed.")

    objects = ReminderStepQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "reminder"
        ordering = ["-due_on", "-pk"]
        default_permissions = ("view",)
        permissions = [("answer_reminderstep", "Can acknowledge, snooze and settle reminders")]
        indexes = [
            models.Index(
                fields=["commitment"],
                condition=Q(state__in=[StepState.OPEN, StepState.ACKNOWLEDGED, StepState.SNOOZED]),
                name="unsettled_step_by_commitment",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "ends_before", "code"], name="step_is_taken_once"),
            models.CheckConstraint(
                condition=Q(closes_before__gt=F("due_on")), name="step_closes_after_it_is_due"
            ),
            models.CheckConstraint(
                condition=Q(state=StepState.SNOOZED, snoozed_until__isnull=False)
                | (~Q(state=StepState.SNOOZED) & Q(snoozed_until=None)),
                name="snoozed_step_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[StepState.SNOOZED, StepState.CLOSED], reason=""),
                name="snoozed_or_closed_step_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}, {step_in_words(self.anchor, self.days)}"

    @property
    def ends_on(self) -> date:
        """The last day of the commitment that the ladder is for."""
        return self.ends_before - timedelta(days=1)


@tracked()
class PaymentReminder(Record):
    """That a payment is coming, due or overdue: for one due date of one installment there is each once."""

    installment = models.ForeignKey(Installment, models.PROTECT, related_name="reminders")
    due_on = models.DateField("due date")
    code = models.CharField(max_length=20, help_text="Such as due+15.")
    days = models.SmallIntegerField()
    state = models.CharField(max_length=12, choices=StepState.choices, default=StepState.OPEN, editable=False)
    taken_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    notice = models.ForeignKey(
        Notice, models.PROTECT, null=True, blank=True, related_name="+", help_text="The mail to the sponsor."
    )

    objects = PaymentReminderQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-taken_on", "-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-taken_on", "-id"], name="payment_reminder_by_day"),
            models.Index(
                fields=["installment"],
                condition=Q(state=StepState.OPEN),
                name="waiting_payment_reminder",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["installment", "due_on", "code"], name="payment_is_reminded_of_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.installment} {self.code}"


class Digest(Record):
    """The one mail of a day to a person, with all they are told of."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="digests")
    day = models.DateField()
    notice = models.OneToOneField(Notice, models.PROTECT, related_name="+")

    class Meta(Record.Meta):
        ordering = ["-day", "-pk"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.person} on {self.day}"


class Telling(Record):
    """That a person is told of a step or a payment: by the digest of a day, or the next one while there is none."""

    step = models.ForeignKey(ReminderStep, models.PROTECT, null=True, blank=True, related_name="tellings")
    payment = models.ForeignKey(
        PaymentReminder, models.PROTECT, null=True, blank=True, related_name="tellings"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField("told as", max_length=10, choices=Told.choices)
    told_on = models.DateField(help_text="The day from which the time to respond is counted.")
    digest = models.ForeignKey(Digest, models.PROTECT, null=True, blank=True, related_name="tellings")

    objects = TellingQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["told_on", "pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["person"], condition=Q(digest=None), name="telling_without_a_digest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["step", "person", "told_on"], name="step_is_told_once_a_day"),
            models.UniqueConstraint(fields=["payment", "person"], name="payment_is_told_once"),
            models.CheckConstraint(
                condition=Q(step=None, payment__isnull=False) | Q(step__isnull=False, payment=None),
                name="telling_is_of_a_step_or_a_payment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.step or self.payment}"
