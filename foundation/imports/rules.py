"""What may happen to an import, how large its file may be, and how a fault is said. Pure Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum

from django.db import models

from foundation.errors import Conflict, RuleViolation
from foundation.uploads.rules import MEGABYTE

LARGEST_FILE = 10 * MEGABYTE
MOST_ROWS = 20_000
# A workbook is a zip: what it unpacks to is limited too, before anything is unpacked.
LARGEST_UNPACKED = 60 * MEGABYTE
LONGEST_CELL = 5_000
# Longer than any pause between two savings of the progress, so that a lease outlives only a dead worker.
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 3
# Files hold what people typed about other people: they are not kept longer than they are of use.
FILES_ARE_KEPT = timedelta(days=30)
_LONGEST_SHOWN = 100


class ImportRefused(RuleViolation):
    """The import is not possible as asked; `line` is where in the file."""

    code = "import_refused"

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, line: int = 1
    ) -> None:
        super().__init__(message, code=code, field=field)
        self.line = line


class RunState(models.TextChoices):
    """Where an import stands."""

    UPLOADED = "uploaded", "Waiting to be checked"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked"
    FAULTY = "faulty", "Faulty"
    APPLYING = "applying", "Being imported"
    APPLIED = "applied", "Imported"
    FAILED = "failed", "Failed"
    DISCARDED = "discarded", "Discarded"


class RunAction(StrEnum):
    BEGIN = "begin"
    ACCEPT = "accept"
    REJECT = "reject"
    APPLY = "apply"
    RETURN = "return"
    FINISH = "finish"
    FAIL = "fail"
    DISCARD = "discard"


TRANSITIONS: dict[tuple[RunState, RunAction], RunState] = {
    (RunState.UPLOADED, RunAction.BEGIN): RunState.CHECKING,
    # The lease ran out: whoever held it died, so somebody else takes the import.
    (RunState.CHECKING, RunAction.BEGIN): RunState.CHECKING,
    (RunState.CHECKING, RunAction.ACCEPT): RunState.CHECKED,
    (RunState.CHECKING, RunAction.REJECT): RunState.FAULTY,
    (RunState.CHECKING, RunAction.FAIL): RunState.FAILED,
    (RunState.CHECKED, RunAction.APPLY): RunState.APPLYING,
    (RunState.APPLYING, RunAction.BEGIN): RunState.APPLYING,
    (RunState.APPLYING, RunAction.FINISH): RunState.APPLIED,
    # The rows would now do something else than was looked at.
    (RunState.APPLYING, RunAction.RETURN): RunState.CHECKED,
    (RunState.APPLYING, RunAction.REJECT): RunState.FAULTY,
    (RunState.APPLYING, RunAction.FAIL): RunState.FAILED,
    (RunState.UPLOADED, RunAction.DISCARD): RunState.DISCARDED,
    (RunState.CHECKING, RunAction.DISCARD): RunState.DISCARDED,
    (RunState.CHECKED, RunAction.DISCARD): RunState.DISCARDED,
    (RunState.FAULTY, RunAction.DISCARD): RunState.DISCARDED,
}

# A worker has something to do.
AT_WORK = frozenset({RunState.UPLOADED, RunState.CHECKING, RunState.APPLYING})
# Somebody has still to decide, or a worker to finish.
OPEN = AT_WORK | {RunState.CHECKED}

_REFUSALS = {
    RunAction.APPLY: "Only an import that was checked and has no fault can be applied; this one is {state}.",
    RunAction.DISCARD: "This import is {state} and can no longer be discarded.",
}


def is_possible(state: str, action: RunAction) -> bool:
    return (RunState(state), action) in TRANSITIONS


def next_state(state: str, action: RunAction) -> RunState:
    """Return the state after the action. Raises Conflict with a sentence when it is not possible now."""
    found = TRANSITIONS.get((RunState(state), action))
    if found is None:
        told = _REFUSALS.get(action, "This import is {state}; somebody else was quicker.")
        label = str(RunState(state).label).lower()
        raise Conflict(told.format(state=label), code="import_not_open", field="state")
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind's files. `meaning` is the help text of page, template and documents."""

    name: str
    meaning: str
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file says it, with trimmed texts. The cells of `faulty` columns are known to be wrong."""

    line: int
    values: dict[str, str]
    faulty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, or with a whole row when there is no column. Lines count from 1."""

    line: int
    column: str
    sentence: str
    value: str = ""


@dataclass(slots=True)
class Sheet:
    """A file that could be read: its rows, and what is wrong with them whatever their meaning."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def shown(value: str, *, longest: int = _LONGEST_SHOWN) -> str:
    """Return the value as it can be kept and shown anywhere: one line, no control characters, not too long."""
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the known name that is nearest to what was typed, or nothing when none is near."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


def in_file_order(faults: Iterable[Fault], columns: Iterable[str]) -> list[Fault]:
    """Return the faults by line and column; of several about one cell only the first that was found."""
    order = {name: place for place, name in enumerate(columns)}
    kept: dict[tuple[int, str, str], Fault] = {}
    for fault in faults:
        # Without a column two faults of a row are about different things.
        kept.setdefault((fault.line, fault.column, "" if fault.column else fault.sentence), fault)
    return sorted(kept.values(), key=lambda fault: (fault.line, order.get(fault.column, -1)))
