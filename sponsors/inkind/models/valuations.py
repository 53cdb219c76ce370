"""Valuations: what a month of a gift was worth, by which policy, in steps that can be checked by hand."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.books.triggers import fixed_when_closed, never_emptied
from foundation.money.fields import AmountField, CurrencyField
from sponsors.commitments.models import CommitmentLine
from sponsors.inkind import triggers
from sponsors.inkind.models.rate_cards import RateCardVersion
from sponsors.inkind.models.services import Service
from sponsors.inkind.models.usage import Region
from sponsors.inkind.querysets import EvidenceQuerySet, ValuationQuerySet
from sponsors.inkind.rules import Estimate, Method, Metric, ValuationState

_FIRM = [ValuationState.APPROVED, ValuationState.REVERSED]


def _version() -> "models.ForeignKey[RateCardVersion | None, RateCardVersion | None]":
    return models.ForeignKey(RateCardVersion, models.PROTECT, null=True, blank=True, related_name="+")


def _person() -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )


@tracked()
class Valuation(Record):
    """The fair value of one month of one line in kind, in the line's currency.

    Drafted, submitted by one person, approved by another. What is approved never changes: a further row
    reverses it with negative amounts, or adds the difference when the usage beneath it changed.
    """

    line = models.ForeignKey(CommitmentLine, models.PROTECT, related_name="valuations")
    month = models.DateField(help_text="Its first day. Months are those of UTC, as providers bill.")
    method = models.CharField(max_length=10, choices=Method.choices)
    state = models.CharField(
        max_length=10, choices=ValuationState.choices, default=ValuationState.DRAFT, editable=False
    )
    currency = CurrencyField()
    base_version = _version()
    low_version = _version()
    high_version = _version()
    quantity = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    unit_value = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    technique = models.CharField(
        max_length=300, blank=True, help_text="How the unit value was found, and from what."
    )
    discount_percent = models.DecimalField(
        "widely available discount in percent", max_digits=5, decimal_places=2, default=0
    )
    discount_basis = models.CharField(
        max_length=300, blank=True, help_text="Who else gets it, and where that is said."
    )
    list_value = AmountField(help_text="Before the widely available discount.")
    discount = AmountField("widely available discount")
    value = AmountField(
        "recognized value", help_text="List value less the widely available discount: the base."
    )
    low_value = AmountField()
    high_value = AmountField()
    statements_value = AmountField("for the financial statements")
    tax_value = AmountField("for the tax return")
    value_notes = models.CharField(
        max_length=500, blank=True, help_text="Why the figures for statements and return differ."
    )
    is_extrapolated = models.BooleanField(
        "extrapolated", default=False, help_text="A tier beyond the published ones was used."
    )
    booked_on = models.DateField(
        null=True, blank=True, help_text="The day on which it counts; none before it is approved."
    )
    reason = models.CharField(max_length=300, blank=True)
    drafted_by = _person()
    submitted_by = _person()
    approved_by = _person()
    approved_on = models.DateField(null=True, blank=True)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversal",
        help_text="What it takes back.",
    )
    adjusts = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustments",
        help_text="What it corrects by the difference, for the usage changed.",
    )

    objects = ValuationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-month", "-pk"]
        default_permissions = ("view", "add")
        permissions = [
            ("submit_valuation", "Can submit a valuation for approval"),
            ("approve_valuation", "Can approve or return a valuation that somebody else submitted"),
            ("reverse_valuation", "Can reverse an approved valuation"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *triggers.valuation_is_fixed_once_approved(),
            fixed_when_closed("booked_on", exempt=("state",)),
            never_emptied(),
        ]
        indexes = [
            models.Index(fields=["booked_on"], name="valuation_by_day"),
            models.Index(fields=["line", "month"], name="valuation_by_line_and_month"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="valuation_month_is_its_first_day"),
            models.CheckConstraint(
                condition=Q(method=Method.METERED, base_version__isnull=False)
                | Q(method=Method.QUANTITY, quantity__isnull=False, unit_value__isnull=False)
                & ~Q(technique=""),
                name="valuation_says_how",
            ),
            models.CheckConstraint(
                condition=Q(value=F("list_value") - F("discount")), name="valuation_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, adjusts__isnull=True, value__gte=0)
                | Q(adjusts__isnull=False, reverses__isnull=True)
                | Q(reverses__isnull=False),
                name="only_corrections_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=_FIRM,
                    booked_on__isnull=False,
                    approved_by__isnull=False,
                    approved_on__isnull=False,
                )
                | (~Q(state__in=_FIRM) & Q(booked_on=None, approved_by=None, approved_on=None)),
                name="approved_valuation_has_person_and_day",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=False)
                | ~Q(state__in=[ValuationState.SUBMITTED, *_FIRM])
                | Q(submitted_by__isnull=False),
                name="submitted_valuation_has_a_person",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=False) | Q(approved_by=None) | ~Q(approved_by=F("submitted_by")),
                name="valuation_is_approved_by_somebody_else",
            ),
            models.UniqueConstraint(
                fields=["line", "month"],
                condition=Q(
                    state__in=[ValuationState.DRAFT, ValuationState.SUBMITTED, ValuationState.APPROVED],
                    reverses=None,
                    adjusts=None,
                ),
                name="one_live_valuation_a_month",
            ),
            models.UniqueConstraint(
                fields=["adjusts"],
                condition=Q(state__in=[ValuationState.DRAFT, ValuationState.SUBMITTED]),
                name="one_open_adjustment_a_valuation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} in {self.month:%Y-%m}"


@tracked()
class ValuationUsage(Record):
    """The metered use that was priced: what tells later whether it changed."""

    valuation = models.ForeignKey(Valuation, models.PROTECT, related_name="usage")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    bytes = models.BigIntegerField(help_text="Billable bytes; delivered ones where billable are unknown.")
    requests = models.BigIntegerField()

    class Meta(Record.Meta):
        ordering = ["valuation", "service", "region"]
        default_permissions = ()
        triggers = triggers.row_is_of_a_draft()
        constraints = [
            models.UniqueConstraint(fields=["valuation", "service", "region"], name="usage_is_valued_once"),
        ]

    def __str__(self) -> str:
        return f"{self.service} in {self.region}"


@tracked()
class ValuationStep(Record):
    """One line of the sum: so many units at such a rate make such an amount.

    Steps in the valuation's currency sum to its value; those in a rate card's lead to the one that converts them.
    """

    valuation = models.ForeignKey(Valuation, models.PROTECT, related_name="steps")
    estimate = models.CharField(max_length=10, choices=Estimate.choices)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=200)
    metric = models.CharField(max_length=10, choices=Metric.choices, blank=True)
    quantity = models.DecimalField(max_digits=28, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    rate = models.DecimalField(
        max_digits=30,
        decimal_places=16,
        null=True,
        blank=True,
        help_text="As long as exchange rates are: what is shown is what was multiplied.",
    )
    currency = CurrencyField()
    amount = AmountField()
    is_published = models.BooleanField("published", default=True)

    class Meta(Record.Meta):
        ordering = ["valuation", "estimate", "position"]
        default_permissions = ()
        triggers = triggers.row_is_of_a_draft()
        constraints = [
            models.UniqueConstraint(
                fields=["valuation", "estimate", "position"], name="step_position_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.label


@tracked()
class ValuationEvidence(Record):
    """A file that supports a valuation: an invoice at 100% discount, a price list, a letter."""

    valuation = models.ForeignKey(Valuation, models.PROTECT, related_name="evidence")
    file = models.FileField(upload_to="evidence/", max_length=200)
    file_name = models.CharField("file", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    note = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = EvidenceQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "evidence"
        ordering = ["pk"]
        default_permissions = ()
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return self.file_name
