"""By which cards the metered use of a gift is valued: the card is the policy."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from foundation.audit.models import Record, tracked
from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models.rate_cards import RateCard
from sponsors.inkind.querysets import PolicyQuerySet


@tracked()
class ValuationPolicy(Record):
    """How each month of a line is valued: by which cards, and less which discount.

    A change holds for what is drafted from then on; what was drafted before keeps the versions it names.
    """

    line = models.OneToOneField(
        CommitmentLine,
        models.PROTECT,
        related_name="valuation_policy",
        verbose_name="gift",
        help_text="The line in kind whose services are metered.",
    )
    base_card = models.ForeignKey(
        RateCard, models.PROTECT, related_name="+", help_text="Its prices make the value that is recognized."
    )
    low_card = models.ForeignKey(
        RateCard,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The cheapest that the same use could be had for. Empty: as the base.",
    )
    high_card = models.ForeignKey(
        RateCard,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The dearest. Empty: as the base.",
    )
    discount_percent = models.DecimalField(
        "widely available discount in percent",
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="What anybody comparable would get; it is deducted from all three.",
    )
    discount_basis = models.CharField(
        max_length=300, blank=True, help_text="Who else gets it, and where that is said."
    )

    objects = PolicyQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "valuation policies"
        ordering = ["line"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_percent=0)
                | Q(discount_percent__gt=0, discount_percent__lte=100) & ~Q(discount_basis=""),
                name="discount_has_a_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"Policy of {self.line}"
