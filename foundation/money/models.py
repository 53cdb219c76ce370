"""Exchange rates."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.money.querysets import ExchangeRateQuerySet, RatesImportQuerySet
from foundation.money.reference_rates import EURO


# Only a change is history: of a rate that never changed the row itself says everything.
@pghistory.track(
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["updated_at"],
    meta={"default_permissions": ()},
)
class ExchangeRate(Record):
    """How many units of the currency one euro bought on a day: a reference rate of the European Central Bank."""

    day = models.DateField()
    currency = models.CharField(max_length=3, help_text="ISO 4217 code; also of currencies no longer in use.")
    rate = models.DecimalField(max_digits=22, decimal_places=12, help_text="Units for one euro.")

    objects = ExchangeRateQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-day", "currency"]
        default_permissions = ("view",)
        constraints = [
            # Also the index that a conversion reads: the last rate of a currency up to a day.
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_a_currency_and_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
            models.CheckConstraint(condition=~Q(currency=EURO), name="euro_needs_no_rate"),
        ]
        indexes = [models.Index(fields=["-day", "currency"], name="rate_by_day")]

    def __str__(self) -> str:
        return f"EUR 1 = {self.currency} {self.rate.normalize():f} on {self.day}"


@tracked()
class RatesImport(Record):
    """A file of reference rates that was taken in."""

    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file, in hexadecimal.")
    last_day = models.DateField(help_text="The last day that the file has rates for.")
    new_count = models.PositiveIntegerField("new")
    changed_count = models.PositiveIntegerField("changed")
    same_count = models.PositiveIntegerField("held already")
    closed_count = models.PositiveIntegerField(
        "of closed days",
        default=0,
        help_text="Not held and not added: figures of these days were reported without them.",
    )
    reason = models.CharField(
        "reason for changes", max_length=300, blank=True, help_text="Why rates held already were replaced."
    )
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="None: a command."
    )

    objects = RatesImportQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "import of exchange rates"
        verbose_name_plural = "imports of exchange rates"
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view", "add")
        triggers = [AppendOnly()]
        constraints = [
            models.CheckConstraint(
                condition=Q(changed_count=0) | ~Q(reason=""), name="replaced_rates_have_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} to {self.last_day}"

    @property
    def outcome(self) -> str:
        """What came of its rates, in words."""
        left_out = (
            f"; {self.closed_count:,} are of days whose books are closed, and were left out"
            if self.closed_count
            else ""
        )
        return f"{self.new_count:,} rates added, {self.changed_count:,} replaced, {self.same_count:,} were held already{left_out}."
