"""Closing the books, and what everybody asks: whether a money fact may be dated on a day."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connection

from foundation.audit.actions import action
from foundation.books.models import Closing
from foundation.books.rules import day_after_month, is_last_of_month
from foundation.books.triggers import BOOKS_LOCK
from foundation.errors import Conflict, RuleViolation

if TYPE_CHECKING:
    from foundation.people.models import User

# Nothing Bursar holds is older.
_FIRST_DAY = date(1990, 1, 1)
# How the advice ends for what has a field for it.
NAMES_THE_DAY = "and say which closed day it corrects"


class ClosingNotAccepted(RuleViolation):
    """The books cannot be closed or opened like that."""

    code = "closing_invalid"


class BooksClosed(Conflict):
    """A money fact is dated in a period whose books are closed."""

    code = "books_closed"


def open_from() -> date | None:
    """Return the first day whose books are open; None: they were never closed."""
    return Closing.objects.values_list("open_from", flat=True).order_by("-pk").first()


def check_open(day: date, *, what: str, field: str, advice: str = "") -> None:
    """Raise BooksClosed when the books of the day are closed, and hold closings off until commit.

    `what` begins the sentence, such as "A receipt", and `advice` ends it. Call it in the transaction
    that writes the fact.
    """
    refuse_closed(day, hold_closings(), what=what, field=field, advice=advice)


def hold_closings() -> date | None:
    """Return the first open day, as `open_from` does, and hold closings off until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [BOOKS_LOCK])
    return open_from()


def refuse_closed(day: date, first: date | None, *, what: str, field: str, advice: str = "") -> None:
    """Raise BooksClosed when the day is before the first open one; for many days that are looked at only."""
    if first is not None and day < first:
        rest = f", {advice}" if advice else ""
        msg = (
            f"{what} cannot be dated {day}: the books are closed up to and including "
            f"{first - timedelta(days=1)}. Date it {first} or later{rest}."
        )
        raise BooksClosed(msg, field=field)


@action("books.close")
def close_books(*, actor: "User", through: date, today: date) -> Closing:
    """Close the books up to and including `through`, the last day of a month that is over.

    Waits for whoever is writing a money fact at this moment. From then on no money fact dated in the
    closed time is added or changed by any path. Raises ClosingNotAccepted.
    """
    check_through(through, standing=_lock(), today=today)
    return _decide(actor, Closing.Kind.CLOSE, through + timedelta(days=1))


def check_through(through: date, *, standing: date | None, today: date) -> None:
    """Raise ClosingNotAccepted unless the books, open from `standing`, may be closed up to the day."""
    # First, so that no later line reckons with a day after the last one there is.
    if through >= today:
        msg = f"{through} is not over yet. Choose the last day of a month before today, {today}."
        raise ClosingNotAccepted(msg, code="not_over_yet", field="through")
    if not is_last_of_month(through) or through < _FIRST_DAY:
        end = min(day_after_month(max(through, _FIRST_DAY)), today.replace(day=1)) - timedelta(days=1)
        msg = f"The books are closed by whole months. Choose the last day of one, such as {end}."
        raise ClosingNotAccepted(msg, code="not_a_month_end", field="through")
    if standing is not None and through < standing:
        msg = f"The books are closed up to and including {standing - timedelta(days=1)}. Choose a later day."
        raise ClosingNotAccepted(msg, code="closed_already", field="through")


@action("books.reopen")
def reopen_books(*, actor: "User", first_day: date, reason: str) -> Closing:
    """Open the books again from `first_day`, the first of a month; the reason stays in the list.

    Raises ClosingNotAccepted.
    """
    standing = _lock()
    reason = reason.strip()
    if not reason or len(reason) > 300:  # noqa: PLR2004  # as wide as the column
        msg = "Say in one to 300 characters why the books must be opened again."
        raise ClosingNotAccepted(msg, code="reason_missing", field="reason")
    if standing is None:
        msg = "The books were never closed, so there is nothing to open."
        raise ClosingNotAccepted(msg, code="never_closed", field="first_day")
    if first_day.day != 1 or first_day < _FIRST_DAY:
        first = max(first_day, _FIRST_DAY).replace(day=1)
        msg = f"The books are opened by whole months. Choose the first day of one, such as {first}."
        raise ClosingNotAccepted(msg, code="not_a_month_start", field="first_day")
    if first_day >= standing:
        msg = f"The books are open from {standing} already. Choose an earlier day."
        raise ClosingNotAccepted(msg, code="open_already", field="first_day")
    return _decide(actor, Closing.Kind.REOPEN, first_day, reason)


def _lock() -> date | None:
    """Wait for writers of money facts and other closings, and return the first open day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BOOKS_LOCK])
    return open_from()


def _decide(actor: "User", kind: Closing.Kind, first: date, reason: str = "") -> Closing:
    closing = Closing.objects.create(kind=kind, open_from=first, reason=reason, decided_by=actor)
    closing.refresh_from_db()
    return closing
