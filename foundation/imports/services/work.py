"""What workers do with an import: check it, write it, or give it up.

A worker may die at any moment and two may begin the same import: the states are asked on the locked
row, and what is written is written in the transaction that says so.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import connection, transaction

from foundation.audit.actions import acting
from foundation.books.selectors import local_today
from foundation.errors import RuleViolation
from foundation.imports.kinds import ADD, CHANGE, SAME, Plan
from foundation.imports.models import ImportFault, ImportProgress, ImportRun, ImportStep
from foundation.imports.progress import Progress
from foundation.imports.reading import read_sheet
from foundation.imports.rules import (
    LEASE,
    MAX_ATTEMPTS,
    Fault,
    ImportRefused,
    RunAction,
    RunState,
    Sheet,
    in_file_order,
    is_possible,
    next_state,
    shown,
)
from foundation.imports.services.decisions import lock_run
from foundation.people.models import User

_AT_ONCE = 1000
_LONGEST_REMARK = 300
LOST = "The file is no longer there. Upload it again."
WORN_OUT = "The work on this file was cut short three times, and nothing was written. Split the file, or tell an administrator."
BROKEN = "Something went wrong on our side, and nothing was written. Tell an administrator, or try again."
CHANGED_SINCE = (
    "Nothing was imported yet: what is recorded changed since the file was checked, so some rows would now do "
    "something else. Look at it once more."
)
REFUSED = "Nothing was imported."
BAD_SINCE = "Nothing was imported: rows have become bad since the file was checked."


def claim_next(*, now: datetime) -> ImportRun | None:
    """Take the import that waits longest; two workers never take the same one.

    One whose workers died each time is given up after the last attempt.
    """
    with transaction.atomic():
        # Both rows are locked, so that both are looked at again once somebody else let go of them.
        progress = (
            ImportProgress.objects.due(now)
            .select_for_update(of=("self", "run"), skip_locked=True)
            .select_related("run__uploaded_by", "run__applied_by")
            .order_by("pk")
            .first()
        )
        if progress is None:
            return None
        run = progress.run
        with acting("import.begin", actor=_who(run)):
            run.state = next_state(run.state, RunAction.BEGIN)
            run.save(update_fields=["state"])
            progress.attempts += 1
            progress.leased_until = now + LEASE
            progress.save(update_fields=["attempts", "leased_until"])
            if progress.attempts > MAX_ATTEMPTS:
                _fail(run, WORN_OUT)
    return run


def _who(run: ImportRun) -> User:
    """Return whose doing it is: who confirmed the import, and until then who uploaded it."""
    return run.applied_by or run.uploaded_by


def _who_still_may(run: ImportRun) -> User:
    """Return who confirmed the import, read anew. Raises ImportRefused for somebody who no longer may."""
    who: User = User.objects.get(pk=_who(run).pk)
    if not run.import_kind.may_import(who):
        raise ImportRefused(
            f"{who} may no longer import {run.import_kind.noun}s. Ask somebody who may to upload the file again.",
            code="import_not_allowed",
        )
    return who


def give_up(*, run: ImportRun, sentence: str = BROKEN) -> None:
    """Mark an import as failed that a worker could not finish; nothing happens to one that is finished."""
    with transaction.atomic(), acting("import.fail", actor=_who(run)):
        locked = lock_run(run)
        if is_possible(locked.state, RunAction.FAIL):
            _fail(locked, sentence)


def let_go(*, run: ImportRun) -> None:
    """Give back an import whose worker met another writer: it is taken again, as often as one may be."""
    ImportProgress.objects.filter(run=run).update(leased_until=None)


def _fail(run: ImportRun, sentence: str) -> None:
    run.state = next_state(run.state, RunAction.FAIL)
    run.remark = sentence
    run.save(update_fields=["state", "remark"])


def carry_out(*, run: ImportRun, now: datetime, progress: Progress) -> ImportRun:
    """Do what the claimed import waits for: check it, or write it. Look at the state of what is returned."""
    work: Callable[[ImportRun, datetime, Progress], None] = {
        RunState.CHECKING: _check,
        RunState.APPLYING: _apply,
    }.get(RunState(run.state), _nothing_to_do)
    try:
        work(run, now, progress)
    except FileNotFoundError:
        give_up(run=run, sentence=LOST)
    except RuleViolation as refused:
        give_up(run=run, sentence=shown(f"{REFUSED} {refused.message}", longest=_LONGEST_REMARK))
    return ImportRun.objects.get(pk=run.pk)


def _nothing_to_do(_run: ImportRun, _now: datetime, _progress: Progress) -> None:
    """Leave an import that was given up when it was claimed."""


def _planned(run: ImportRun, now: datetime, progress: Progress) -> tuple[Sheet, Plan | None, list[Fault]]:
    """Return the rows, what they would do, and all that is wrong with them."""
    kind = run.import_kind
    with run.file.open("rb") as file:
        content = file.read()
    try:
        sheet = read_sheet(content, run.file_name, kind)
    except ImportRefused as refused:
        return Sheet(), None, [Fault(refused.line, "", refused.message)]
    progress.begin(len(sheet.rows))
    plan = kind.plan(sheet.rows, local_today(now), progress.tell)
    return sheet, plan, in_file_order([*sheet.faults, *plan.faults], kind.column_names())


def _check(run: ImportRun, now: datetime, progress: Progress) -> None:
    sheet, plan, faults = _planned(run, now, progress)
    with transaction.atomic(), acting("import.check", actor=run.uploaded_by):
        locked = lock_run(run)
        # Discarded meanwhile, or another worker was quicker.
        if locked.state == RunState.CHECKING:
            _keep(locked, sheet, plan, faults)
            locked.state = next_state(locked.state, RunAction.REJECT if faults else RunAction.ACCEPT)
            locked.save()


def _apply(run: ImportRun, now: datetime, progress: Progress) -> None:
    kind = run.import_kind
    with transaction.atomic(), acting(kind.action, actor=_who(run)):
        _wait_longer()
        kind.hold()
        locked = lock_run(run)
        if locked.state != RunState.APPLYING:
            return
        who = _who_still_may(locked)
        sheet, plan, faults = _planned(locked, now, progress)
        seen = locked.plan_digest
        if plan is None or faults or _digest(plan) != seen:
            _keep(locked, sheet, plan, faults)
            locked.state = next_state(locked.state, RunAction.REJECT if faults else RunAction.RETURN)
            locked.remark = BAD_SINCE if faults else CHANGED_SINCE
            locked.applied_by = None
        else:
            progress.begin(len(sheet.rows))
            plan.write(actor=who, today=local_today(now), tell=progress.tell)
            locked.state = next_state(locked.state, RunAction.FINISH)
            locked.applied_at = now
        locked.save()


def _wait_longer() -> None:
    """Wait for people who hold what the import needs longer than they wait for it: nobody is at the screen."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2min'")


