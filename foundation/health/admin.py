"""When each periodic job last ran, and how it went."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from foundation.audit.admin import OnlyRead
from foundation.health.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(OnlyRead):
    """Written by the jobs themselves."""

    empty_list = (
        "What ran in the background, and how it ended. The first appears within minutes once the "
        "scheduler runs."
    )
    list_display = ("job_in_words", "started_at", "finished_at", "summary")
    search_fields = ("job",)
    search_help_text = "Name of the job"
    fields = ("job_in_words", "started_at", "finished_at", "summary")

    @admin.display(description="Job", ordering="job")
    def job_in_words(self, run: JobRun) -> SafeString:
        words = capfirst(run.job.rpartition(".")[2].replace("_", " "))
        return format_html('{} <span class="text-subtle text-xs">{}</span>', words, run.job)
