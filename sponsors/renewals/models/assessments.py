"""The risk of a commitment as it was on a day, with all it was made of."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record
from foundation.money.fields import AmountField, CurrencyField
from sponsors.commitments.models import Commitment
from sponsors.renewals.models.policies import ScoringPolicy
from sponsors.renewals.querysets import AssessmentQuerySet
from sponsors.renewals.rules.policies import Band


class Assessment(Record):
    """What was said of a commitment on a day in the foundation's time zone, kept so that it can be judged later.

    A second run on the same day puts its findings in the place of the first's. Amounts are a year's, in the
    foundation's currency as it was then: cash that would be lost, and what the services under it would cost
    elsewhere. None where there is no rate, or no alternative with prices.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="assessments")
    day = models.DateField()
    policy = models.ForeignKey(ScoringPolicy, models.PROTECT, related_name="+")
    ends_before = models.DateField("day after the last day")
    at_risk_from = models.DateField(
        null=True, blank=True, help_text="It cannot lapse before its notice window opens; none: at risk now."
    )
    probability = models.FloatField(help_text="Of lapse at its end.")
    low = models.FloatField(help_text="The lower end of the range; four chances in five lie in it.")
    high = models.FloatField(help_text="The upper end of the range.")
    band = models.CharField(max_length=10, choices=Band.choices)
    base_rate = models.FloatField(help_text="Our own rate of late, shrunk toward the prior.")
    base_cases = models.PositiveIntegerField(help_text="How many commitments of our own ended of late.")
    base_lapses = models.PositiveIntegerField(help_text="How many of those lapsed.")
    reasons = models.JSONField(help_text="Reason, points, spread, evidence, and whether it is known.")
    facts = models.JSONField(help_text="What was known on the day.")
    asks_for_person = models.BooleanField("asks for a person")
    currency = CurrencyField()
    cash_a_year = AmountField(null=True)
    in_kind_a_year = AmountField(
        null=True, help_text="The value of gifts in kind: approved for twelve months, or as estimated."
    )
    replacement_a_year = AmountField(
        null=True, help_text="On the dearest of the alternatives' rate cards, by the use of twelve months."
    )
    is_latest = models.BooleanField(default=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "risk assessment"
        ordering = ["-day", "-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["-probability", "id"], condition=Q(is_latest=True), name="assessment_by_probability"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "day"], name="one_assessment_a_day"),
            models.UniqueConstraint(
                # Sums over all commitments are read from the index alone, however many assessments were kept.
                fields=["commitment"],
                include=["day", "cash_a_year", "in_kind_a_year", "replacement_a_year"],
                condition=Q(is_latest=True),
                name="one_latest_assessment",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("probability"), probability__lte=F("high"), high__lte=1),
                name="probability_is_in_its_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment} on {self.day}: {self.probability:.0%}"

    @property
    def exposure(self) -> Decimal:
        """What a year without it would cost at least: cash lost and services to be paid for, as far as known."""
        return (self.cash_a_year or Decimal(0)) + (self.replacement_a_year or Decimal(0))
