from datetime import date
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from foundation.books.closing import close_books
from foundation.errors import collision
from foundation.imports.progress import Progress
from foundation.imports.rules import RunState
from foundation.imports.services import apply_import, claim_next
from foundation.imports.tests.factories import applied
from foundation.money.models import ExchangeRate
from sponsors.commitments.models import Commitment, Receipt
from sponsors.commitments.services import reverse_receipt
from sponsors.commitments.services.importing import payments
from sponsors.commitments.tests.factories import drafted_commitment, signed_commitment
from sponsors.commitments.tests.imported import brought_in, looked_at, refused
from sponsors.directory.services import lock_sponsors, merge_sponsors
from sponsors.directory.tests.factories import SponsorFactory

GOOD = {
    "sponsor": "acme",
    "amount": "60000",
    "currency": "usd",
    "received_on": "2024-02-01",
    "method": "Wire",
    "source": "Bank",
    "reference": "R-1",
    "commitment": "",
    "allocate": "",
    "payer": "Acme Holding",
    "note": "",
    "corrects_on": "",
}


@pytest.fixture(autouse=True)
def acme(db):
    return SponsorFactory(name="Acme", slug="acme")


def test_a_receipt_is_recorded_and_pays_the_oldest(finance, acme):
    commitment = signed_commitment(acme, years=2)
    run = brought_in(
        finance,
        "receipts",
        GOOD,
        GOOD | {"reference": "R-2", "amount": "10.50", "allocate": "none"},
        GOOD | {"reference": "R-3", "amount": "1", "commitment": commitment.number.lower()},
    )
    assert (run.state, run.new_count) == (RunState.APPLIED, 3)
    first, second, third = Receipt.objects.order_by("pk")
    assert (first.sponsor, first.amount, first.currency) == (acme, Decimal(60_000), "USD")
    assert (first.received_on, first.method, first.source) == (date(2024, 2, 1), "wire", "bank")
    assert (first.payer, first.recorded_by) == ("Acme Holding", finance)
    assert (first.allocated, second.allocated, third.allocated) == (60_000, 0, 1)
    assert [step.changes for step in run.steps.all()] == [
        [["amount", "", "USD 60,000.00"], ["received on", "", "2024-02-01"], ["pays", "", "the oldest"]],
        [["amount", "", "USD 10.50"], ["received on", "", "2024-02-01"], ["pays", "", "nothing yet"]],
        [
            ["amount", "", "USD 1.00"],
            ["received on", "", "2024-02-01"],
            ["pays", "", f"the oldest of {commitment.number}"],
        ],
    ]


def test_the_same_file_again_changes_nothing_and_says_so_in_closed_books_too(finance):
    brought_in(finance, "receipts", GOOD)
    close_books(actor=finance, through=date(2024, 2, 29), today=date(2024, 6, 1))
    run = brought_in(finance, "receipts", GOOD)
    assert (run.new_count, run.same_count, run.state) == (0, 1, RunState.APPLIED)
    assert Receipt.objects.count() == 1


def test_other_data_under_a_known_reference_is_a_fault(finance):
    brought_in(finance, "receipts", GOOD)
    SponsorFactory(slug="other")
    faults = refused(finance, "receipts", GOOD | {"amount": "60001", "sponsor": "other", "method": "ach"})
    assert faults == {
        (2, column): f"bank R-1 is recorded already, with {told} here. Correct the row or its reference, or "
        "reverse that receipt first."
        for column, told in (("amount", "60000"), ("sponsor", "Acme"), ("method", "wire"))
    }


def test_a_reversed_receipt_may_be_imported_again(finance):
    brought_in(finance, "receipts", GOOD)
    reverse_receipt(
        actor=finance, receipt=Receipt.objects.get(), reason="Wrong sponsor", today=date(2024, 3, 1)
    )
    assert brought_in(finance, "receipts", GOOD).new_count == 1


