"""Taking in exchange rates."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection
from django.db.backends.utils import CursorWrapper

from foundation.audit.actions import action
from foundation.money.models import RatesImport
from foundation.money.reference_rates import Rate, RatesNotAccepted, read_reference_rates

if TYPE_CHECKING:
    from foundation.people.models import User

_SHOWN = 3
LONGEST_REASON = 300


@action("exchange_rates.import")
def import_reference_rates(
    *,
    actor: "User | None",
    file_name: str,
    content: bytes,
    today: date,
    replace_because: str = "",
    hold_books: Callable[[], date | None] | None = None,
) -> RatesImport:
    """Add the rates of the European Central Bank's file, and record what it brought.

    Rates held already stay. One that differs is refused unless `replace_because` gives a reason:
    amounts may have been converted by it. Of a day before the first one whose books are open none is
    replaced and none added, for figures were reported by what was held: those that are not held are left
    out and counted, one that differs is refused. `hold_books` returns that day, and sees to it that it
    stays until commit. None as actor is a command. Raises RatesNotAccepted, and
    writes nothing, when anything in the file is wrong.
    """
    reason = replace_because.strip()
    if len(reason) > LONGEST_REASON:
        msg = f"The reason has {len(reason)} characters and at most {LONGEST_REASON} fit. Shorten it."
        raise RatesNotAccepted(msg, code="reason_too_long", field="replace_because")
    rates = read_reference_rates(_text(content), today=today)
    closed_before = hold_books() if hold_books is not None else None
    with connection.cursor() as cursor:
        # Two files at once come one after the other; readers are not kept waiting.
        cursor.execute("LOCK TABLE foundation_exchangerate IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            "CREATE TEMPORARY TABLE read_rate (day date, currency text, rate numeric) ON COMMIT DROP"
        )
        with cursor.copy("COPY read_rate FROM STDIN") as copy:
            for rate in rates:
                copy.write_row((rate.day, rate.currency, rate.rate))
        changed = _differing(cursor)
        left_out = 0
        if closed_before is not None:
            _check_closed(changed, closed_before)
            left_out = _leave_out(cursor, closed_before)
        if changed and not reason:
            raise RatesNotAccepted(_refusal(changed), code="rate_differs")
        new = _write(cursor)
        cursor.execute("DROP TABLE read_rate")
    return RatesImport.objects.create(
        file_name=file_name[-200:],
        digest=hashlib.sha256(content).hexdigest(),
        last_day=max(rate.day for rate in rates),
        new_count=new,
        changed_count=len(changed),
        same_count=len(rates) - new - len(changed) - left_out,
        closed_count=left_out,
        reason=reason if changed else "",
        imported_by=actor,
    )


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        msg = "The file is not text. Choose the CSV file, unpacked, not the ZIP archive that holds it."
        raise RatesNotAccepted(msg, code="not_text")
    return text


def _write(cursor: CursorWrapper) -> int:
    """Write what was read, and return how many rates are new."""
    cursor.execute(
        """
        UPDATE foundation_exchangerate AS held SET rate = read_rate.rate
        FROM read_rate
        WHERE held.currency = read_rate.currency AND held.day = read_rate.day AND held.rate <> read_rate.rate
        """
    )
    cursor.execute(
        """
        INSERT INTO foundation_exchangerate (day, currency, rate)
        SELECT day, currency, read_rate.rate
        FROM read_rate LEFT JOIN foundation_exchangerate AS held USING (day, currency)
        WHERE held.id IS NULL ORDER BY day, currency
        """
    )
    added: int = cursor.rowcount
    return added


def _differing(cursor: CursorWrapper) -> list[tuple[Rate, Rate]]:
    """Return (held, read) for every rate that the file gives another value."""
    cursor.execute(
        """
        SELECT held.day, held.currency, held.rate, read_rate.rate
        FROM foundation_exchangerate AS held JOIN read_rate USING (currency, day)
        WHERE held.rate <> read_rate.rate ORDER BY held.day DESC, held.currency
        """
    )
    return [
        (Rate(day, currency, held), Rate(day, currency, read))
        for day, currency, held, read in cursor.fetchall()
    ]


def _leave_out(cursor: CursorWrapper, before: date) -> int:
    """Pass over the rates of days before that one which are not held, and return how many they are."""
    cursor.execute(
        """
        DELETE FROM read_rate WHERE day < %s AND NOT EXISTS (
            SELECT FROM foundation_exchangerate AS held
            WHERE held.day = read_rate.day AND held.currency = read_rate.currency
        )
        """,
        [before],
    )
    left_out: int = cursor.rowcount
    return left_out


def _refusal(changed: Sequence[tuple[Rate, Rate]]) -> str:
    return (
        f"The file gives other rates than those held ({_shown(changed)}). Check the file, or give a reason "
        "to replace what is held. Nothing was written."
    )


def _check_closed(changed: Sequence[tuple[Rate, Rate]], closed_before: date) -> None:
    """Raise RatesNotAccepted when a rate would change by which figures of closed days were reported."""
    fixed = [pair for pair in changed if pair[0].day < closed_before]
    if fixed:
        msg = (
            f"The file gives other rates than those held for days before {closed_before}, whose books are "
            f"closed ({_shown(fixed)}). Take these days out of the file, or have an administrator open the books "
            "again. Nothing was written."
        )
        raise RatesNotAccepted(msg, code="books_closed")


def _shown(changed: Sequence[tuple[Rate, Rate]]) -> str:
    shown = "; ".join(
        f"{held.currency} on {held.day}: {held.rate.normalize():f} is held, the file says {read.rate.normalize():f}"
        for held, read in changed[:_SHOWN]
    )
    return shown + (f"; and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else "")
