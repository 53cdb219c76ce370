"""Exports that people keep, and a record of every file that was taken out."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.exports.querysets import ExportRunQuerySet, SavedExportQuerySet


class FileFormat(models.TextChoices):
    """What an export can be written as."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"


class _Selection(Record):
    """Which rows and columns of which list, and as what."""

    list_label = models.CharField("list", max_length=80, help_text="The model, such as sponsors.commitment.")
    query = models.TextField("filters", blank=True, help_text="As in the address of the list.")
    columns = ArrayField(models.CharField(max_length=60))
    file_format = models.CharField("format", max_length=4, choices=FileFormat.choices)

    class Meta(Record.Meta):
        abstract = True


@tracked()
class SavedExport(_Selection):
    """An export kept under a name; run again, it gives the rows of that day."""

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_exports")
    is_shared = models.BooleanField(
        "shared", default=False, help_text="Everybody who may see the list may run it."
    )

    objects = SavedExportQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name", "pk"]
        default_permissions = ("view", "add")
        constraints = [
            models.CheckConstraint(condition=~models.Q(columns=[]), name="saved_export_has_columns"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_export_has_a_name"),
            models.UniqueConstraint(fields=["owner", "name"], name="one_saved_export_a_name_and_owner"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class ExportRun(_Selection):
    """One file somebody took out: whose, when (`created_at`), of what, and how many rows."""

    exported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    row_count = models.PositiveIntegerField("rows")

    objects = ExportRunQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "export made"
        verbose_name_plural = "exports made"
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.list_label} as {self.get_file_format_display()}"