def test_one_bad_row_among_many_writes_nothing(finance):
    rows = [
        GOOD | {"reference": f"R-{n}", "received_on": "2024-02-01" if n else "2099-02-01"} for n in range(9)
    ]
    assert list(refused(finance, "receipts", *rows)) == [(2, "received_on")]
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ({"sponsor": "nobody"}, "sponsor", "There is no sponsor"),
        ({"amount": "-5"}, "amount", "This is no amount."),
        ({"amount": "0"}, "amount", "The amount must be more than zero."),
        ({"amount": "0.001"}, "amount", "The amount is not exact."),
        ({"currency": "DOL"}, "currency", "The currency is not an ISO 4217 code."),
        ({"received_on": "1980-01-01"}, "received_on", "The date 1980-01-01 is before 1990."),
        ({"received_on": "01/02/2024"}, "received_on", "This is no date."),
        ({"method": "cash"}, "method", "The method is unknown."),
        ({"source": "the bank"}, "source", "The source may hold letters"),
        ({"reference": "x" * 101}, "reference", "The reference has 101 characters"),
        ({"payer": "x" * 201}, "payer", "The payer has 201 characters"),
        ({"note": "x" * 301}, "note", "The note has 301 characters"),
        ({"commitment": "C-1999-0001"}, "commitment", "There is no commitment of this number."),
        ({"allocate": "newest"}, "allocate", "This is not known here. Write one of oldest, none."),
        ({"corrects_on": "2024-01-31"}, "corrects_on", "2024-01-31 is not a closed day"),
        ({"reference": ""}, "reference", "The reference is missing. Every receipt needs one."),
    ],
)
def test_a_fault_names_row_column_and_fix(finance, cells, column, sentence):
    faults = refused(finance, "receipts", GOOD | cells)
    assert faults[2, column].startswith(sentence), faults


def test_a_payment_stands_in_a_file_once_and_pays_what_it_may(finance, acme):
    draft = drafted_commitment(acme)
    other = signed_commitment()
    faults = refused(
        finance,
        "receipts",
        GOOD,
        GOOD,
        GOOD | {"reference": "R-2", "commitment": draft.number},
        GOOD | {"reference": "R-3", "commitment": other.number},
    )
    assert faults == {
        (3, "reference"): "Line 2 has the same source and reference. One line is one payment.",
        (
            4,
            "commitment",
        ): f"{draft} is not signed, so nothing is due. Sign it first, or keep the money as credit.",
        (5, "commitment"): f"{other} is of another sponsor. Choose a commitment of Acme.",
    }


def test_closed_books_are_corrected_in_open_ones(finance):
    close_books(actor=finance, through=date(2024, 1, 31), today=date(2024, 6, 1))
    late = {"received_on": "2024-01-15", "corrects_on": "2024-01-15"}
    assert list(refused(finance, "receipts", GOOD | late)) == [(2, "received_on")]
    brought_in(finance, "receipts", GOOD | late | {"received_on": "2024-02-01"})
    assert Receipt.objects.get().corrects_on == date(2024, 1, 15)


