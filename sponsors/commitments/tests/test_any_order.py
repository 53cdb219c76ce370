"""Whatever is done to commitments and receipts in any order, the sums hold."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition, run_state_machine_as_test

from sponsors.commitments.models import (
    Allocation,
    Commitment,
    CommitmentLine,
    CreditNote,
    Installment,
    Invoice,
    InvoiceLine,
    Receipt,
    WriteOff,
)
from sponsors.commitments.rules import State
from sponsors.commitments.tests.amending import schedule
from sponsors.commitments.tests.balances import (
    aged_debt_is_what_is_open,
    statement_ends_with_what_is_owed_less_the_credit,
)
from sponsors.commitments.tests.factories import START
from sponsors.commitments.tests.steps import Steps, done, rates_of_many_years

LATER = date(2040, 1, 1)
# How often each must have come to something at the least: what is not reached cannot fail.
LEAST = {
    "signed": 5,
    "received": 15,
    "oldest first": 4,
    "allocated": 7,
    "allocated abroad": 3,
    "taken back": 3,
    "reversed": 4,
    "proposed": 8,
    "written off": 4,
    "refused": 2,
    "recovered": 4,
    "invoiced": 10,
    "charged": 10,
    "credited": 2,
    "voided": 2,
    "multiplied": 5,
    "forgone": 3,
    "postponed": 1,
    "amended twice a day": 1,
    "terminated": 1,
    "renewed": 2,
    "closed": 5,
    "opened again": 1,
}


def by_currency(pairs):
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        sums[currency] += amount
    return {currency: total for currency, total in sums.items() if total}


def holds(check):
    """Look at it again whenever something was written: what held before holds after a step that came to nothing."""
    return precondition(lambda self: self.wrote)(invariant()(check))


class Ledger(Steps):
    """What holds after every step."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def teardown(self):
        try:
            # Deferred triggers speak now rather than be lost with the transaction.
            connection.check_constraints()
            self.accounts_agree_with_the_rows()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @holds
    def the_schedule_of_every_past_day_can_be_read(self):
        for (pk, day), before in self.seen.items():
            assert schedule(Commitment(pk=pk), day) == before

    @holds
    def what_was_paid_stands(self):
        assert not Installment.versions.filter(paid__gt=0, removed_by__isnull=False).exists()

    @holds
    def invoices_have_numbers_without_gaps_and_ask_once(self):
        for series, model in (("INV", Invoice), ("CN", CreditNote)):
            by_year: dict[int, list[str]] = defaultdict(list)
            for number, issued_on in model.objects.order_by("number").values_list("number", "issued_on"):
                by_year[issued_on.year].append(number)
            for year, numbers in by_year.items():
                assert numbers == [f"{series}-{year}-{n + 1:04}" for n in range(len(numbers))]
        asked = list(InvoiceLine.objects.filter(stands=True).values_list("installment", flat=True))
        assert len(asked) == len(set(asked))
        for invoice in Invoice.objects.with_settled().prefetch_related("lines", "credit_notes"):
            assert invoice.total == sum(line.amount for line in invoice.lines.all())
            assert invoice.credited == sum(note.amount for note in invoice.credit_notes.all())
            assert invoice.credited <= invoice.total
            assert {line.stands for line in invoice.lines.all()} == {invoice.credited < invoice.total}
            assert 0 <= invoice.paid + invoice.written_off <= invoice.total

    @holds
    def parts_sum_to_the_whole(self):
        wholes, parts = (
            dict(rows.order_by().values_list("commitment").annotate(Sum("amount")))
            for rows in (CommitmentLine.objects.all(), Installment.objects.scheduled())
        )
        assert parts == wholes

    @holds
    def charges_stand_and_fall_with_their_invoice(self):
        for row in Installment.versions.filter(kind="charge").prefetch_related("invoice_lines__invoice"):
            (line,) = row.invoice_lines.all()
            assert line.stands == (row.released_on is None)
            assert row.released_on is None or row.paid == row.written_off == 0
            assert (row.charged_on, row.due_on) == (line.invoice.issued_on, line.invoice.due_on)

    @holds
    def kept_sums_equal_the_facts_and_stay_within_due_and_received(self):
        by_installment: dict[int, Decimal] = defaultdict(Decimal)
        by_receipt: dict[int, Decimal] = defaultdict(Decimal)
        used, paid = [], []
        for one in Allocation.objects.select_related("receipt", "installment__commitment"):
            by_installment[one.installment_id] += one.amount
            by_receipt[one.receipt_id] += one.receipt_amount
            used.append((one.receipt.currency, one.receipt_amount))
            paid.append((one.installment.commitment.currency, one.amount))
            assert (one.receipt.currency == one.installment.commitment.currency) == (one.rate is None)
        by_loss: dict[int, Decimal] = defaultdict(Decimal)
        for installment, amount in WriteOff.objects.filter(state="approved").values_list(
            "installment", "amount"
        ):
            by_loss[installment] += amount
        for row in Installment.objects.with_paid():
            assert row.paid == by_installment[row.pk]
            assert row.written_off == by_loss[row.pk]
            assert row.paid >= 0
            assert row.written_off >= 0
            assert row.remainder == row.amount - row.paid - row.written_off >= 0
        for receipt in Receipt.objects.with_allocated():
            stands = receipt.pk in self.received
            assert receipt.allocated == by_receipt[receipt.pk]
            assert 0 <= receipt.allocated <= max(receipt.amount, 0)
            assert receipt.allocated == 0 or stands
            assert receipt.unapplied == (receipt.amount - receipt.allocated if stands else 0)
        assert by_currency(Receipt.objects.values_list("currency", "allocated")) == by_currency(used)
        assert by_currency(Installment.versions.values_list("commitment__currency", "paid")) == by_currency(
            paid
        )
        for commitment in Commitment.objects.with_received(START).prefetch_related("installments"):
            assert commitment.received == sum(by_installment[row.pk] for row in commitment.installments.all())

    @holds
    def accounts_hold_now_and_then(self):
        """They cost more than all else, so they are looked at after every other change and at the end."""
        self.steps += 1
        if self.steps % 2 == 0:
            self.accounts_agree_with_the_rows()

    def accounts_agree_with_the_rows(self):
        aged_debt_is_what_is_open(LATER)
        for sponsor in self.sponsors:
            statement_ends_with_what_is_owed_less_the_credit(sponsor, LATER)
        for day, said in self.closed.items():
            assert self.accounts(day) == said

    @holds
    def all_money_is_that_which_stands(self):
        assert sum(Receipt.objects.values_list("amount", flat=True)) == sum(self.received.values())
        standing = set(Receipt.objects.standing().values_list("pk", flat=True))
        assert standing == set(self.received)

    @holds
    def only_signed_commitments_are_paid(self):
        paid = Allocation.objects.values_list("installment__commitment__state", flat=True)
        assert set(paid) <= {State.SIGNED, State.TERMINATED}


@pytest.mark.unmeasured
@pytest.mark.django_db
def test_sums_hold_in_any_order():
    done.clear()
    rates_of_many_years()
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            # A machine is some fifty tests in one.
            max_examples=settings().max_examples * 10 // 100,
            stateful_step_count=45,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert {name: done[name] for name, least in LEAST.items() if done[name] < least} == {}
