"""What figures of closed time were reported by stays: rates, the fiscal year, the base currency."""

from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from foundation.books.closing import close_books, hold_closings, reopen_books
from foundation.books.models import Closing, Organization
from foundation.books.services import ProfileNotAccepted, change_organization
from foundation.money import services
from foundation.money.models import ExchangeRate
from foundation.money.reference_rates import RatesNotAccepted
from foundation.money.services import import_reference_rates

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
PROFILE: dict[str, Any] = {
    "name": "Owl",
    "legal_name": "",
    "address": "",
    "tax_id": "",
    "website": "",
    "contact_email": "",
    "base_currency": "USD",
    "time_zone": "UTC",
    "fiscal_year_start_month": 1,
    "oldest_rate_days": 7,
}


@pytest.fixture
def closed(finance):
    for day in (date(2025, 6, 5), date(2026, 1, 5)):
        ExchangeRate.objects.create(day=day, currency="USD", rate=Decimal("1.1"))
    return close_books(actor=finance, through=date(2025, 12, 31), today=TODAY)


def take_in(rows, **more):
    content = f"Date,USD\n{rows}\n".encode()
    given = {"today": TODAY, "hold_books": hold_closings, **more}
    return import_reference_rates(actor=None, file_name="rates.csv", content=content, **given)


def test_a_rate_of_a_closed_day_is_not_replaced(closed):
    with pytest.raises(RatesNotAccepted, match=r"USD on 2025-06-05: 1\.1 is held") as refused:
        take_in("2025-06-05,1.2", replace_because="The bank corrected it")
    assert "before 2026-01-01, whose books are closed" in refused.value.message
    assert take_in("2026-01-05,1.2", replace_because="The bank corrected it").changed_count == 1


def test_a_rate_that_was_missing_on_a_closed_day_is_left_out_and_said(closed):
    rows = [f"2025-06-{day:02},1.{day}" for day in (5, 6, 10)]
    rows[0] = "2025-06-05,1.1"
    done = take_in("\n".join([*rows, "2026-01-06,1.2"]))
    assert (done.new_count, done.same_count, done.closed_count) == (1, 1, 2)
    assert done.outcome == (
        "1 rates added, 0 replaced, 1 were held already; 2 are of days whose books are closed, and were left out."
    )
    assert list(ExchangeRate.objects.order_by("day").values_list("day", flat=True)) == [
        date(2025, 6, 5),
        date(2026, 1, 5),
        date(2026, 1, 6),
    ]
    assert take_in("2025-06-06,1.3").closed_count == 1


def test_a_missing_rate_comes_once_the_books_are_open_again(administrator, closed):
    reopen_books(actor=administrator, first_day=date(2025, 6, 1), reason="The rates of June were forgotten")
    assert take_in("2025-06-06,1.3").new_count == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE foundation_exchangerate SET rate = 2 WHERE day = %s",
        "DELETE FROM foundation_exchangerate WHERE day = %s",
    ],
)
def test_the_database_keeps_it_too(closed, sql):
    with (
        pytest.raises(DatabaseError, match="the books are closed before 2026-01-01"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [date(2025, 6, 5)])
    with connection.cursor() as cursor:
        cursor.execute(sql, [date(2026, 1, 5)])


@pytest.mark.django_db(transaction=True)
def test_a_closing_waits_for_who_is_taking_in_rates(finance, monkeypatch):
    ExchangeRate.objects.create(day=date(2025, 12, 5), currency="USD", rate=Decimal("1.1"))
    write = services._write

    def close():
        close_books(actor=finance, through=date(2025, 12, 31), today=TODAY)
        connection.close()

    closer = Thread(target=close)

    def written(cursor):
        closer.start()
        closer.join(timeout=0.5)
        assert closer.is_alive()
        return write(cursor)

    monkeypatch.setattr(services, "_write", written)
    done = take_in("2025-12-05,1.2\n2025-12-08,1.3", replace_because="The bank corrected it")
    closer.join(timeout=10)

    assert (done.changed_count, done.new_count) == (1, 1)
    assert Closing.objects.get().open_from == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("fiscal_year_start_month", 7, "“Fiscal year starts in: January”"),
        ("base_currency", "EUR", "“Base currency: USD”"),
        ("oldest_rate_days", 3, "7”"),
    ],
)
def test_what_was_reported_by_is_not_changed_once_books_are_closed(
    administrator, closed, field, value, words
):
    change_organization(actor=administrator, **PROFILE)
    with pytest.raises(ProfileNotAccepted, match=words) as refused:
        change_organization(actor=administrator, **PROFILE | {field: value})
    assert refused.value.field == field
    assert Organization.objects.get().name == "Owl"
    change_organization(actor=administrator, **PROFILE | {"name": "Eagle"})
    assert Organization.objects.get().name == "Eagle"


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_would_not_see_a_closing_writes_no_fact(finance):
    ExchangeRate.objects.create(day=date(2025, 6, 5), currency="USD", rate=Decimal("1.1"))
    with (
        pytest.raises(DatabaseError, match="READ COMMITTED"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; DELETE FROM foundation_exchangerate")
