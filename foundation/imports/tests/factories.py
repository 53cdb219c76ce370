"""Imports for tests: uploaded, and worked on as a worker does."""

from foundation.imports import services
from foundation.imports.kinds import ImportKind, kind_named
from foundation.imports.models import ImportRun
from foundation.imports.tasks import work_on_imports


def upload(
    actor, content: bytes, file_name: str = "sponsors.csv", kind: ImportKind | None = None
) -> ImportRun:
    """Return an import that waits to be checked."""
    return services.start_import(
        actor=actor, kind=kind or kind_named("sponsors"), content=content, file_name=file_name
    )


def worked_on(run: ImportRun) -> ImportRun:
    """Return the import after a worker has looked at what waits."""
    work_on_imports()
    run.refresh_from_db()
    return run


def checked(
    actor, content: bytes, file_name: str = "sponsors.csv", kind: ImportKind | None = None
) -> ImportRun:
    return worked_on(upload(actor, content, file_name, kind))


def applied(actor, run: ImportRun) -> ImportRun:
    """Return the import after somebody confirmed it and a worker did what it waits for."""
    return worked_on(services.apply_import(actor=actor, run=run))
