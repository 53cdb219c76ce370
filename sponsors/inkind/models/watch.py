"""The watch over services: what left its own range, and what traffic may take in energy."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from sponsors.inkind.models.services import Service
from sponsors.inkind.querysets import AnomalyQuerySet, EnergyFactorQuerySet
from sponsors.inkind.rules import AnomalyKind, AnomalyState
from sponsors.inkind.rules.anomalies import Severity, in_words, severity


@tracked(exclude=("told_at",))
class Anomaly(Record):
    """A signal of a service that left its own recent range, with the numbers behind it."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="anomalies")
    kind = models.CharField(max_length=10, choices=AnomalyKind.choices)
    day = models.DateField(help_text="In UTC.")
    hour = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="In UTC, the hour that was furthest off; none when the day was looked at.",
    )
    observed = models.FloatField()
    expected = models.FloatField(help_text="The median of comparable times.")
    spread = models.FloatField(help_text="The median absolute deviation of comparable times.")
    score = models.FloatField(help_text="How many scaled spreads it is off; negative below.")
    compared_with = models.PositiveSmallIntegerField(help_text="How many comparable times there were.")
    state = models.CharField(
        max_length=10, choices=AnomalyState.choices, default=AnomalyState.OPEN, editable=False
    )
    explanation = models.CharField(max_length=500, blank=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="None: Bursar itself, or nobody yet.",
    )
    told_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When infrastructure staff were told of it."
    )

    objects = AnomalyQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name_plural = "anomalies"
        ordering = ["-day", "-pk"]
        default_permissions = ("view",)
        permissions = [("explain_anomaly", "Can explain, close and reopen an anomaly")]
        indexes = [models.Index(fields=["state", "-day"], name="anomaly_by_state_and_day")]
        constraints = [
            models.UniqueConstraint(fields=["service", "kind", "day"], name="anomaly_is_told_once"),
            models.CheckConstraint(condition=Q(hour=None) | Q(hour__lt=24), name="hour_is_of_a_day"),
            models.CheckConstraint(
                condition=Q(state=AnomalyState.OPEN) | ~Q(explanation=""),
                name="explained_anomaly_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.get_kind_display()} on {self.day}"

    @property
    def severity(self) -> Severity:
        return severity(self.kind, self.score)

    @property
    def sentence(self) -> str:
        """The numbers behind it, in words."""
        return in_words(
            self.kind,
            self.day,
            self.hour,
            observed=self.observed,
            expected=self.expected,
            compared_with=self.compared_with,
        )


class WatchedDay(models.Model):
    """A complete day of a service that the watch looked at, and what it counted then. Not history.

    A day that counts something else now is looked at again.
    """

    pk = models.CompositePrimaryKey("service_id", "day")
    service = models.ForeignKey(Service, models.PROTECT, db_index=False, related_name="+")
    day = models.DateField()
    fingerprint = models.CharField(max_length=32, help_text="Of the sums of the day as they were.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.service_id} on {self.day}"


@tracked()
class EnergyFactor(Record):
    """What somebody published about the energy of traffic: an estimate with a range, never a fact."""

    name = models.CharField(max_length=100, unique=True)
    kwh_per_gb_low = models.DecimalField("energy, low (kWh a GB)", max_digits=12, decimal_places=6)
    kwh_per_gb = models.DecimalField("energy (kWh a GB)", max_digits=12, decimal_places=6)
    kwh_per_gb_high = models.DecimalField("energy, high (kWh a GB)", max_digits=12, decimal_places=6)
    gco2_per_kwh_low = models.DecimalField("emissions, low (g CO₂e a kWh)", max_digits=10, decimal_places=2)
    gco2_per_kwh = models.DecimalField("emissions (g CO₂e a kWh)", max_digits=10, decimal_places=2)
    gco2_per_kwh_high = models.DecimalField("emissions, high (g CO₂e a kWh)", max_digits=10, decimal_places=2)
    source = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField()
    is_current = models.BooleanField("used on dashboards", default=False)

    objects = EnergyFactorQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-year", "name"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kwh_per_gb_low__gte=0,
                    kwh_per_gb_low__lte=F("kwh_per_gb"),
                    kwh_per_gb__lte=F("kwh_per_gb_high"),
                    gco2_per_kwh_low__gte=0,
                    gco2_per_kwh_low__lte=F("gco2_per_kwh"),
                    gco2_per_kwh__lte=F("gco2_per_kwh_high"),
                ),
                name="energy_range_is_in_order",
            ),
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="one_energy_factor_is_used"
            ),
        ]

    def __str__(self) -> str:
        return self.name
