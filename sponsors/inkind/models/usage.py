"""Metered use: imports, what they could not place, buckets, and their sums by day and month.

Buckets are in partitions by month, made by `sponsors.inkind.storage`. What an import wrote is told by
the import; rows of buckets carry no history of their own, for a bucket that arrives again replaces itself.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from sponsors.inkind.models.services import Service
from sponsors.inkind.querysets import (
    RegionQuerySet,
    UsageAsideQuerySet,
    UsageImportQuerySet,
    UsageProgressQuerySet,
)
from sponsors.inkind.rules import (
    METRICS,
    AsideProblem,
    Granularity,
    ImportState,
    Provider,
    UsageFormat,
    UsageSource,
)
from sponsors.inkind.rules.imports import outcome_of

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


@tracked()
class Region(Record):
    """A region as a provider names it in its statistics. The set is open: new ones are met in imports."""

    provider = models.CharField(max_length=20, choices=Provider.choices)
    name = models.CharField(max_length=60, help_text="As it stands in the provider's statistics.")
    label = models.CharField(max_length=60, help_text="As people read it.")
    is_total = models.BooleanField(
        "all regions together",
        default=False,
        help_text="Counts only where the same day is not told by region.",
    )

    objects = RegionQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["provider", "name"]
        default_permissions = ("view", "add", "change")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="region_is_there_once")]

    def __str__(self) -> str:
        return self.label


@tracked()
class UsageImport(Record):
    """One file, call or answer of usage: read whole or refused, and what came of its rows."""

    source = models.CharField(max_length=10, choices=UsageSource.choices)
    format = models.CharField(max_length=20, choices=UsageFormat.choices, blank=True)
    file = models.FileField(upload_to="usage/", blank=True, help_text="Empty once it was cleared away.")
    file_name = models.CharField("file", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose rows are that do not say so themselves, such as Fastly's aggregates.",
    )
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    row_count = models.PositiveBigIntegerField("rows", default=0)
    new_count = models.PositiveBigIntegerField("new", default=0)
    changed_count = models.PositiveBigIntegerField("changed", default=0)
    same_count = models.PositiveBigIntegerField("same", default=0)
    rejected_count = models.PositiveBigIntegerField("rejected", default=0)
    aside_count = models.PositiveBigIntegerField("kept aside", default=0)
    first_at = models.DateTimeField("from", null=True, blank=True)
    last_before = models.DateTimeField("until", null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="None: Bursar itself.",
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        progress: "UsageProgress"
        rejects: "RelatedManager[UsageReject]"
        asides: "RelatedManager[UsageAside]"

    objects = UsageImportQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "usage import"
        ordering = ["-pk"]
        default_permissions = ("view", "add")
        permissions = [("assign_usage", "Can say which service and region usage is of")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ImportState.DONE)
                | Q(
                    row_count=F("new_count")
                    + F("changed_count")
                    + F("same_count")
                    + F("rejected_count")
                    + F("aside_count")
                ),
                name="every_row_is_accounted_for",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ImportState.WAITING, ImportState.READING], finished_at=None)
                | (~Q(state__in=[ImportState.WAITING, ImportState.READING]) & Q(finished_at__isnull=False)),
                name="finished_import_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=[ImportState.WAITING, ImportState.READING]),
                name="usage_import_waiting",
            ),
            models.Index(fields=["sha256"], name="usage_import_by_digest"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def outcome(self) -> str:
        """What came of its rows, in words."""
        return outcome_of(
            new=self.new_count,
            changed=self.changed_count,
            same=self.same_count,
            rejected=self.rejected_count,
            aside=self.aside_count,
        )


class UsageProgress(models.Model):
    """How far a worker is with an import, and until when it is its own; seen while the import's transaction runs."""

    usage_import = models.OneToOneField(
        UsageImport, models.CASCADE, primary_key=True, related_name="progress"
    )
    done = models.PositiveBigIntegerField(default=0, help_text="Bytes read.")
    total = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = UsageProgressQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.done} of {self.total}"


class UsageReject(models.Model):
    """A row that could not be taken: where it stood and why."""

    usage_import = models.ForeignKey(UsageImport, models.CASCADE, related_name="rejects")
    line = models.PositiveBigIntegerField(help_text="In the file, counted from 1; of JSON, the row.")
    reason = models.CharField(max_length=300)
    excerpt = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["usage_import", "line", "pk"]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"


