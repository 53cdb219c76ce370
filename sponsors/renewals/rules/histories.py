"""Histories of sponsors in a CSV: what was known of each on a day, and whether it renewed.

The columns are those of `COLUMNS`; others may stand beside them. Rows of one file are of one kind: either each says
when its period ends (`period_end`), or the outcome of each is known a year after `scored_on`.
"""

import csv
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sponsors.renewals.rules.reasons import Level, RiskFacts

COLUMNS = (
    "source",
    "sponsor_key",
    "level_rank",
    "in_kind",
    "scored_on",
    "tenure_years",
    "tenure_known",
    "prior_spells",
    "active_elsewhere",
    "lapsed_elsewhere",
    "renewed",
)
_Read = TypeVar("_Read")
_YES_NO: dict[str, bool | None] = {"yes": True, "no": False, "unknown": None}
_FIRST_TERM_YEARS = 1.0


class HistoryError(ValueError):
    """A file of histories that cannot be read; the sentence names line, column and fix."""


@dataclass(frozen=True, slots=True)
class History:
    """One sponsor of one source on one day, and what became of it."""

    source: str
    scored_on: date
    known_on: date  # when the outcome was there to be seen
    monthly: bool
    facts: RiskFacts
    lapsed: bool


def read_histories(lines: Iterable[str]) -> list[History]:
    """Return the labelled rows in the order of their days; those that are censored are left out.

    Raises HistoryError.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        msg = f"Line 1 does not name {', '.join(missing)}. Add the columns; the documents say what stands in each."
        raise HistoryError(msg)
    found = [_history(_Row(row, reader.line_num)) for row in reader if row["renewed"] != "censored"]
    return sorted(found, key=lambda history: history.scored_on)


class _Row:
    """The cells of one line, read with a sentence for what cannot be."""

    def __init__(self, cells: Mapping[str, str | None], line: int) -> None:
        self._cells = cells
        self._line = line

    def __contains__(self, name: str) -> bool:
        return bool(self._cells.get(name))

    def text(self, name: str) -> str:
        return (self._cells.get(name) or "").strip()

    def _read(self, name: str, read: Callable[[str], _Read], kind: str) -> _Read:
        text = self.text(name)
        try:
            return read(text)
        except (ValueError, KeyError) as error:
            msg = f"Line {self._line}: {name} is “{text[:40]}”. Write {kind}."
            raise HistoryError(msg) from error

    def day(self, name: str) -> date:
        return self._read(name, date.fromisoformat, "a day such as 2023-12-01")

    def count(self, name: str) -> int:
        return self._read(name, _count, "a whole number from 0 on")

    def years(self, name: str) -> float:
        return self._read(name, _years, "a number of years such as 2.75")

    def level(self) -> Level:
        return self._read("level_rank", lambda text: Level(int(text)), "a rank from 0 (free) to 4 (top)")

    def label(self) -> bool:
        return self._read("renewed", {"yes": True, "no": False}.__getitem__, "yes, no or censored")

    def answer(self, name: str) -> bool | None:
        return self._read(name, _YES_NO.__getitem__, "yes, no or unknown")


def _history(row: _Row) -> History:
    scored_on = row.day("scored_on")
    renewed = row.label()
    tenure = row.years("tenure_years")
    is_first = tenure < _FIRST_TERM_YEARS
    return History(
        source=row.text("source"),
        scored_on=scored_on,
        known_on=row.day("period_end") if "period_end" in row else _a_year_after(scored_on),
        monthly=row.text("billing").startswith("monthly"),
        facts=RiskFacts(
            in_kind=row.answer("in_kind"),
            level=row.level(),
            tenure_years=tenure,
            # A sponsor that was there when the records begin may have been there before.
            first_term=is_first if row.count("tenure_known") or not is_first else None,
            returned=row.count("prior_spells") > 0,
            lapsed_elsewhere=row.count("lapsed_elsewhere") > 0,
            active_elsewhere=row.count("active_elsewhere"),
        ),
        lapsed=not renewed,
    )


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)


def _count(text: str) -> int:
    if not text.isdigit():
        raise ValueError
    return int(text)


def _years(text: str) -> float:
    years = float(text)
    if not 0 <= years < math.inf:
        raise ValueError
    return years
