"""Imports of usage: a file is read whole or refused, in one transaction, by a worker or by whoever brings it.

A worker may die at any moment and two may begin the same import: the state is asked on the locked row, and what is
written is written in the transaction that says so.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO, cast

from django.db import transaction
from django.utils import timezone

from foundation.audit.actions import acting, action
from foundation.people.models import User
from foundation.uploads.storage import discard_on_commit, store_file
from sponsors.inkind.formats import MOST_ROWS, open_usage
from sponsors.inkind.models import Service, UsageImport, UsageProgress
from sponsors.inkind.rules import ImportState, InKindError, UsageSource
from sponsors.inkind.rules.imports import (
    LARGEST_CALL,
    LEASE,
    LONGEST_REMARK,
    MAX_ATTEMPTS,
    MOST_ROWS_A_CALL,
    ImportAction,
    check_upload_size,
    next_import_state,
)
from sponsors.inkind.storage.loading import load_usage

LOST = "The file is no longer there. Upload it again."
CUT_SHORT = "The work was cut short, and nothing was written. Run the command again."
WORN_OUT = "The work on this file was cut short three times, and nothing was written. Split the file, or tell an administrator."
BROKEN = "Something went wrong on our side, and nothing was written. Tell an administrator, or try again."
NO_ROWS = "The file holds no rows."
_DIGESTED_AT_ONCE = 1 << 20


@action("usage_import.begin")
def begin_import(
    *,
    actor: User | None,
    source: UsageSource,
    file: BinaryIO,
    file_name: str,
    size: int,
    service: Service | None = None,
    keep: bool,
) -> UsageImport:
    """Write down that a file is to be read.

    With `keep` it is stored, and a worker reads it at once; without, whoever called reads it where it is, with
    `carry_out_import`.
    The same file may come again, which changes nothing then; while it waits or is read, it is the import there is.
    `service` is whose the rows are that do not say so. Raises InKindError for an upload that is empty or too large.
    """
    if keep:
        check_upload_size(size)
    digest = _digest(file)
    if actor is not None:
        # Two presses at once meet at the person's row.
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        there = UsageImport.objects.waiting().filter(imported_by=actor, sha256=digest, service=service)
        if (found := there.first()) is not None:
            return found
    stored = ""
    if keep:
        file.seek(0)
        content = file.read()
        stored = store_file(content, folder="usage", extension="gz" if content[:2] == b"\x1f\x8b" else "txt")
    begun = UsageImport.objects.create(
        source=source,
        file=stored,
        file_name=_shown_name(file_name),
        sha256=digest,
        size=size,
        service=service,
        state=ImportState.WAITING if keep else ImportState.READING,
        remark=_told_before(digest),
        imported_by=actor,
    )
    UsageProgress.objects.create(
        usage_import=begun, total=size, leased_until=None if keep else timezone.now() + LEASE
    )
    if keep:
        transaction.on_commit(_wake_worker)
    begun.refresh_from_db()
    return begun


@action("usage_import.send")
def take_usage(
    *, actor: User, file: BinaryIO, file_name: str, size: int, service: Service | None, now: datetime
) -> UsageImport:
    """Read at once what a program sends, and return the import with what came of it.

    Raises InKindError, with line and fix, when it cannot be read; then nothing is written, not even that it came.
    """
    check_upload_size(size, LARGEST_CALL)
    begun = UsageImport.objects.create(
        source=UsageSource.API,
        file_name=_shown_name(file_name),
        sha256=_digest(file),
        size=size,
        service=service,
        state=ImportState.READING,
        imported_by=actor,
    )
    UsageProgress.objects.create(usage_import=begun, done=size, total=size)
    _load(begun, file, now, _tell_nobody, granularity=None, most_rows=MOST_ROWS_A_CALL)
    begun.refresh_from_db()
    return begun


def claim_next_import(*, now: datetime) -> UsageImport | None:
    """Take the import that waits longest; two workers never take the same one.

    One whose workers died each time is given up after the last attempt, and one that was read where it lay at once.
    """
    with transaction.atomic():
        # Both rows are locked: an import that is being read is skipped, however old its lease.
        progress = (
            UsageProgress.objects.due(now)
            .select_for_update(of=("self", "usage_import"), skip_locked=True)
            .select_related("usage_import__imported_by", "usage_import__service")
            .order_by("pk")
            .first()
        )
        if progress is None:
            return None
        claimed = progress.usage_import
        with acting("usage_import.claim", actor=claimed.imported_by):
            claimed.state = next_import_state(claimed.state, ImportAction.BEGIN)
            claimed.save(update_fields=["state"])
            progress.attempts += 1
            progress.leased_until = now + LEASE
            progress.save(update_fields=["attempts", "leased_until"])
            if not claimed.file or progress.attempts > MAX_ATTEMPTS:
                _end(claimed, ImportAction.FAIL, WORN_OUT if claimed.file else CUT_SHORT)
    return claimed


def carry_out_import(
    *,
    usage_import: UsageImport,
    now: datetime,
    on_progress: Callable[[int], None],
    file: BinaryIO | None = None,
    granularity: int | None = None,
) -> UsageImport:
    """Read the import's file, or the one that lies elsewhere, and take in its rows: all of it or nothing.

    Look at the state of what is returned: a file that cannot be read is refused, with line and fix in the remark.
    """
    try:
        if file is not None:
            _read(usage_import, file, now, on_progress, granularity)
        else:
            with usage_import.file.open("rb") as stored:
                _read(usage_import, cast("BinaryIO", stored), now, on_progress, granularity)
    except FileNotFoundError:
        give_up_import(usage_import=usage_import, sentence=LOST)
    except InKindError as refused:
        _refuse(usage_import, refused.message)
    return UsageImport.objects.get(pk=usage_import.pk)


def _read(
    usage_import: UsageImport,
    file: BinaryIO,
    now: datetime,
    on_progress: Callable[[int], None],
    granularity: int | None,
) -> None:
    with transaction.atomic(), acting("usage_import.read", actor=usage_import.imported_by):
        locked = _lock(usage_import)
        # Another worker may have been quicker.
        if locked.state == ImportState.READING:
            _load(locked, file, now, on_progress, granularity=granularity, most_rows=MOST_ROWS)


def _load(
    locked: UsageImport,
    file: BinaryIO,
    now: datetime,
    on_progress: Callable[[int], None],
    *,
    granularity: int | None,
    most_rows: int,
) -> None:
    reader = open_usage(
        file,
        name=locked.file_name,
        size=locked.size,
        service=locked.service.slug if locked.service else None,
        granularity=granularity,
        on_progress=on_progress,
        most_rows=most_rows,
    )
    locked.format = reader.format
    load_usage(usage_import=locked, batches=reader.batches(), now=now)
    locked.state = next_import_state(locked.state, ImportAction.FINISH)
    locked.finished_at = timezone.now()
    if not locked.row_count:
        locked.remark = NO_ROWS
    locked.save(update_fields=["format", "state", "finished_at", "remark"])


def give_up_import(*, usage_import: UsageImport, sentence: str = BROKEN) -> None:
    """Mark an import as failed that a worker could not finish; nothing happens to one that is over."""
    with transaction.atomic(), acting("usage_import.fail", actor=usage_import.imported_by):
        locked = _lock(usage_import)
        if locked.state == ImportState.READING:
            _end(locked, ImportAction.FAIL, sentence)


def let_go_of_import(*, usage_import: UsageImport) -> None:
    """Give back an import whose worker met another writer: it is taken again, as often as one may be."""
    UsageProgress.objects.filter(usage_import=usage_import).update(leased_until=None)


def _refuse(usage_import: UsageImport, sentence: str) -> None:
    with transaction.atomic(), acting("usage_import.refuse", actor=usage_import.imported_by):
        locked = _lock(usage_import)
        if locked.state == ImportState.READING:
            _end(locked, ImportAction.REFUSE, sentence)


@action("usage_import.clear")
def clear_old_usage_files(*, actor: User | None, now: datetime) -> int:
    """Delete the files of old imports; return how many there were. What came of them stays."""
    old = list(UsageImport.objects.worn_out(now).select_for_update(of=("self",), skip_locked=True))
    for usage_import in old:
        discard_on_commit(usage_import.file.name or "")
        usage_import.file = ""
        usage_import.save(update_fields=["file"])
    return len(old)


def _end(locked: UsageImport, how: ImportAction, sentence: str) -> None:
    locked.state = next_import_state(locked.state, how)
    locked.remark = sentence if len(sentence) <= LONGEST_REMARK else sentence[: LONGEST_REMARK - 1] + "…"
    locked.finished_at = timezone.now()
    locked.save(update_fields=["state", "remark", "finished_at"])


def _lock(usage_import: UsageImport) -> UsageImport:
    """Return the import's row, locked and read anew, with whose its rows may be."""
    locked = UsageImport.objects.select_for_update(of=("self",)).select_related("service")
    return locked.get(pk=usage_import.pk)


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(_DIGESTED_AT_ONCE):
        digest.update(block)
    return digest.hexdigest()


def _told_before(digest: str) -> str:
    earlier = UsageImport.objects.filter(sha256=digest, state=ImportState.DONE).order_by("-pk").first()
    if earlier is None:
        return ""
    return f"This file was imported before, on {timezone.localtime(earlier.created_at):%Y-%m-%d}."


def _shown_name(file_name: str) -> str:
    """Return what a browser or program calls the file, which is only shown: one line, no folders."""
    name = "".join(letter for letter in PurePath(file_name.replace("\\", "/")).name if letter.isprintable())
    return name[-200:] or "file"


def _tell_nobody(_done: int) -> None:
    """How far a call is, nobody can see."""


def _wake_worker() -> None:
    from sponsors.inkind.tasks import wake_import_worker

    wake_import_worker()
