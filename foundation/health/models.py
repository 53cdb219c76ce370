"""When each periodic job last ran."""

from django.db import models
from django.db.models.functions import Now


class JobRun(models.Model):
    """What is known of one job of the beat schedule: when it was last begun, done and failed.

    Each is kept apart from the others, so that a job that fails every night shows as failed and, in time, as
    late. What counts for being late is in `foundation/health/rules.py`.
    """

    job = models.CharField(max_length=60, primary_key=True)
    known_since = models.DateTimeField(
        db_default=Now(), editable=False, help_text="Since when the schedule here has it."
    )
    started_at = models.DateTimeField("last begun", null=True, blank=True)
    finished_at = models.DateTimeField("last done", null=True, blank=True)
    took = models.DurationField(null=True, blank=True, help_text="The last time that it was done.")
    failed_at = models.DateTimeField("last failed", null=True, blank=True)
    silence_told_at = models.DateTimeField(
        "silence told of",
        null=True,
        blank=True,
        help_text="Empty again once it was told that the job is back.",
    )
    summary = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "periodic job"
        ordering = ["job"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.job
