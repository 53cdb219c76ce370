"""Checks and writes imports. The rows are the memory; a message to this task only says: look now."""

import time

import structlog
from celery import shared_task
from django.db import IntegrityError
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.errors import is_collision
from foundation.imports.progress import progress_of
from foundation.imports.rules import RunState
from foundation.imports.services import carry_out, claim_next, clear_old_files, give_up, let_go

log = structlog.get_logger(__name__)

# No new import is begun after that, so that a run ends before a worker's time limit.
LONGEST_RUN_SECONDS = 120


@shared_task(name="foundation.work_on_imports")
def work_on_imports() -> str:
    """Check and write what waits, one import after the other."""
    worked = 0
    started = time.monotonic()
    while time.monotonic() - started < LONGEST_RUN_SECONDS:
        run = claim_next(now=timezone.now())
        if run is None:
            break
        worked += 1
        if run.state == RunState.FAILED:
            continue
        try:
            with progress_of(run.pk) as progress:
                carry_out(run=run, now=timezone.now(), progress=progress)
        except Exception as error:
            if is_collision(error) or isinstance(error, IntegrityError):
                # What was planned met what somebody wrote meanwhile. Nothing is written; the next plan knows it.
                log.warning(
                    "import met another writer, taken again", run=run.pk, problem=type(error).__name__
                )
                let_go(run=run)
                continue
            # Whoever waits for the file is told; the error itself goes to the log and to whoever watches jobs.
            give_up(run=run)
            raise
    return f"{worked} imports worked on"


@shared_task(name="foundation.clear_old_imports")
def clear_old_imports() -> str:
    """Delete the files of imports older than a month, and what was kept of their rows."""
    return f"{clear_old_files(actor=None, now=timezone.now())} imports cleared"


def wake_worker() -> None:
    """Ask a worker to look now. Without a broker the beat finds the import a minute later."""
    try:
        work_on_imports.apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as problem:
        log.warning("broker not reached, the beat will find the import", problem=type(problem).__name__)
