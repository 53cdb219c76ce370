"""How far an import of usage is, saved so that others see it while the import's transaction is still open."""

from collections.abc import Iterator
from contextlib import contextmanager

from foundation.imports.progress import Progress
from sponsors.inkind.models import UsageImport
from sponsors.inkind.rules.imports import LEASE


class ImportProgress(Progress):
    """Counts bytes of the file."""

    table = "sponsors_usageprogress"
    key = "usage_import_id"


@contextmanager
def progress_of(usage_import: UsageImport) -> Iterator[ImportProgress]:
    progress = ImportProgress(usage_import.pk, LEASE)
    try:
        progress.begin(usage_import.size)
        yield progress
    finally:
        progress.close()
