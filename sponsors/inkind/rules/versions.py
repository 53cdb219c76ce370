"""Versions of a rate card: at most one holds on a day; days without one are possible."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sponsors.inkind.rules.refusals import InKindError


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a version: from `first`, and before `before`; no end means for good."""

    number: int
    first: date
    before: date | None

    def meets(self, first: date, before: date | None) -> bool:
        """Whether it shares a day with these days."""
        return (before is None or self.first < before) and (self.before is None or first < self.before)

    @property
    def in_words(self) -> str:
        if self.before is None:
            return f"from {self.first} on"
        return f"from {self.first} to {self.before - timedelta(days=1)}"


def version_that_ends(spans: Iterable[Span], first: date, before: date | None) -> Span | None:
    """Return the version that a new one of these days brings to its end, or None.

    That is the one that began earlier and had no end yet. Raises InKindError for days of any other version.
    """
    check_days(first, before)
    ends = None
    for span in spans:
        if not span.meets(first, before):
            continue
        if first < span.first:
            msg = f"Version {span.number} holds {span.in_words}. Choose a last day before it."
            raise InKindError(msg, code="versions_overlap", field="valid_until")
        if first == span.first or span.before is not None:
            msg = f"Version {span.number} holds {span.in_words}. Choose a first day after that, or end it earlier first."
            raise InKindError(msg, code="versions_overlap", field="valid_from")
        ends = span
    return ends


def check_end(spans: Iterable[Span], ending: Span, before: date) -> None:
    """Raise InKindError unless the version may end so: after it began, and before the one that follows."""
    check_days(ending.first, before)
    for span in spans:
        if span.number != ending.number and span.meets(ending.first, before):
            msg = f"Version {span.number} holds {span.in_words}. Choose a last day before it."
            raise InKindError(msg, code="versions_overlap", field="valid_until")


def check_days(first: date, before: date | None) -> None:
    if before is not None and before <= first:
        msg = f"The last day must be {first}, the first one, or later. Correct it."
        raise InKindError(msg, code="ends_before_start", field="valid_until")
