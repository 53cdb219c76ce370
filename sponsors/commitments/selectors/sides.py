"""The rows of a schedule on both sides of an amendment, and which of them belong together."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What an amendment does with a row."""

    KEPT = "kept"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


def fate_of(before: object, after: object) -> Fate:
    if before is None or after is None:
        return Fate.ADDED if before is None else Fate.REMOVED
    return Fate.KEPT if before == after else Fate.CHANGED


@dataclass(slots=True)
class Sides:
    """The rows that go and those that come, and those that are on both sides."""

    before: list[Any]
    after: list[Any]

    @classmethod
    def of(cls, rows: Iterable[tuple[Fate, Any]]) -> "Sides":
        known = list(rows)
        return cls(
            [row for fate, row in known if fate != Fate.ADDED],
            [row for fate, row in known if fate != Fate.REMOVED],
        )


def paired(sides: Sides, key: Callable[[Any], Any]) -> Iterable[tuple[Any, Any, Any]]:
    """Return key, row before and row after; of equal keys the first belongs to the first."""
    after: dict[Any, deque[Any]] = defaultdict(deque)
    for row in sides.after:
        after[key(row)].append(row)
    for row in sides.before:
        waiting = after[key(row)]
        yield key(row), row, waiting.popleft() if waiting else None
    for wanted, rows in after.items():
        for row in rows:
            yield wanted, None, row
