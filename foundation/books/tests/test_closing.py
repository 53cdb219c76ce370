"""Closing the books and opening them again."""

from datetime import date
from threading import Event, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from foundation.books.closing import (
    NAMES_THE_DAY,
    BooksClosed,
    ClosingNotAccepted,
    check_open,
    close_books,
    open_from,
    reopen_books,
)
from foundation.books.models import Closing

TODAY = date(2026, 2, 14)
END_OF_2025 = date(2025, 12, 31)


def insert(kind, first, reason=""):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_closing (kind, open_from, reason, decided_by_id) "
            "SELECT %s, %s, %s, id FROM foundation_user LIMIT 1",
            [kind, first, reason],
        )


@pytest.mark.django_db
def test_books_are_open_until_closed(finance):
    assert open_from() is None
    check_open(date(1999, 1, 1), what="A receipt", field="received_on")
    closing = close_books(actor=finance, through=END_OF_2025, today=TODAY)
    assert (open_from(), closing.decided_by) == (date(2026, 1, 1), finance)
    check_open(date(2026, 1, 1), what="A receipt", field="received_on")


@pytest.mark.django_db
def test_closed_day_is_refused_with_what_to_do(finance):
    close_books(actor=finance, through=END_OF_2025, today=TODAY)
    with pytest.raises(BooksClosed) as refused:
        check_open(END_OF_2025, what="A receipt", field="received_on", advice=NAMES_THE_DAY)
    assert refused.value.message == (
        "A receipt cannot be dated 2025-12-31: the books are closed up to and including 2025-12-31. "
        "Date it 2026-01-01 or later, and say which closed day it corrects."
    )
    with pytest.raises(BooksClosed, match=r"Date it 2026-01-01 or later\.$"):
        check_open(END_OF_2025, what="An invoice", field="issued_on")
    assert refused.value.field == "received_on"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("through", "sentence"),
    [
        (date(2025, 12, 30), "such as 2025-12-31"),
        (date(1980, 1, 31), "such as 1990-01-31"),
        (date(2026, 2, 10), "such as 2026-01-31"),
        (date(2026, 2, 28), "is not over yet"),
        (date(9999, 12, 30), "is not over yet"),
        (date.max, "is not over yet"),
        (date(2025, 6, 30), "closed up to and including 2025-06-30"),
        (date(2025, 5, 31), "closed up to and including 2025-06-30"),
    ],
)
def test_closing_is_refused_with_a_day_that_would_do(finance, through, sentence):
    close_books(actor=finance, through=date(2025, 6, 30), today=TODAY)
    with pytest.raises(ClosingNotAccepted) as refused:
        close_books(actor=finance, through=through, today=TODAY)
    assert sentence in refused.value.message
    assert open_from() == date(2025, 7, 1)


@pytest.mark.django_db
def test_month_that_ends_today_is_not_over(finance):
    with pytest.raises(ClosingNotAccepted, match="not over yet"):
        close_books(actor=finance, through=date(2026, 1, 31), today=date(2026, 1, 31))


@pytest.mark.django_db
def test_reopening_leaves_a_mark(finance, administrator):
    close_books(actor=finance, through=END_OF_2025, today=TODAY)
    reopen_books(actor=administrator, first_day=date(2025, 12, 1), reason=" An invoice was forgotten. ")
    assert open_from() == date(2025, 12, 1)
    assert [(row.kind, row.reason) for row in Closing.objects.all()] == [
        ("reopen", "An invoice was forgotten."),
        ("close", ""),
    ]
    close_books(actor=finance, through=END_OF_2025, today=TODAY)
    assert open_from() == date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first_day", "reason", "sentence"),
    [
        (date(2025, 12, 1), "  ", "Say in one to 300 characters why"),
        (date(2025, 12, 1), "x" * 301, "Say in one to 300 characters why"),
        (date(2025, 12, 2), "Forgotten.", "such as 2025-12-01"),
        (date(1989, 12, 1), "Forgotten.", "such as 1990-01-01"),
        (date(2026, 1, 1), "Forgotten.", "open from 2026-01-01 already"),
    ],
)
def test_reopening_is_refused(finance, first_day, reason, sentence):
    close_books(actor=finance, through=END_OF_2025, today=TODAY)
    with pytest.raises(ClosingNotAccepted) as refused:
        reopen_books(actor=finance, first_day=first_day, reason=reason)
    assert sentence in refused.value.message


@pytest.mark.django_db
def test_books_never_closed_cannot_be_opened(finance):
    with pytest.raises(ClosingNotAccepted, match="never closed"):
        reopen_books(actor=finance, first_day=date(2025, 12, 1), reason="Forgotten.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "first", "reason"),
    [
        ("close", "2025-12-01", ""),
        ("close", "2026-01-01", ""),
        ("reopen", "2026-01-01", "x"),
        ("reopen", "2025-12-01", ""),
        ("close", "2026-02-02", ""),
    ],
)
def test_database_refuses_the_same(finance, kind, first, reason):
    close_books(actor=finance, through=END_OF_2025, today=TODAY)
    with pytest.raises(IntegrityError):
        insert(kind, first, reason)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE foundation_closing SET reason = 'x'", "DELETE FROM foundation_closing"]
)
def test_closing_is_never_changed(finance, sql):
    close_books(actor=finance, through=END_OF_2025, today=TODAY)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_who_is_writing_a_fact(finance):
    writing, written = Event(), Event()
    seen = []

    def write():
        try:
            with transaction.atomic():
                check_open(END_OF_2025, what="A receipt", field="received_on")
                writing.set()
                # The closing is waiting now; it must not have happened when this transaction ends.
                written.wait(timeout=2)
                seen.append(open_from())
        finally:
            connection.close()

    thread = Thread(target=write)
    thread.start()
    assert writing.wait(timeout=10)

    def close():
        close_books(actor=finance, through=END_OF_2025, today=TODAY)
        connection.close()

    closer = Thread(target=close)
    closer.start()
    closer.join(timeout=0.5)
    assert closer.is_alive()
    written.set()
    thread.join(timeout=10)
    closer.join(timeout=10)
    assert seen == [None]
    with pytest.raises(BooksClosed), transaction.atomic():
        check_open(END_OF_2025, what="A receipt", field="received_on")


@pytest.mark.django_db(transaction=True)
def test_of_two_closings_at_once_the_later_day_stands_or_one_is_refused(finance):
    outcomes = []

    def close(through):
        try:
            close_books(actor=finance, through=through, today=TODAY)
            outcomes.append(through)
        except ClosingNotAccepted as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [Thread(target=close, args=[day]) for day in (END_OF_2025, END_OF_2025)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(map(str, outcomes)) == ["2025-12-31", "closed_already"]
    assert Closing.objects.count() == 1
