"""Rate cards: dated list prices of providers, in graduated tiers by region."""

from datetime import date, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import AppendOnly, Record, touches, tracked
from foundation.money.fields import AmountField, CurrencyField
from sponsors.inkind.models.ranges import never_overlap
from sponsors.inkind.models.usage import Region
from sponsors.inkind.querysets import RateCardQuerySet, RateCardVersionQuerySet
from sponsors.inkind.rules import Confidence, Gigabyte, Metric, Provider

_TOUCHES_CARD = touches("card_id", "sponsors_ratecard")


@tracked()
class RateCard(Record):
    """A list of prices, in versions of which one holds on a day."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=60, unique=True, help_text="Names it in the API. It stays.")
    provider = models.CharField(max_length=20, choices=Provider.choices)
    currency = CurrencyField(default="USD")

    objects = RateCardQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name"]
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return self.name


@tracked()
class RateCardVersion(Record):
    """The prices of a card from a day on. What was valued by them stays checkable: only their end is set later."""

    card = models.ForeignKey(RateCard, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("version")
    valid_from = models.DateField()
    valid_before = models.DateField("day after the last day", null=True, blank=True)
    gigabyte = models.BigIntegerField("bytes in a gigabyte", choices=Gigabyte.choices)
    request_unit = models.PositiveIntegerField(
        "requests in a unit", help_text="How many requests the rate of requests is for."
    )
    monthly_minimum = AmountField(currency="card__currency", default=0)
    free_gigabytes = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    free_requests = models.PositiveBigIntegerField(default=0)
    source = models.CharField(max_length=300, help_text="Where the prices stand.")
    as_of = models.CharField("source as of", max_length=100, help_text="When they stood there.")
    confidence = models.CharField(max_length=10, choices=Confidence.choices)
    notes = models.TextField(blank=True)

    objects = RateCardVersionQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["card", "-number"]
        default_permissions = ()
        triggers = [
            *Record.Meta.triggers,
            _TOUCHES_CARD,
            pgtrigger.Protect(name="version_is_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="version_is_fixed", exclude=["valid_before", "updated_at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["card", "number"], name="card_version_is_unique"),
            models.CheckConstraint(
                condition=Q(valid_before=None) | Q(valid_before__gt=F("valid_from")),
                name="card_version_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(
                    request_unit__gte=1,
                    monthly_minimum__gte=0,
                    free_gigabytes__gte=0,
                    gigabyte__in=Gigabyte.values,
                ),
                name="card_version_has_possible_units",
            ),
            never_overlap("card", "valid_from", "valid_before", name="one_version_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.card}, version {self.number}"

    @property
    def valid_until(self) -> date | None:
        """The last day, included."""
        return self.valid_before - timedelta(days=1) if self.valid_before else None


@tracked()
class RateTier(Record):
    """One graduated slab: what lies between the tier before and `up_to` costs `rate` a unit, and only that."""

    version = models.ForeignKey(RateCardVersion, models.PROTECT, related_name="tiers")
    metric = models.CharField(max_length=10, choices=Metric.choices)
    region = models.CharField("region of the card", max_length=60)
    position = models.PositiveSmallIntegerField()
    up_to = models.DecimalField(
        max_digits=24,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Gigabytes of the card, or requests; none for what is above all tiers.",
    )
    rate = models.DecimalField(
        max_digits=18, decimal_places=8, help_text="For a gigabyte, or for the card's unit of requests."
    )
    is_published = models.BooleanField(
        "published", default=True, help_text="No: extrapolated beyond what the provider publishes."
    )

    class Meta(Record.Meta):
        ordering = ["version", "metric", "region", "position"]
        default_permissions = ()
        triggers = [AppendOnly()]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "metric", "region", "position"], name="tier_position_is_unique"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0), name="rate_is_not_negative"),
            models.CheckConstraint(condition=Q(up_to=None) | Q(up_to__gt=0), name="tier_ends_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.region}, tier {self.position}"


@tracked()
class RegionMapping(Record):
    """Which region of a card prices what a provider metered in one of its regions."""

    card = models.ForeignKey(RateCard, models.PROTECT, related_name="mappings")
    region = models.ForeignKey(Region, models.PROTECT, related_name="mappings")
    card_region = models.CharField("region of the card", max_length=60)

    class Meta(Record.Meta):
        ordering = ["card", "region"]
        default_permissions = ()
        triggers = [*Record.Meta.triggers, _TOUCHES_CARD]
        constraints = [models.UniqueConstraint(fields=["card", "region"], name="region_is_mapped_once")]

    def __str__(self) -> str:
        return f"{self.region} → {self.card_region}"
