"""By which policies risk is scored and people are reminded, and who is told when nobody else is there."""

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, touches, tracked
from foundation.money.fields import AmountField
from sponsors.commitments.models import Commitment
from sponsors.renewals.querysets import ReminderPolicyQuerySet, ScoringPolicyQuerySet
from sponsors.renewals.rules.ladder import Anchor, Need
from sponsors.renewals.rules.payments import DEFAULT_PAYMENT_DAYS
from sponsors.renewals.rules.wording import step_in_words

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

_SHARE = [MinValueValidator(0.001), MaxValueValidator(0.999)]
MOST_RUNG_DAYS = 1095


def default_payment_days() -> list[int]:
    return list(DEFAULT_PAYMENT_DAYS)


def _share(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{name}__gt": 0, f"{name}__lt": 1}), name=f"scoring_{name}_is_a_share"
    )


@tracked()
class ScoringPolicy(Record):
    """A version of how risk is scored. It never changes but for whether it is used: an edit makes the next version."""

    number = models.PositiveSmallIntegerField(unique=True, editable=False)
    name = models.CharField(max_length=60)
    points = models.JSONField(help_text="Log-odds of lapse by reason, and what the evidence is.")
    cash_prior = models.FloatField("prior, cash", validators=_SHARE)
    in_kind_prior = models.FloatField("prior, in kind", validators=_SHARE)
    monthly_prior = models.FloatField("prior, month to month", validators=_SHARE)
    prior_weight = models.FloatField(
        validators=[MinValueValidator(1)], help_text="As how many commitments of our own the prior counts."
    )
    window_months = models.PositiveSmallIntegerField(
        "months looked back",
        validators=[MinValueValidator(6), MaxValueValidator(60)],
        help_text="Our own rate is that of commitments which ended in so many months.",
    )
    expert_cap = models.FloatField(
        validators=[MinValueValidator(0)],
        help_text="The most that reasons nobody has validated may add together, in log-odds.",
    )
    raised_from = models.FloatField(validators=_SHARE)
    high_from = models.FloatField(validators=_SHARE)
    critical_from = models.FloatField(validators=_SHARE)
    horizon_days = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(30), MaxValueValidator(MOST_RUNG_DAYS)],
        help_text="A commitment is assessed every night once it ends within so many days.",
    )
    entry_below = AmountField(
        "lowest level is below",
        currency="",
        help_text="Of promised support a year, in the foundation's currency.",
    )
    gold_from = AmountField("second highest level is from", currency="", help_text="The same.")
    top_from = AmountField("highest level is from", currency="", help_text="The same.")
    high_exposure_from = AmountField(
        currency="",
        help_text="From so much a year, lost or to be paid elsewhere, a commitment has more reminders and "
        "shorter response times.",
    )
    is_current = models.BooleanField("in use", default=False, editable=False)
    used_because = models.CharField(
        "why it was taken into use", max_length=300, blank=True, db_default="", editable=False
    )
    reason = models.CharField(max_length=300, help_text="Why it was made.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="None: it came with Bursar.",
    )

    objects = ScoringPolicyQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "scoring policies"
        ordering = ["-number"]
        default_permissions = ("view", "add")
        permissions = [("use_scoringpolicy", "Can choose by which policy risk is scored")]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(
                name="scoring_policy_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["is_current", "used_because", "updated_at"]),
            ),
            pgtrigger.Protect(name="scoring_policy_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="one_scoring_policy_is_used"
            ),
            models.CheckConstraint(
                condition=Q(raised_from__lt=F("high_from"), high_from__lt=F("critical_from")),
                name="bands_are_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    entry_below__gte=0, entry_below__lte=F("gold_from"), gold_from__lte=F("top_from")
                ),
                name="levels_are_in_order",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="scoring_policy_has_a_reason"),
            *(
                _share(name)
                for name in (
                    "cash_prior",
                    "in_kind_prior",
                    "monthly_prior",
                    "raised_from",
                    "high_from",
                    "critical_from",
                )
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number} {self.name}"


