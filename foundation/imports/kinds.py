"""What can be imported: each slice that takes files registers its kind.

A kind names its columns, plans what rows would do, and writes a plan that has no fault. Reading the
file, states, progress, locks on the import and the pages are here, once for all kinds.
"""

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from foundation.api.scopes import Scope, implied_by
from foundation.imports.rules import MOST_ROWS, Column, Fault, Row

if TYPE_CHECKING:
    from foundation.people.models import User

ADD, CHANGE, SAME = "add", "change", "same"

# Told how many rows are done.
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Step:
    """What one row would do, for the preview: which record, and each value before and after."""

    line: int
    outcome: str
    title: str
    reference: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Plan(ABC):
    """What all rows of a file would do, or what is wrong with them; decided and not yet written."""

    steps: list[Step] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @abstractmethod
    def write(self, *, actor: "User", today: date, tell: Tell) -> None:
        """Write the plan. Called within the transaction in which it was made, and only without faults.

        A RuleViolation raised here means that somebody was quicker: nothing is written, and its
        sentence stands on the import.
        """


def _nothing() -> None:
    """Hold nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One subject of imports.

    `permission` is needed to import, `sees` to look at imports of this kind. `read_scopes` are what a
    token needs besides to look at them, for they show records, and `write_scopes` what it needs with
    those to import. `action` is what the history of the written rows calls it. `hold` takes the locks
    under which a plan stays true until it is written. `plan(rows, today, tell)` must cost the same
    number of queries for any number of rows.
    """

    name: str
    label: str
    noun: str
    permission: str
    sees: tuple[str, ...]
    read_scopes: tuple[Scope, ...]
    write_scopes: tuple[Scope, ...]
    action: str
    columns: tuple[Column, ...]
    plan: Callable[[Sequence[Row], date, Tell], Plan]
    hold: Callable[[], None] = _nothing
    most_rows: int = MOST_ROWS

    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    def template(self) -> str:
        """Return a CSV file with every column and one example row."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.column_names())
        writer.writerow([column.example for column in self.columns])
        return out.getvalue()

    def may_import(self, user: "User") -> bool:
        return user.has_perm("foundation.add_importrun") and user.has_perm(self.permission)

    def may_see(self, user: "User") -> bool:
        return user.has_perm("foundation.view_importrun") and user.has_perms(self.sees)

    def missing_scopes(self, scopes: Iterable[str], *, write: bool) -> list[str]:
        """Return the scopes that a token with these lacks to look at imports of this kind, or to import."""
        held = implied_by(frozenset(scopes))
        wanted = (*self.read_scopes, *self.write_scopes) if write else self.read_scopes
        return [scope.value for scope in wanted if scope not in held]


_KINDS: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Offer a kind; called once a kind when Django starts."""
    _KINDS[kind.name] = kind


def all_kinds() -> list[ImportKind]:
    """Return the kinds in the order in which files build on each other: sponsors come first."""
    return list(_KINDS.values())


def kind_named(name: str) -> ImportKind:
    """Return the kind. Raises KeyError for one that was never registered."""
    return _KINDS[name]


def kind_choices() -> list[tuple[str, str]]:
    return [(kind.name, kind.label) for kind in all_kinds()]


def label_of(name: str) -> str:
    """Return the label of a kind, or its name when the code no longer has it."""
    return _KINDS[name].label if name in _KINDS else name
