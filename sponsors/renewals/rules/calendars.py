"""What a calendar of renewals reaches back and ahead to, and what may be asked of it."""

from datetime import date, timedelta

from sponsors.renewals.rules.refusals import RenewalError

DAYS_BACK = 90
DAYS_AHEAD = 730
# Calendar programs read all of it every few hours: the nearest so many of each kind that are to come, and that were.
MOST_TO_COME = 500
MOST_BEFORE = 100

LONGEST_NAME = 80
MOST_ADDRESSES = 10


def calendar_days(today: date) -> tuple[date, date]:
    """Return the first and the last day of the calendar."""
    return today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)


def check_feed_name(name: str) -> str:
    """Return the name without surrounding space. Raises RenewalError for none, or one that is too long."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        msg = f"Name what will read the calendar, in at most {LONGEST_NAME} characters, such as phone."
        raise RenewalError(msg, code="name_invalid", field="name")
    return name
