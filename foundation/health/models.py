"""When each periodic job last ran."""

from django.db import models


class JobRun(models.Model):
    """The last run of one job of the beat schedule; a job that is late shows in /readyz."""

    job = models.CharField(max_length=60, primary_key=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    summary = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["job"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.job
