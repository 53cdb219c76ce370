"""When each periodic job last ran, and how it went."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from foundation.audit.admin import BursarAdmin
from foundation.health.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(BursarAdmin):
    """Written by the jobs themselves."""

    empty_list = (
        "What ran in the background, and how it ended. The first appears within minutes once the "
        "scheduler runs."
    )
    list_display = ("job_in_words", "started_at", "finished_at", "summary")
    search_fields = ("job",)
    fields = ("job_in_words", "started_at", "finished_at", "summary")

    @admin.display(description="Job", ordering="job")
    def job_in_words(self, run: JobRun) -> SafeString:
        words = capfirst(run.job.rpartition(".")[2].replace("_", " "))
        return format_html('{} <span class="text-subtle text-xs">{}</span>', words, run.job)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False
