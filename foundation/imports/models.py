"""Imports: the file, where it stands, and what its rows would do or what is wrong with them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.audit.models import Record, tracked
from foundation.imports.kinds import ADD, CHANGE, SAME, ImportKind, kind_named, label_of
from foundation.imports.querysets import (
    ImportFaultQuerySet,
    ImportProgressQuerySet,
    ImportRunQuerySet,
    ImportStepQuerySet,
)
from foundation.imports.rules import RunState

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


@tracked(exclude=("plan_digest",))
class ImportRun(Record):
    """A file from outside: checked first, then written whole or not at all."""

    kind = models.CharField(max_length=40)
    file = models.FileField(upload_to="imports/", blank=True, help_text="Empty once it was cleared away.")
    file_name = models.CharField("file", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.UPLOADED)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    row_count = models.PositiveIntegerField("rows", default=0)
    new_count = models.PositiveIntegerField("new", default=0)
    changed_count = models.PositiveIntegerField("changed", default=0)
    same_count = models.PositiveIntegerField("as they are", default=0)
    faulty_count = models.PositiveIntegerField("rows with faults", default=0)
    fault_count = models.PositiveIntegerField("faults", default=0)
    plan_digest = models.CharField(max_length=64, blank=True, help_text="Tells two plans apart.")
    remark = models.CharField(max_length=300, blank=True, help_text="What there is to say about the state.")
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        progress: "ImportProgress"
        faults: "RelatedManager[ImportFault]"
        steps: "RelatedManager[ImportStep]"

    objects = ImportRunQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "import"
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view", "add")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at=None)),
                name="applied_run_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["faulty", "discarded", "failed"]) | Q(fault_count=0),
                name="imported_run_has_no_faults",
            ),
            # One press too many of "Upload" finds the import that the first one made.
            models.UniqueConstraint(
                fields=["uploaded_by", "kind", "sha256"],
                condition=Q(state__in=["uploaded", "checking", "checked", "applying"]),
                name="one_open_import_a_file_and_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["uploaded", "checking", "applying"]),
                name="import_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def import_kind(self) -> ImportKind:
        return kind_named(self.kind)

    @property
    def kind_label(self) -> str:
        return label_of(self.kind)


class ImportProgress(models.Model):
    """How far a worker is, and until when the import is its own.

    A row beside the import's: the import is locked while it is written, and how far it is must be
    seen meanwhile. Nothing here is history.
    """

    run = models.OneToOneField(ImportRun, models.CASCADE, primary_key=True, related_name="progress")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = ImportProgressQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.done} of {self.total}"


class _Line(models.Model):
    """Derived from the file, replaced by every check and cleared away with the file: no history."""

    line = models.PositiveIntegerField(help_text="In the file, counted from 1.")

    class Meta:
        abstract = True
        default_permissions = ()
        ordering = ["pk"]


# What a report of faults holds.
FAULT_COLUMNS = ("line", "column", "value", "sentence")


class ImportFault(_Line):
    """One thing that is wrong with a file."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="faults")
    column = models.CharField(max_length=100, blank=True, help_text="Empty when the row as a whole is wrong.")
    value = models.CharField(max_length=100, blank=True, help_text="What the cell holds, shortened.")
    sentence = models.TextField(help_text="What is wrong and how to put it right.")

    objects = ImportFaultQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}"


class ImportStep(_Line):
    """What one row would do, or did."""

    class Outcome(models.TextChoices):
        ADD = ADD, "Add"
        CHANGE = CHANGE, "Change"
        SAME = SAME, "As it is"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="steps")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    title = models.CharField("record", max_length=200)
    reference = models.CharField(
        max_length=100, blank=True, help_text="What names the record, such as a slug."
    )
    changes = models.JSONField(default=list, help_text="Name, old and new value of each field.")

    objects = ImportStepQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Line {self.line}: {self.title}"
