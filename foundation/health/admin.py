"""When each periodic job was last begun and done, how long it took, and whether it is late."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.audit.admin import OnlyRead
from foundation.audit.badges import badge
from foundation.health.models import JobRun
from foundation.health.rules import Standing
from foundation.health.selectors import job_in_words, standing_of

TONES = {
    Standing.LATE: "danger",
    Standing.FAILED: "danger",
    Standing.CUT_SHORT: "warning",
    Standing.RUNNING: "info",
    Standing.WAITING: "default",
    Standing.DONE: "success",
}
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def duration_in_words(took: timedelta) -> str:
    """Return `0.4 s`, `12 s`, `3 min 5 s` or `2 h 10 min`."""
    if took < timedelta(seconds=10):
        return f"{took.total_seconds():.1f} s"
    if took < _MINUTE:
        return f"{took.seconds} s"
    if took < _HOUR:
        return f"{took // _MINUTE} min {took.seconds % 60} s"
    return f"{took // _HOUR} h {took % _HOUR // _MINUTE} min"


@admin.register(JobRun)
class JobRunAdmin(OnlyRead):
    """Written by the jobs themselves."""

    empty_list = (
        "What runs in the background, when it was last done and when it is due. The jobs appear within "
        "minutes once the scheduler runs."
    )
    list_display = (
        "job_in_words",
        "standing",
        "finished_at",
        "took_in_words",
        "due",
        "started_at",
        "summary",
    )
    search_fields = ("job",)
    search_help_text = "Name of the job"
    fields = (
        "job_in_words",
        "standing",
        "summary",
        "started_at",
        "finished_at",
        "took_in_words",
        "failed_at",
        "due",
        "known_since",
        "silence_told_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("job")

    @admin.display(description="Job", ordering="job")
    def job_in_words(self, run: JobRun) -> SafeString:
        return format_html('{} <span class="text-subtle text-xs">{}</span>', job_in_words(run.job), run.job)

    @admin.display(description="State")
    def standing(self, run: JobRun) -> str:
        job = standing_of(run, timezone.now())
        if job is None:
            return badge("No longer scheduled")
        return badge(str(job.standing).capitalize(), TONES[job.standing])

    @admin.display(description="Took", ordering="took")
    def took_in_words(self, run: JobRun) -> SafeString | None:
        return None if run.took is None else _in_one_line(duration_in_words(run.took))

    @admin.display(description="Due")
    def due(self, run: JobRun) -> SafeString | None:
        job = standing_of(run, timezone.now())
        return None if job is None else _in_one_line(f"{timezone.localtime(job.due_at):%Y-%m-%d %H:%M}")


def _in_one_line(text: str) -> SafeString:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)
