"""Cells of imported rows read as days, amounts and choices; what is wrong becomes a fault of its cell."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from foundation.errors import RuleViolation
from foundation.imports.rules import Fault, Row

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")


class Cells:
    """Reads the cells of one row and collects its faults."""

    def __init__(self, row: Row, faults: list[Fault]) -> None:
        self.row = row
        self._faults = faults

    def text(self, column: str) -> str:
        """Return the text, or nothing where the cell is empty or was faulty before."""
        return "" if column in self.row.faulty else self.row.values.get(column, "")

    def fault(self, column: str, sentence: str) -> None:
        self._faults.append(Fault(self.row.line, column, sentence, self.row.values.get(column, "")))

    def attempt(
        self, column: str, decide: Callable[[], T], columns: Mapping[str, str] | None = None
    ) -> T | None:
        """Return what is decided; a refusal becomes a fault and decides nothing.

        The fault is in `column`, or in the one that `columns` names for the refusal's code or field.
        """
        try:
            return decide()
        except RuleViolation as refused:
            known = columns or {}
            found = known.get(refused.code) or known.get(refused.field or "") or column
            self.fault(found, refused.message)
            return None

    def needed(self, column: str, sentence: str) -> str:
        """Return the text; where there is none and no other fault yet, the sentence is one."""
        text = self.text(column)
        if not text and column not in self.row.faulty:
            self.fault(column, sentence)
        return text

    def day(self, column: str) -> date | None:
        text = self.text(column)
        if not text:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.fault(column, "This is no date. Write it as year-month-day, such as 2026-12-31.")
        return None

    def amount(self, column: str) -> Decimal | None:
        text = self.text(column)
        if not text:
            return None
        if not _AMOUNT.fullmatch(text):
            self.fault(column, "This is no amount. Write digits and a dot only, such as 1500.00.")
            return None
        return Decimal(text)

    def choice(self, column: str, known: Collection[str], *, default: str = "") -> str:
        """Return one of the known words, in lower case; the default where the cell is empty or unknown."""
        text = self.text(column).lower()
        if text and text not in known:
            self.fault(column, f"This is not known here. Write one of {', '.join(known)}.")
        return text if text in known else default


def grouped(rows: Sequence[Row], column: str) -> list[tuple[str, list[Row]]]:
    """Return the rows that have the same text in the column together, in the file's order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.values.get(column):
            groups[row.values[column]].append(row)
    return list(groups.items())
