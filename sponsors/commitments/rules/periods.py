"""Periods, which are half-open, their yearly terms, and the calendar they are counted on."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sponsors.commitments.rules.refusals import CommitmentError
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY

SHORTEST_MONTHS = 1
LONGEST_MONTHS = 120


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or that month's last day if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_after(day: date) -> date:
    """Return the next day; the last day there is stays, as no rule accepts it anyway."""
    return day if day == date.max else day + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `starts_on` up to, not including, `ends_before`."""

    starts_on: date
    ends_before: date


def check_period(starts_on: date, ends_before: date) -> Period:
    """Return the period of a commitment: from one month to ten years. Raises CommitmentError."""
    if not EARLIEST_DAY <= starts_on < LATEST_DAY:
        msg = "The first day must be in the years 1990 to 2099. Correct its year."
        raise CommitmentError(msg, code="date_out_of_reach", field="starts_on")
    if ends_before <= starts_on:
        msg = "The last day is before the first day. Choose a last day on or after the first."
        raise CommitmentError(msg, code="end_before_start", field="ends_on")
    if ends_before < add_months(starts_on, SHORTEST_MONTHS):
        msg = "A commitment lasts at least one month. Choose a later last day."
        raise CommitmentError(msg, code="period_too_short", field="ends_on")
    if ends_before > add_months(starts_on, LONGEST_MONTHS):
        msg = "A commitment lasts at most ten years. Choose an earlier last day, and renew it later."
        raise CommitmentError(msg, code="period_too_long", field="ends_on")
    return Period(starts_on, ends_before)


def distance(day: date, other: date) -> int | timedelta:
    """Return how far the other day is: in months when it is a number of whole months, else in days."""
    months = (other.year - day.year) * 12 + other.month - day.month
    return months if add_months(day, months) == other else other - day


def following(period: Period, begins_on: date | None = None) -> tuple[Period, int | timedelta]:
    """Return the period as long as this one that begins where it ends, and how far that is.

    With `begins_on` it begins there instead. The distance is in months when it is a number of whole
    months, else in days.
    """
    begin = begins_on or period.ends_before
    length = distance(period.starts_on, period.ends_before)
    return Period(begin, later(begin, length)), distance(period.starts_on, begin)


def later(day: date, distance: int | timedelta) -> date:
    """Return the day moved by a number of months, or by days."""
    return add_months(day, distance) if isinstance(distance, int) else day + distance


def terms_of(period: Period) -> list[Period]:
    """Return the yearly terms that tile the period; the last may be shorter.

    Every start is counted from the first day, so that a start on 29 February returns to it in the
    next leap year instead of drifting to the 28th.
    """
    starts = []
    years = 0
    while (start := add_months(period.starts_on, 12 * years)) < period.ends_before:
        starts.append(start)
        years += 1
    return [Period(start, end) for start, end in pairwise([*starts, period.ends_before])]
