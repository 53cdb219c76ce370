"""What is asked of a provider's statistics, when it is whole, and how long to wait before asking again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

HOUR = timedelta(hours=1)
# Facts of Fastly's statistics: an hour is whole within two hours after its end, and is kept for 375 days.
SETTLES_AFTER = timedelta(hours=2)
KEPT_FOR = timedelta(days=375)
# A region's week of hours is about a megabyte.
WINDOW = timedelta(days=7)
# Hours that are missing at the end of an answer are late for so long; then there was no traffic in them.
LATE_FOR = timedelta(days=1)

MOST_TRIES = 4
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
# Who is asked to wait longer ends, and the next run goes on.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Window:
    """A span of whole hours that is asked for at once: from `first` on and before `before`."""

    first: datetime
    before: datetime

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d %H:%M} to {self.before:%Y-%m-%d %H:%M} UTC"


def settled_before(now: datetime) -> datetime:
    """Return the end of the last hour whose figures are whole."""
    return _full_hour(now - SETTLES_AFTER)


def kept_since(now: datetime) -> datetime:
    """Return the first midnight of which the provider still has every hour."""
    oldest = (now - KEPT_FOR).astimezone(UTC)
    return datetime.combine(oldest.date() + timedelta(days=1), time(), UTC)


def windows(first: datetime, before: datetime) -> Iterator[Window]:
    """Return the span in windows, the oldest first."""
    while first < before:
        until = min(first + WINDOW, before)
        yield Window(first, until)
        first = until


def complete_until(window: Window, starts: Collection[datetime], now: datetime) -> datetime:
    """Return up to when the answer is complete, by the hours that it holds.

    What is missing at its end comes late, and is asked for again for a day.
    """
    told = max(starts, default=window.first - HOUR) + HOUR
    return min(window.before, max(window.first, told, _full_hour(now - LATE_FOR)))


def wait_before(attempt: int, chance: float) -> float:
    """Return how many seconds to wait before the next try: doubling, with up to as much again by `chance` (0 to 1).

    So that those who failed together do not all come back together.
    """
    return float(min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)) * (1 + chance)


def _full_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