def _keep(run: ImportRun, sheet: Sheet, plan: Plan | None, faults: list[Fault]) -> None:
    """Put on the import what its rows would do, or all that is wrong with them; what was there goes."""
    run.faults.all().delete()
    run.steps.all().delete()
    steps = plan.steps if plan is not None and not faults else []
    outcomes = [step.outcome for step in steps]
    run.row_count = len(sheet.rows)
    run.new_count, run.changed_count, run.same_count = (outcomes.count(name) for name in (ADD, CHANGE, SAME))
    run.fault_count = len(faults)
    run.faulty_count = len({fault.line for fault in faults})
    run.plan_digest = _digest(plan) if plan is not None and not faults else ""
    ImportFault.objects.bulk_create(
        [
            ImportFault(
                run=run, line=each.line, column=each.column, value=shown(each.value), sentence=each.sentence
            )
            for each in faults
        ],
        batch_size=_AT_ONCE,
    )
    ImportStep.objects.bulk_create(
        [
            ImportStep(
                run=run,
                line=step.line,
                outcome=step.outcome,
                title=step.title[:200],
                reference=step.reference[:100],
                changes=[list(change) for change in step.changes],
            )
            for step in steps
        ],
        batch_size=_AT_ONCE,
    )


def _digest(plan: Plan) -> str:
    text = json.dumps([asdict(step) for step in plan.steps], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
