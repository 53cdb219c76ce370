"""Rows of usage for tests, and a plain recomputation of what they must come to."""

from datetime import UTC, datetime

from django.db import transaction

from sponsors.inkind.formats.rows import RawRow
from sponsors.inkind.models import UsageImport
from sponsors.inkind.rules import METRICS, UsageSource
from sponsors.inkind.storage.loading import load_usage

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NOTHING = dict.fromkeys(METRICS)


def raw_row(
    line=1,
    *,
    service="files",
    region="usa",
    start="2026-03-01T14:00:00Z",
    granularity="3600",
    provider="fastly",
    **counts,
):
    """Return a row of one hour; counts that are not named are not said."""
    return RawRow(
        line,
        provider,
        service,
        region,
        start,
        str(granularity),
        **(NOTHING | {k: None if v is None else str(v) for k, v in counts.items()}),
    )


def usage_import(source=UsageSource.UPLOAD):
    return UsageImport.objects.create(source=source, file_name="usage.csv", sha256="0" * 64, size=1)


def loaded(*rows, now=NOW, source=UsageSource.UPLOAD):
    """Import the rows and return the import as it is in the database."""
    run = usage_import(source)
    with transaction.atomic():
        load_usage(usage_import=run, rows=iter(rows), now=now)
    run.refresh_from_db()
    return run


def came_to(run):
    return {
        name: count
        for name in ("new", "changed", "same", "rejected", "aside")
        if (count := getattr(run, f"{name}_count"))
    }


def told(run):
    """Return what was rejected, by line."""
    return {reject.line: reject.reason for reject in run.rejects.all()}
