"""What people decide about an import: upload, apply, discard; and what is forgotten later."""

import hashlib
from datetime import datetime
from pathlib import PurePath

from django.db import transaction

from foundation.audit.actions import action
from foundation.imports.kinds import ImportKind
from foundation.imports.models import ImportFault, ImportProgress, ImportRun, ImportStep
from foundation.imports.reading import check_size
from foundation.imports.rules import OPEN, ImportRefused, RunAction, is_possible, next_state
from foundation.people.models import User
from foundation.uploads.storage import discard_on_commit, store_file


def lock_run(run: ImportRun) -> ImportRun:
    """Return the import's row, locked and read anew."""
    return ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)


def _wake_worker() -> None:
    from foundation.imports.tasks import wake_worker

    wake_worker()


def _check_may_import(actor: User, kind: ImportKind) -> None:
    if not kind.may_import(actor):
        raise ImportRefused(
            f"You may not import {kind.noun}s. Ask an administrator for the role that may.",
            code="import_not_allowed",
            field="kind",
        )


@action("import.start")
def start_import(*, actor: User, kind: ImportKind, content: bytes, file_name: str) -> ImportRun:
    """Keep a file to be checked; a worker does so at once, and nothing is written before `apply_import`.

    The same file again, while the first import of it is still open, is that import. Raises
    ImportRefused for a file that is empty or too large, and for a person who may not.
    """
    _check_may_import(actor, kind)
    check_size(len(content))
    if not content:
        raise ImportRefused("The file is empty. Choose another.", code="file_empty", field="file")
    digest = hashlib.sha256(content).hexdigest()
    # Two presses at once meet at the person's row.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    there = ImportRun.objects.filter(uploaded_by=actor, kind=kind.name, sha256=digest, state__in=OPEN).first()
    if there is not None:
        return there
    # What a browser or program calls the file is only shown: one line, no folders.
    name = "".join(letter for letter in PurePath(file_name.replace("\\", "/")).name if letter.isprintable())
    run = ImportRun.objects.create(
        kind=kind.name,
        file=store_file(content, folder="imports", extension="xlsx" if content.startswith(b"PK") else "csv"),
        file_name=name[-200:] or "file",
        sha256=digest,
        uploaded_by=actor,
    )
    ImportProgress.objects.create(run=run)
    transaction.on_commit(_wake_worker)
    run.refresh_from_db()
    return run


@action("import.apply")
def apply_import(*, actor: User, run: ImportRun) -> ImportRun:
    """Have a checked import written by a worker, whole or not at all.

    The worker checks every row once more; when the rows would now do something else, nothing is
    written and the import is back in the state it was in, with the new plan to look at. Raises
    Conflict for an import that is not checked and ready.
    """
    locked = lock_run(run)
    _check_may_import(actor, locked.import_kind)
    locked.state = next_state(locked.state, RunAction.APPLY)
    locked.applied_by = actor
    locked.remark = ""
    locked.save(update_fields=["state", "applied_by", "remark"])
    ImportProgress.objects.filter(run=locked).update(
        done=0, total=locked.row_count, attempts=0, leased_until=None
    )
    transaction.on_commit(_wake_worker)
    locked.refresh_from_db()
    return locked


@action("import.discard")
def discard_import(*, actor: User, run: ImportRun) -> ImportRun:
    """Put an import aside that shall not be applied. Raises Conflict for one that is decided."""
    locked = lock_run(run)
    _check_may_import(actor, locked.import_kind)
    locked.state = next_state(locked.state, RunAction.DISCARD)
    locked.save(update_fields=["state"])
    locked.refresh_from_db()
    return locked


@action("import.clear")
def clear_old_files(*, actor: User | None, now: datetime) -> int:
    """Delete the files of old imports and what was kept of their rows; return how many there were.

    What was imported, by whom and how much stays. An import that nobody decided is discarded.
    """
    old = list(ImportRun.objects.worn_out(now).select_for_update(of=("self",), skip_locked=True))
    for run in old:
        if is_possible(run.state, RunAction.DISCARD):
            run.state = next_state(run.state, RunAction.DISCARD)
        discard_on_commit(run.file.name or "")
        run.file = ""
        run.save(update_fields=["state", "file"])
    ImportFault.objects.filter(run__in=old).delete()
    ImportStep.objects.filter(run__in=old).delete()
    return len(old)