def test_checking_costs_the_same_number_of_queries_for_any_number_of_rows(finance):
    costs = []
    for count in (1, 2, 80):
        rows = [GOOD | {"reference": f"R-{n}"} for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            looked_at(finance, "receipts", *rows)
        costs.append(len(queries))
    assert costs[1] == costs[2] <= costs[0]


def test_money_in_another_currency_needs_a_rate_and_the_preview_says_so(finance, acme):
    euros = signed_commitment(acme, currency="EUR")
    ExchangeRate.objects.create(day=date(2024, 2, 1), currency="USD", rate=Decimal("1.25"))
    paying = GOOD | {"commitment": euros.number, "amount": "100"}

    faults = refused(finance, "receipts", paying, paying | {"reference": "R-2", "received_on": "2024-03-01"})

    assert list(faults) == [(3, "currency")]
    assert faults[3, "currency"].startswith("There is no exchange rate from USD to EUR for 2024-03-01")
    kept = paying | {"reference": "R-3", "received_on": "2024-03-01", "allocate": "none"}
    brought_in(finance, "receipts", paying, kept)
    paid, credit = Receipt.objects.order_by("pk")
    assert (paid.allocations.get().amount, credit.allocated) == (80, 0)


def test_rates_cost_the_same_number_of_queries_for_any_number_of_rows(finance, acme):
    euros = signed_commitment(acme, currency="EUR")
    for day in (1, 2, 5):
        ExchangeRate.objects.create(day=date(2024, 2, day), currency="USD", rate=Decimal("1.25"))
    costs = []
    for count in (1, 2, 40):
        rows = [
            GOOD
            | {"reference": f"R-{n}", "commitment": euros.number, "received_on": f"2024-02-{n % 9 + 1:02}"}
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            looked_at(finance, "receipts", *rows)
        costs.append(len(queries))
    assert costs[1] == costs[2] <= costs[0]


def test_payments_of_one_file_pay_one_after_the_other_across_batches(finance, acme, monkeypatch):
    monkeypatch.setattr(payments, "AT_ONCE", 2)
    commitment = signed_commitment(acme, years=2)
    amounts = [part.amount for part in commitment.installments.order_by("due_on")]
    quarter = str(amounts[0] / 2)
    brought_in(
        finance,
        "receipts",
        *(GOOD | {"reference": f"R-{n}", "amount": quarter} for n in range(3)),
        GOOD | {"reference": "R-3", "amount": quarter, "commitment": commitment.number},
        GOOD | {"reference": "R-4", "amount": "10"},
    )
    paid = commitment.installments.order_by("due_on").values_list("paid", flat=True)
    assert list(paid) == amounts
    assert [row.allocations.count() for row in Receipt.objects.order_by("pk")] == [1, 1, 1, 1, 0]


def test_writing_costs_the_same_number_of_queries_for_any_number_of_rows(finance, acme, monkeypatch):
    monkeypatch.setattr(Progress, "tell", lambda *_: None)
    commitment = signed_commitment(acme, years=2)
    costs = []
    for count in (2, 60):
        rows = [GOOD | {"reference": f"R-{count}-{n}", "amount": "10"} for n in range(count)]
        rows[0]["commitment"] = commitment.number
        run = looked_at(finance, "receipts", *rows)
        with CaptureQueriesContext(connection) as queries:
            applied(finance, run)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert Receipt.objects.filter(allocated=10).count() == 62


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        ("merge", "Nothing was imported. Acme was merged into Kept. Use that sponsor instead."),
        ("closing", "Nothing was imported. A receipt cannot be dated 2024-02-01: the books are closed"),
        ("other sponsor", "is of another sponsor. Choose a commitment of Acme."),
    ],
)
def test_what_changed_at_the_last_moment_writes_nothing_and_is_said(
    finance, acme, monkeypatch, happens, sentence
):
    commitment = signed_commitment(acme)
    run = looked_at(finance, "receipts", GOOD, GOOD | {"reference": "R-2", "commitment": commitment.number})

    def late(keys):
        if happens == "merge":
            merge_sponsors(actor=finance, kept=SponsorFactory(name="Kept"), absorbed=acme, reason="Same")
        lock_sponsors(keys)
        if happens == "closing":
            close_books(actor=finance, through=date(2024, 2, 29), today=date(2024, 6, 1))
        if happens == "other sponsor":
            monkeypatch.setattr(Commitment.objects, "in_bulk", lambda _: {commitment.pk: signed_commitment()})

    monkeypatch.setattr(payments, "lock_sponsors", late)
    run = applied(finance, run)
    assert run.state == RunState.FAILED
    assert sentence in run.remark
    assert not Receipt.objects.exists()


def test_who_waits_for_an_import_is_told_what_is_imported(finance):
    run = looked_at(finance, "receipts", GOOD)
    refused_write = OperationalError("secret")
    refused_write.__cause__ = LockNotAvailable("secret")
    assert collision(refused_write).message.startswith("Somebody else is writing what this needs.")
    run = apply_import(actor=finance, run=run)
    claim_next(now=timezone.now())
    told = collision(refused_write)
    assert (told.code, told.message) == (
        "busy",
        "Receipts are being imported. Nothing was saved. Try again in a minute.",
    )
    with transaction.atomic():
        transaction.set_rollback(True)
        assert collision(refused_write).code == "busy"


def test_a_writer_waits_ten_seconds_and_no_trigger_looks_for_its_name_in_vain(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('pgtrigger.ignore')")
        assert cursor.fetchone() == ("10s", "{}")
