"""What a line of a statement is, how it is told from all others, and what may be made of it."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import TextChoices

from foundation.errors import Conflict, RuleViolation
from foundation.uploads.rules import MEGABYTE

LARGEST_FILE = 10 * MEGABYTE
MOST_LINES = 20_000
LONGEST_ID = 100
LONGEST_TEXT = 500
LONGEST_NAME = 200


class StatementRefused(RuleViolation):
    """The statement, its account or what shall be made of a line is not possible as given."""

    code = "statement_refused"


class BankLineNotOpen(Conflict):
    """The line was decided already."""

    code = "bank_line_not_open"


class LineState(TextChoices):
    """What became of a line of a statement."""

    OPEN = "open", "Open"
    MATCHED = "matched", "Matched"
    SET_ASIDE = "set_aside", "Set aside"


class LineAction(StrEnum):
    MATCH = "match"
    SET_ASIDE = "set_aside"
    UNDO = "undo"
    REOPEN = "reopen"


# A matched line is opened again by the reversal of its receipt alone, which the database sees to.
TRANSITIONS: dict[tuple[LineState, LineAction], LineState] = {
    (LineState.OPEN, LineAction.MATCH): LineState.MATCHED,
    (LineState.OPEN, LineAction.SET_ASIDE): LineState.SET_ASIDE,
    (LineState.SET_ASIDE, LineAction.UNDO): LineState.OPEN,
    (LineState.MATCHED, LineAction.REOPEN): LineState.OPEN,
}
_FIX = {
    LineState.OPEN: "It is open. Confirm what it is, or set it aside.",
    LineState.MATCHED: "It is matched already. If that is wrong, reverse its receipt: then the line is open again.",
    LineState.SET_ASIDE: "It was set aside. Undo that first.",
}


def possible(state: str, action: LineAction) -> bool:
    return (LineState(state), action) in TRANSITIONS


def next_state(state: str, action: LineAction) -> LineState:
    """Return the state after the action. Raises BankLineNotOpen with a sentence when it is not possible now."""
    found = TRANSITIONS.get((LineState(state), action))
    if found is None:
        raise BankLineNotOpen(
            f"This line cannot be decided like that now. {_FIX[LineState(state)]}", field="state"
        )
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of money as a file tells it: positive came in, negative went out."""

    line: int
    booked_on: date
    amount: Decimal
    payer: str = ""
    text: str = ""
    reference: str = ""
    bank_id: str = ""


def fingerprints(entries: Sequence[Entry]) -> list[str]:
    """Return what tells each entry from all others of its account, the same whenever it is imported.

    The bank's own number does where there is one. Without, everything the line says, and its place
    among the lines of the file that say the same: two equal payments of one day are two, and the same
    file again adds neither. Raises StatementRefused for a number that is there twice.
    """
    lines: dict[str, int] = {}
    alike: Counter[tuple[object, ...]] = Counter()
    found = []
    for entry in entries:
        if entry.bank_id:
            first = lines.setdefault(entry.bank_id, entry.line)
            if first != entry.line:
                raise StatementRefused(
                    f"Lines {first} and {entry.line} have the same number of the bank, {entry.bank_id}. The file "
                    "repeats a line: fetch it anew from the bank, or choose another column for the number.",
                    code="line_repeated",
                    field="file",
                )
            told: tuple[object, ...] = ("id", entry.bank_id)
        else:
            same = (entry.booked_on, entry.amount.normalize(), entry.payer, entry.text, entry.reference)
            alike[same] += 1
            told = ("line", *map(str, same), alike[same])
        found.append(hashlib.sha256("\x1f".join(map(str, told)).encode()).hexdigest())
    return found


def plain(text: str, longest: int) -> str:
    """Return the text as it can be kept: one line, nothing invisible, not too long."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(seen.split())[:longest]


def days_of_receipt(booked_on: date, open_from: date | None) -> tuple[date, date | None]:
    """Return when money booked on the day is recorded as received, and the closed day which that corrects.

    That is the day itself while its books are open, and else the first open one.
    """
    if open_from is None or booked_on >= open_from:
        return booked_on, None
    return open_from, booked_on
