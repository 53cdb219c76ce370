"""Services that gifts keep running: their names outside, who supplies them, and what could replace them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, touches, tracked
from sponsors.commitments.models import CommitmentLine
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY
from sponsors.inkind.models.ranges import never_overlap
from sponsors.inkind.querysets import GiftTermsQuerySet, ServiceQuerySet, SupplyQuerySet
from sponsors.inkind.rules import Criticality, GiftUnit, Per, Provider

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

_PERCENT = [MinValueValidator(0), MaxValueValidator(100)]
MOST_MONTHS_TO_MOVE = 120


_TOUCHES_SERVICE = touches("service_id", "sponsors_service")


def _percent(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{name: None}) | Q(**{f"{name}__gte": 0, f"{name}__lte": 100}), name=f"{name}_is_a_share"
    )


@tracked()
class Service(Record):
    """Something the foundation runs that a gift keeps going, such as the files of a package index."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(
        max_length=60, unique=True, help_text="Names it in files of usage and in the API. It stays."
    )
    purpose = models.CharField(max_length=300, help_text="What it does, in a sentence.")
    provider = models.CharField(
        max_length=20,
        choices=Provider.choices,
        help_text="Whose statistics it has; it decides how its regions are named.",
    )
    criticality = models.CharField(max_length=10, choices=Criticality.choices)
    dependents = models.TextField(
        "who depends on it", blank=True, help_text="People, programs and services, one a line."
    )
    retired_on = models.DateField(
        null=True, blank=True, help_text="The first day on which it no longer runs."
    )

    objects = ServiceQuerySet.as_manager()

    if TYPE_CHECKING:
        keys: "RelatedManager[ServiceKey]"
        supplies: "RelatedManager[Supply]"
        alternatives: "RelatedManager[Alternative]"
        last_day: date | None  # added by with_last_day

    class Meta(Record.Meta):
        ordering = ["name"]
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return self.name


@tracked()
class ServiceKey(Record):
    """What a provider calls a service: its imports find it by this."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="keys")
    provider = models.CharField(max_length=20, choices=Provider.choices)
    external_id = models.CharField("name at the provider", max_length=100)

    class Meta(Record.Meta):
        ordering = ["provider", "external_id"]
        default_permissions = ()
        triggers = [*Record.Meta.triggers, _TOUCHES_SERVICE]
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="key_is_of_one_service"),
            models.CheckConstraint(condition=~Q(external_id=""), name="key_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.external_id


@tracked()
class Supply(Record):
    """Which sponsor supplies a service, from when until when, and under which line of a commitment."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="supplies")
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="supplies")
    line = models.ForeignKey(
        CommitmentLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supplies",
        help_text="The gift in kind it is part of; none while nothing is signed.",
    )
    starts_on = models.DateField("first day")
    ends_before = models.DateField("day after the last day", null=True, blank=True)

    objects = SupplyQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "supplies"
        ordering = ["service", "-starts_on"]
        default_permissions = ()
        triggers = [*Record.Meta.triggers, _TOUCHES_SERVICE]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")),
                name="supply_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__gte=EARLIEST_DAY, starts_on__lt=LATEST_DAY),
                name="supply_is_within_reach",
            ),
            never_overlap("service", "starts_on", "ends_before", name="one_supplier_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.service} by {self.sponsor}"

    @property
    def ends_on(self) -> date | None:
        """The last day, included."""
        return self.ends_before - timedelta(days=1) if self.ends_before else None


@tracked()
class Alternative(Record):
    """Where a service could go if its sponsor left, and what that would take."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="alternatives")
    name = models.CharField(max_length=100, help_text="The other provider, or another way to do without.")
    card = models.ForeignKey(
        "sponsors.RateCard",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="rate card",
        help_text="What it would cost there.",
    )
    months_to_move = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MOST_MONTHS_TO_MOVE)]
    )
    shed_percent = models.DecimalField(
        "percent that would be shed",
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=_PERCENT,
        help_text="The share of today's traffic that would no longer be served.",
    )
    notes = models.TextField(blank=True)

    class Meta(Record.Meta):
        ordering = ["service", "name"]
        default_permissions = ()
        triggers = [*Record.Meta.triggers, _TOUCHES_SERVICE]
        constraints = [
            models.UniqueConstraint(fields=["service", "name"], name="alternative_is_there_once"),
            _percent("shed_percent"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class GiftTerms(Record):
    """What a line in kind promises in quantities, and on which terms."""

    # A draft's line may be taken away, and its terms with it; every other line stays.
    line = models.OneToOneField(CommitmentLine, models.CASCADE, related_name="gift_terms")
    unit = models.CharField(max_length=10, choices=GiftUnit.choices)
    per = models.CharField("counted by", max_length=10, choices=Per.choices)
    quantity = models.DecimalField(
        "promised quantity",
        max_digits=24,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="In the unit. None when whatever is used is given.",
    )
    ceiling = models.DecimalField(
        max_digits=24,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="No more than this is given, in the unit and for the same time; a month when whatever is used is.",
    )
    discount_percent = models.DecimalField(
        "percent discount",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=_PERCENT,
        help_text="100 when nothing is charged.",
    )
    terms_of_use = models.TextField(blank=True)
    notice_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many days before it may be withdrawn the sponsor says so."
    )

    objects = GiftTermsQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "gift terms"
        ordering = ["line"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(per=Per.AS_USED, quantity=None)
                | (~Q(per=Per.AS_USED) & Q(quantity__isnull=False, quantity__gt=0)),
                name="gift_says_how_much",
            ),
            models.CheckConstraint(
                condition=Q(ceiling=None) | Q(quantity=None, ceiling__gt=0) | Q(ceiling__gte=F("quantity")),
                name="ceiling_is_not_below_promise",
            ),
            _percent("discount_percent"),
        ]

    def __str__(self) -> str:
        return f"Terms of {self.line}"

    @property
    def promise_in_words(self) -> str:
        """Return such as 60,000 TB a month, or that whatever is used is given."""
        if self.quantity is None:
            return str(self.get_per_display())
        return self._in_words(self.quantity)

    @property
    def ceiling_in_words(self) -> str:
        """Return such as 70,000 TB a month; empty without one."""
        return "" if self.ceiling is None else self._in_words(self.ceiling)

    def _in_words(self, amount: Decimal) -> str:
        unit = GiftUnit(self.unit).label.partition(" (")[0].partition(",")[0]
        unit = unit if unit.isupper() else unit.lower()
        time = Per.MONTH.label if self.per == Per.AS_USED else Per(self.per).label
        words = "in the whole period" if self.per == Per.WHOLE else time.lower()
        return f"{amount.normalize():,f} {unit} {words}"
