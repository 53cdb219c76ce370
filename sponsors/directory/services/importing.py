"""A file of sponsors: checked, looked at, then written whole or not at all."""

import hashlib
from datetime import datetime

from foundation.audit.actions import action
from foundation.errors import Conflict
from foundation.people.models import User
from sponsors.directory.imports import MOST_PROBLEMS, Problem, Row, read_sheet
from sponsors.directory.models import Contact, Sponsor, SponsorImport
from sponsors.directory.services.plans import ADD, CHANGE, Planner, Step, count
from sponsors.directory.services.sponsors import hold_directory

State = SponsorImport.State
_AT_ONCE = 500


def _keep_plan(record: SponsorImport, planner: Planner, problems: list[Problem]) -> None:
    """Put the plan on the record: what the rows would do, or what is wrong with them."""
    record.state = State.REJECTED if problems else State.CHECKED
    record.problems = [problem.as_json() for problem in _first(problems)]
    kept: list[Row] | list[Step] = planner.rows if problems else planner.steps
    record.rows = [each.as_json() for each in kept]
    record.row_count = len(planner.rows)
    record.created_count = 0 if problems else count(planner.steps, ADD)
    record.updated_count = 0 if problems else count(planner.steps, CHANGE)


def _first(problems: list[Problem]) -> list[Problem]:
    """Return the problems by line; of very many the first, and how many more there are."""
    problems = sorted(problems, key=lambda problem: problem.line)
    more = len(problems) - MOST_PROBLEMS
    if more <= 0:
        return problems
    last = Problem(problems[MOST_PROBLEMS].line, "", f"From here on there are {more:,} more problems.")
    return [*problems[:MOST_PROBLEMS], last]


@action("sponsor.check_import")
def check_import(*, actor: User, content: bytes, file_name: str) -> SponsorImport:
    """Read a file and keep what it would change, or what is wrong with it; change no sponsor.

    Raises ImportRefused when the file as a whole cannot be read.
    """
    sheet = read_sheet(content, file_name)
    planner = Planner(sheet.rows, faulty=frozenset(problem.line for problem in sheet.problems))
    planner.plan()
    record = SponsorImport(
        file_name=file_name[-200:], sha256=hashlib.sha256(content).hexdigest(), uploaded_by=actor
    )
    _keep_plan(record, planner, sheet.problems + planner.problems)
    record.save(force_insert=True)
    record.refresh_from_db()
    return record


def _lock_checked(record: SponsorImport) -> SponsorImport:
    locked = SponsorImport.objects.select_for_update().get(pk=record.pk)
    if locked.state != State.CHECKED:
        raise Conflict(
            f"This import is {locked.get_state_display().lower()} and cannot be applied or discarded. "
            "Upload the file again if it is still needed.",
            code="import_not_open",
            field="state",
        )
    return locked


@action("sponsor.import")
def apply_import(*, actor: User, record: SponsorImport, now: datetime) -> SponsorImport:
    """Write the whole file, once. Look at the state of what is returned.

    Applied: written. Rejected: a row has become bad since the file was checked. Still checked: the
    sponsors changed since, so the rows would now do something else; the new plan is there to be
    looked at. In the last two nothing was written. Raises Conflict for an import that is not open.
    """
    hold_directory()
    locked = _lock_checked(record)
    seen = locked.rows
    planner = Planner([Row(each["line"], each["values"]) for each in seen])
    planner.plan()
    _keep_plan(locked, planner, planner.problems)
    if locked.state == State.CHECKED and locked.rows == seen:
        _write(planner.steps)
        locked.state = State.APPLIED
        locked.applied_at = now
    locked.save()
    locked.refresh_from_db()
    return locked


def _write(steps: list[Step]) -> None:
    added = [step.sponsor for step in steps if step.added]
    Sponsor.objects.bulk_create(added, batch_size=_AT_ONCE)
    keys = dict(Sponsor.objects.values_list("slug", "pk"))
    for step in steps:
        if step.parent_slug:
            step.sponsor.parent_id = keys[step.parent_slug]
    children = [step.sponsor for step in steps if step.added and step.parent_slug]
    Sponsor.objects.bulk_update(children, ["parent"], batch_size=_AT_ONCE)
    for step in steps:
        if step.changed:
            step.sponsor.save(update_fields=sorted(step.changed))
    for step in steps:
        if step.contact is not None:
            step.contact.sponsor = step.sponsor
        if step.contact is not None and step.contact_changed:
            step.contact.save(update_fields=sorted(step.contact_changed))
    new = [step.contact for step in steps if step.contact is not None and step.contact_added]
    Contact.objects.bulk_create(new, batch_size=_AT_ONCE)


@action("sponsor.discard_import")
def discard_import(*, actor: User, record: SponsorImport) -> SponsorImport:
    """Put an import aside that shall not be applied. Raises Conflict for one that is not open."""
    locked = _lock_checked(record)
    locked.state = State.DISCARDED
    locked.save(update_fields=["state"])
    locked.refresh_from_db()
    return locked