def _count() -> "models.BigIntegerField[Any, Any]":
    return models.BigIntegerField(null=True, blank=True)


class Metered(models.Model):
    """What a bucket counts; None where the provider did not say."""

    billable_bytes = _count()
    delivered_bytes = _count()
    origin_bytes = _count()
    requests = _count()
    hits = _count()
    misses = _count()
    passes = _count()
    errors = _count()

    class Meta:
        abstract = True
        default_permissions = ()


class UsageAside(Metered):
    """A bucket of a service or region that nobody knows yet; counted as soon as somebody says which it is."""

    usage_import = models.ForeignKey(UsageImport, models.PROTECT, related_name="asides")
    line = models.PositiveBigIntegerField()
    problem = models.CharField(max_length=20, choices=AsideProblem.choices)
    provider = models.CharField(max_length=20, choices=Provider.choices)
    service_name = models.CharField("service in the file", max_length=100)
    region_name = models.CharField("region in the file", max_length=60)
    starts_at = models.DateTimeField()
    granularity = models.IntegerField(choices=Granularity.choices)

    objects = UsageAsideQuerySet.as_manager()

    class Meta(Metered.Meta):
        verbose_name = "usage kept aside"
        verbose_name_plural = "usage kept aside"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["provider", "service_name", "region_name"], name="aside_by_its_names"),
        ]

    def __str__(self) -> str:
        return f"{self.service_name} in {self.region_name}"


class BucketStart(models.Func):
    """When the bucket begins, of so many seconds, in which a time lies; days begin at 00:00 UTC."""

    template = "date_bin(make_interval(secs => %(expressions)s, timestamptz '2000-01-01 00:00:00+00')"
    arg_joiner = "), "
    output_field = models.DateTimeField()


class UsageRecord(Metered):
    """One metered bucket of one service in one region. The table is partitioned by month of `starts_at` (UTC).

    References carry no constraint of the database: it would look up three rows for each of millions of
    buckets, which an import has looked up once. Services, regions and imports are never deleted.
    """

    pk = models.CompositePrimaryKey("service_id", "starts_at", "granularity", "region_id")
    service = models.ForeignKey(
        Service, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    starts_at = models.DateTimeField()
    granularity = models.IntegerField(choices=Granularity.choices)
    region = models.ForeignKey(
        Region, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    usage_import = models.ForeignKey(
        UsageImport, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta(Metered.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(granularity__in=Granularity.values), name="usage_is_of_a_granularity"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=BucketStart("granularity", "starts_at")),
                name="usage_starts_on_a_boundary",
            ),
            models.CheckConstraint(
                condition=Q(**{f"{name}__gte": 0 for name in METRICS}), name="usage_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(hits__lte=F("requests")), name="usage_has_no_more_hits_than_requests"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} at {self.starts_at:%Y-%m-%d %H:%M}"


class UsageDay(Metered):
    """The sum of a service's buckets of one UTC day in one region, in the finest granularity that is complete."""

    pk = models.CompositePrimaryKey("service_id", "day", "region_id")
    service = models.ForeignKey(
        Service, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    region = models.ForeignKey(Region, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    granularity = models.IntegerField(choices=Granularity.choices)
    is_complete = models.BooleanField(help_text="Whether the service's buckets of the whole day are there.")

    class Meta(Metered.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.service_id} on {self.day}"


class UsageMonth(Metered):
    """The sum of a service's days of one UTC month in one region."""

    pk = models.CompositePrimaryKey("service_id", "month", "region_id")
    service = models.ForeignKey(
        Service, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    month = models.DateField(help_text="Its first day.")
    region = models.ForeignKey(Region, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    complete_days = models.PositiveSmallIntegerField(help_text="Days on which the service is complete.")

    class Meta(Metered.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="usage_month_is_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} in {self.month:%Y-%m}"


class UsagePull(models.Model):
    """Up to when a provider was asked for a service's usage, and what it answered last. Not history."""

    service = models.OneToOneField(Service, models.PROTECT, primary_key=True, related_name="pull")
    complete_before = models.DateTimeField(help_text="Every bucket before this is there.")
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    wait_until = models.DateTimeField(
        null=True, blank=True, help_text="The provider asked not to be asked before."
    )
    leased_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when a worker asks for it; a dead worker's lease runs out."
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.service} before {self.complete_before:%Y-%m-%d %H:%M}"
