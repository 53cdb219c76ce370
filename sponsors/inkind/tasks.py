"""What is done for gifts in kind by the clock."""

import time

import structlog
from celery import shared_task
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.books.selectors import local_today
from foundation.errors import is_collision
from sponsors.inkind.progress import progress_of
from sponsors.inkind.pulling.fastly import Fastly
from sponsors.inkind.rules import ImportState
from sponsors.inkind.services.imports import (
    carry_out_import,
    claim_next_import,
    clear_old_usage_files,
    give_up_import,
    let_go_of_import,
)
from sponsors.inkind.services.pulling import pull_usage as pull
from sponsors.inkind.services.valuations import draft_months
from sponsors.inkind.services.watch import watch_services as watch
from sponsors.inkind.storage.partitions import make_partitions_ahead

log = structlog.get_logger(__name__)

# No new import is begun after that, so that a run ends before a worker's time limit.
LONGEST_RUN_SECONDS = 120
# No window is begun after that, so that a run ends before a worker's time limit.
LONGEST_PULL_SECONDS = 240


@shared_task(name="sponsors.pull_usage")
def pull_usage() -> str:
    """Ask Fastly for the hours of usage that are missing; what is not reached, the next run goes on with."""
    if not settings.FASTLY_API_TOKEN:
        return "FASTLY_API_TOKEN is not set: nothing was asked for"
    provider = Fastly(url=settings.FASTLY_API_URL, token=settings.FASTLY_API_TOKEN)
    pulled = pull(actor=None, provider=provider, now=timezone.now(), longest=LONGEST_PULL_SECONDS)
    new = sum(one.new for one in pulled)
    failed = sum(bool(one.problem) for one in pulled)
    return f"{len(pulled)} services asked for, {new} new rows, {failed} could not be"


@shared_task(name="sponsors.watch_services")
def watch_services() -> str:
    """Look at every complete day of services that was not looked at, and tell what is out of its range."""
    watched = watch(actor=None, now=timezone.now())
    return f"{watched.days} days looked at, {watched.found} anomalies found, {watched.closed} closed"


@shared_task(name="sponsors.draft_valuations")
def draft_valuations() -> str:
    """Draft the months whose use is complete, and adjustments of those whose use changed; tell Finance once."""
    return str(draft_months(actor=None, today=local_today()))


@shared_task(name="sponsors.make_usage_partitions")
def make_usage_partitions() -> str:
    """Make the partitions of this month's usage and that of the next three, so that no import has to."""
    return f"{len(make_partitions_ahead(today=timezone.now().date()))} partitions made"


@shared_task(name="sponsors.work_on_usage_imports")
def work_on_usage_imports() -> str:
    """Read the files of usage that wait, one after the other. A message only says: look now."""
    worked = 0
    started = time.monotonic()
    while time.monotonic() - started < LONGEST_RUN_SECONDS:
        claimed = claim_next_import(now=timezone.now())
        if claimed is None:
            break
        worked += 1
        if claimed.state == ImportState.FAILED:
            continue
        try:
            with progress_of(claimed) as progress:
                carry_out_import(usage_import=claimed, now=timezone.now(), on_progress=progress.tell)
        except Exception as error:
            if is_collision(error) or isinstance(error, IntegrityError):
                log.warning(
                    "import of usage met another writer, taken again",
                    usage_import=claimed.pk,
                    problem=type(error).__name__,
                )
                let_go_of_import(usage_import=claimed)
                continue
            # Whoever waits for the file is told; the error itself goes to the log and to whoever watches jobs.
            give_up_import(usage_import=claimed)
            raise
    return f"{worked} imports of usage worked on"


@shared_task(name="sponsors.clear_old_usage_files")
def clear_old_files() -> str:
    """Delete the files of imports of usage that are older than a month."""
    return f"{clear_old_usage_files(actor=None, now=timezone.now())} files of usage cleared"


def wake_import_worker() -> None:
    """Ask a worker to look now. Without a broker the beat finds the import a minute later."""
    try:
        work_on_usage_imports.apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as problem:
        log.warning("broker not reached, the beat will find the import", problem=type(problem).__name__)
