"""Where an import of usage stands, how large its file may be, and how its outcome is said."""

from datetime import timedelta
from enum import StrEnum

from foundation.uploads.rules import MEGABYTE
from sponsors.inkind.rules.refusals import InKindError, NotAllowedNow
from sponsors.inkind.rules.usage import ImportState

# By a form; gzipped, it holds a million rows. Larger files are read where they lie, by the command.
LARGEST_UPLOAD = 10 * MEGABYTE
# By a call of the API: so many rows, and what they take when nothing is packed.
MOST_ROWS_A_CALL = 100_000
LARGEST_CALL = 64 * MEGABYTE
# Longer than any pause between two savings of the progress, so that a lease outlives only a dead worker.
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 3
FILES_ARE_KEPT = timedelta(days=30)
LONGEST_REMARK = 500


class ImportAction(StrEnum):
    """What may happen to an import of usage."""

    BEGIN = "begin"
    FINISH = "finish"
    REFUSE = "refuse"
    FAIL = "fail"


IMPORT_TRANSITIONS: dict[tuple[ImportState, ImportAction], ImportState] = {
    (ImportState.WAITING, ImportAction.BEGIN): ImportState.READING,
    # The lease ran out: whoever held it died, so somebody else takes the import.
    (ImportState.READING, ImportAction.BEGIN): ImportState.READING,
    (ImportState.READING, ImportAction.FINISH): ImportState.DONE,
    (ImportState.READING, ImportAction.REFUSE): ImportState.REFUSED,
    (ImportState.READING, ImportAction.FAIL): ImportState.FAILED,
}
IMPORTS_AT_WORK = frozenset({ImportState.WAITING, ImportState.READING})


def next_import_state(state: str, action: ImportAction) -> ImportState:
    """Return the state the action leads to. Raises NotAllowedNow for an import that is over."""
    found = IMPORT_TRANSITIONS.get((ImportState(state), action))
    if found is None:
        label = str(ImportState(state).label).lower()
        raise NotAllowedNow(f"This import is {label}; somebody else was quicker.", field="state")
    return found


def check_upload_size(size: int, largest: int = LARGEST_UPLOAD) -> None:
    """Raise InKindError for a file that is empty or too large."""
    if not size:
        raise InKindError("The file is empty. Choose another.", code="file_empty", field="file")
    if size > largest:
        msg = (
            f"The file has {size / MEGABYTE:,.1f} MB; at most {largest // MEGABYTE} MB can be taken here. Pack it with gzip, "
            "send it in parts, or have it read where it lies: manage.py import_usage."
        )
        raise InKindError(msg, code="file_too_large", field="file")


def outcome_of(*, new: int, changed: int, same: int, rejected: int, aside: int) -> str:
    """Return what came of the rows, as every page and program tells it."""
    return f"{new:,} new, {changed:,} changed, {same:,} same, {rejected:,} rejected, {aside:,} kept aside"
