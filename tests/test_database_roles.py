"""The two roles of docs/how-to/run-in-production.md: one owns the tables, the other runs and cannot let go of them."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from foundation.books.closing import BooksClosed, close_books, hold_closings
from foundation.money.services import import_reference_rates
from sponsors.commitments.models import Allocation, Receipt
from sponsors.commitments.services import apply_waiting_amendments, reverse_receipt
from sponsors.commitments.tests.amending import TODAY, amended, cash_of, due
from sponsors.commitments.tests.conditions import match, only_condition, progressed
from sponsors.commitments.tests.factories import (
    colleague,
    credited,
    invoiced,
    received,
    signed_commitment,
    written_off,
)
from sponsors.inkind.storage.partitions import make_partitions

pytestmark = pytest.mark.django_db
GUIDE = Path(settings.BASE_DIR) / "docs/how-to/run-in-production.md"


@pytest.fixture
def as_the_role_that_runs():
    """Do as the guide says, but for the database, which is there, and go on as `bursar`."""
    make_roles, grant = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    roles = "\n".join(line for line in make_roles.splitlines() if line.startswith("CREATE ROLE"))
    with connection.cursor() as cursor:
        cursor.execute(f"{roles}\n{grant}\nSET ROLE bursar")
        yield
        cursor.execute("RESET ROLE")


def test_the_role_that_runs_can_do_what_people_do(as_the_role_that_runs):
    commitment = signed_commitment(conditions=[match()])
    first, second, *_rest = commitment.installments.select_related("commitment").order_by("position")
    progressed(only_condition(commitment), 1_000)
    credited(invoiced(first), 10)
    receipt = received(commitment.sponsor, 70_000)
    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=TODAY)
    written_off(second, 5, on=TODAY)
    five = [due(year, 60_000) for year in range(2024, 2028)]
    amended(commitment, effective_on=date(2026, 7, 1), **cash_of([*five, due(2028, 70_000)]))
    assert apply_waiting_amendments(actor=None, today=date(2026, 7, 1)) == (1, 0)
    import_reference_rates(
        actor=None,
        file_name="rates.csv",
        content=b"Date,USD\n2026-01-05,1.1\n",
        today=TODAY,
        hold_books=hold_closings,
    )
    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)
    make_partitions([date(2031, 1, 1)])

    assert Receipt.objects.count() == 2
    with pytest.raises(BooksClosed):
        received(commitment.sponsor, 10, on=date(2025, 12, 31))


@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE foundation_closing",
        "TRUNCATE sponsors_receipt CASCADE",
        "ALTER TABLE sponsors_receipt DISABLE TRIGGER ALL",
        "ALTER TABLE foundation_closing DISABLE TRIGGER USER",
        "DROP TABLE sponsors_allocation",
        "DROP FUNCTION _pgtrigger_should_ignore CASCADE",
        "SET LOCAL session_replication_role = replica",
    ],
)
def test_the_role_that_runs_takes_no_trigger_off_and_empties_nothing(as_the_role_that_runs, sql):
    received(signed_commitment().sponsor, 10)

    with (
        pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)

    assert Allocation.objects.count() == 1