@tracked()
class ReminderPolicy(Record):
    """A ladder of reminders. One is the default; a commitment may have another."""

    name = models.CharField(max_length=60, unique=True)
    is_default = models.BooleanField("default", default=False, editable=False)
    long_from_months = models.PositiveSmallIntegerField(
        "months of a long commitment",
        default=36,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="Commitments of so many months or more also have the steps for long ones.",
    )
    last_window_days = models.PositiveSmallIntegerField(
        "days of the last step",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="For how many days the last step stays open.",
    )

    objects = ReminderPolicyQuerySet.as_manager()

    if TYPE_CHECKING:
        rungs: "RelatedManager[ReminderRung]"

    class Meta(Record.Meta):
        verbose_name_plural = "reminder policies"
        ordering = ["name"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_reminder_policy_is_the_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class ReminderRung(Record):
    """A rung of a ladder: so many days before or after the end or the last day for notice."""

    policy = models.ForeignKey(ReminderPolicy, models.CASCADE, related_name="rungs")
    anchor = models.CharField("counted from", max_length=10, choices=Anchor.choices, default=Anchor.END)
    days = models.SmallIntegerField(help_text="After that day; negative before it.")
    need = models.CharField("for", max_length=10, choices=Need.choices, default=Need.ALWAYS)
    response_days = models.PositiveSmallIntegerField(
        "working days to respond",
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="Then the next person is told.",
    )

    class Meta(Record.Meta):
        ordering = ["policy", "anchor", "days"]
        default_permissions = ()
        triggers = [*Record.Meta.triggers, touches("policy_id", "sponsors_reminderpolicy")]
        constraints = [
            models.UniqueConstraint(fields=["policy", "anchor", "days"], name="rung_is_there_once"),
            models.CheckConstraint(
                condition=Q(days__gte=-MOST_RUNG_DAYS, days__lte=MOST_RUNG_DAYS), name="rung_is_within_reach"
            ),
            models.CheckConstraint(
                condition=Q(response_days__gte=1, response_days__lte=60), name="rung_gives_time_to_respond"
            ),
        ]

    def __str__(self) -> str:
        return step_in_words(self.anchor, self.days)


@tracked()
class ReminderOverride(Record):
    """That a commitment has another ladder than the default, and why."""

    commitment = models.OneToOneField(Commitment, models.PROTECT, related_name="reminder_override")
    policy = models.ForeignKey(ReminderPolicy, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)

    class Meta(Record.Meta):
        verbose_name = "own ladder"
        ordering = ["commitment"]
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"{self.commitment}: {self.policy}"


@tracked()
class RenewalSettings(Record):
    """Who is told when nobody else is there, what the runway is reckoned from, and when payments are reminded of."""

    fundraising_lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Told of commitments that nobody owns.",
    )
    director = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Told when neither owner nor backup responded in time.",
    )
    reserves = AmountField(
        currency="",
        null=True,
        blank=True,
        help_text="Money the foundation can spend, in its own currency.",
    )
    reserves_on = models.DateField("reserves as of", null=True, blank=True)
    monthly_costs = AmountField(
        currency="",
        null=True,
        blank=True,
        help_text="What the foundation spends a month, in its own currency.",
    )
    payment_days = ArrayField(
        models.SmallIntegerField(),
        default=default_payment_days,
        help_text="On which days around a due date a payment is reminded of; negative before it.",
    )
    sends_payment_reminders = models.BooleanField(
        "send payment reminders to sponsors",
        default=False,
        help_text="To the billing contact, by itself. Otherwise only Finance is told.",
    )

    class Meta(Record.Meta):
        verbose_name = "renewal settings"
        verbose_name_plural = "renewal settings"
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="only_one_renewal_settings"),
            models.CheckConstraint(
                condition=Q(reserves=None, reserves_on=None) | Q(reserves__gte=0, reserves_on__isnull=False),
                name="reserves_have_a_day",
            ),
            models.CheckConstraint(
                condition=Q(monthly_costs=None) | Q(monthly_costs__gt=0), name="monthly_costs_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return "Renewal settings"
