"""Whatever is done to commitments and receipts in any order, the sums hold."""

from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from foundation.books.closing import close_books, reopen_books
from foundation.errors import RuleViolation
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
from sponsors.commitments.rules import Due, Period, State, add_months, forgo
from sponsors.commitments.selectors import aged_debt, statement
from sponsors.commitments.services import (
    FreeLine,
    InvoiceRequest,
    Part,
    allocate_receipt,
    approve_write_off,
    credit_invoice,
    issue_invoice,
    propose_write_off,
    recover_write_off,
    refuse_write_off,
    renew_commitment,
    reverse_receipt,
    take_back_allocations,
    terminate,
)
from sponsors.commitments.tests.amending import amended, schedule
from sponsors.commitments.tests.balances import (
    aged_debt_is_what_is_open,
    statement_ends_with_what_is_owed_less_the_credit,
)
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    general_fund,
    received,
    second_colleague,
    signed_commitment,
)
from sponsors.directory.tests.factories import SponsorFactory

cents = st.integers(1, 30_000).map(lambda n: Decimal(n) / 100)
choices = st.integers(0, 1000)
LATER = date(2040, 1, 1)


def chosen(rows, number):
    return rows[number % len(rows)]


class Ledger(RuleBasedStateMachine):
    """Two sponsors, two currencies, days that pass; every step is a service or a refusal in words."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.sponsors = [SponsorFactory(), SponsorFactory()]
        # Something is due from the first step on.
        signed_commitment(self.sponsors[0], years=2, lines=[cash_line(1_000)])
        self.today = START
        self.steps = 0
        self.closed: dict[date, object] = {}
        self.received: dict[int, Decimal] = {}
        self.amended: dict[int, date] = {}
        self.seen: dict[tuple[int, date], list[Due]] = {}

    def teardown(self):
        try:
            # Deferred triggers speak now rather than be lost with the transaction.
            connection.check_constraints()
            self.accounts_agree_with_the_rows()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def attempt(self, service, **given):
        # Any other error, above all one from the database's own checks, fails the test.
        with suppress(RuleViolation), transaction.atomic():
            return service(actor=colleague(), **given)
        return None

    @rule(days=st.sampled_from([10, 45, 45, 400]), close=st.booleans())
    def time_passes(self, days, close):
        """Close, perhaps, the books of all months that are over; what the accounts said of them stays."""
        self.today += timedelta(days=days)
        if not close:
            return
        through = self.today.replace(day=1) - timedelta(days=1)
        if self.attempt(close_books, through=through, today=self.today):
            self.closed[through] = self.accounts(through)

    @precondition(lambda self: self.closed)
    @rule(months=st.integers(0, 12))
    def open_the_books_again(self, months):
        first_day = add_months(max(self.closed).replace(day=1), -months)
        if self.attempt(reopen_books, first_day=first_day, reason="Forgotten"):
            self.closed = {day: said for day, said in self.closed.items() if day < first_day}

    def accounts(self, day):
        """Return everything that is said of the time up to the day."""
        return (
            [statement(sponsor, START, day).accounts for sponsor in self.sponsors],
            aged_debt(day),
            list(Receipt.objects.filter(received_on__lte=day).order_by("pk").values_list("pk", "amount")),
        )

    @rule(
        who=choices,
        currency=st.sampled_from(["USD", "EUR"]),
        years=st.integers(1, 3),
        total=cents,
        ago=st.sampled_from([0, 0, 40]),
    )
    def sign(self, who, currency, years, total, ago):
        with suppress(RuleViolation), transaction.atomic():
            signed_commitment(
                chosen(self.sponsors, who),
                currency=currency,
                years=years,
                lines=[cash_line(total + 1)],
                signed_on=self.today - timedelta(days=ago),
            )

    @rule(
        who=choices,
        currency=st.sampled_from(["USD", "EUR"]),
        amount=cents,
        allocate=st.sampled_from(["oldest", "none"]),
        ago=st.sampled_from([0, 0, 40]),
    )
    def receive(self, who, currency, amount, allocate, ago):
        given = {"currency": currency, "allocate": allocate, "on": self.today - timedelta(days=ago)}
        with suppress(RuleViolation), transaction.atomic():
            receipt = received(chosen(self.sponsors, who), amount, **given)
            self.received[receipt.pk] = amount

    @precondition(lambda self: self.received)
    @rule(which=choices)
    def allocate_oldest_first(self, which):
        receipt = chosen(list(Receipt.objects.all()), which)
        if self.attempt(allocate_receipt, receipt=receipt, today=self.today) is None:
            return
        left = Receipt.objects.with_allocated().get(pk=receipt.pk).unapplied
        open_rows = Installment.objects.open().filter(
            commitment__sponsor=receipt.sponsor, commitment__currency=receipt.currency
        )
        assert left == 0 or not open_rows.exists()

    @precondition(lambda self: self.received and Installment.objects.exists())
    @rule(which=choices, parts=st.lists(st.tuples(choices, cents), min_size=1, max_size=3))
    def allocate_by_hand(self, which, parts):
        rows = list(Installment.objects.all())
        self.attempt(
            allocate_receipt,
            receipt=chosen(list(Receipt.objects.all()), which),
            allocate=[Part(chosen(rows, number), amount) for number, amount in parts],
            today=self.today,
        )

    @precondition(lambda self: Allocation.objects.exists())
    @rule(which=choices)
    def take_back(self, which):
        self.attempt(
            take_back_allocations,
            allocations=[chosen(list(Allocation.objects.all()), which)],
            today=self.today,
        )

    @precondition(lambda self: self.received)
    @rule(which=choices)
    def reverse(self, which):
        receipt = chosen(list(Receipt.objects.all()), which)
        if self.attempt(reverse_receipt, receipt=receipt, reason="Bounced", today=self.today):
            del self.received[receipt.pk]

    @precondition(lambda self: Commitment.objects.exists())
    @rule(which=choices, ago=st.integers(0, 90))
    def terminate(self, which, ago):
        self.attempt(
            terminate,
            commitment=chosen(list(Commitment.objects.all()), which),
            closed_on=self.today - timedelta(days=ago),
            today=self.today,
            reason="Sold",
        )

    @precondition(lambda self: Commitment.objects.exists())
    @rule(which=choices, factor=st.sampled_from([1, 2, 3]), days=st.integers(0, 90), rest=st.booleans())
    def amend(self, which, factor, days, rest):
        """Multiply what is unpaid, by one amendment after the other; perhaps pause half a year and forgo it."""
        commitment = chosen(list(Commitment.objects.all()), which)
        day = max(self.amended.get(commitment.pk, START), self.today - timedelta(days=45)) + timedelta(
            days=days
        )
        rows = list(commitment.installments.scheduled())
        unpaid = [Due(row.due_on, row.amount * factor) for row in rows if not row.paid]
        pause = Period(day, add_months(day, 6))
        if rest:
            unpaid = forgo(unpaid, pause)
        parts = [Due(row.due_on, row.amount) for row in rows if row.paid] + unpaid
        before = schedule(commitment)
        with suppress(RuleViolation), transaction.atomic():
            amended(
                commitment,
                today=max(day, self.today),
                effective_on=day,
                installments=parts,
                lines=[cash_line(sum((part.amount for part in parts), Decimal(0)))] if parts else [],
                pauses=[pause] if rest else [],
            )
            self.seen[commitment.pk, day - timedelta(days=1)] = before
            self.amended[commitment.pk] = day

    @invariant()
    def the_schedule_of_every_past_day_can_be_read(self):
        for (pk, day), before in self.seen.items():
            assert schedule(Commitment.objects.get(pk=pk), day) == before

    @invariant()
    def what_was_paid_stands(self):
        assert not Installment.versions.filter(paid__gt=0, removed_by__isnull=False).exists()

    @precondition(lambda self: Commitment.objects.exists())
    @rule(which=choices)
    def renew(self, which):
        commitment = chosen(list(Commitment.objects.all()), which)
        self.attempt(renew_commitment, commitment=commitment, today=date(2024, 5, 5))

    @precondition(lambda self: Installment.objects.exists())
    @rule(which=choices, amount=cents)
    def propose_write_off(self, which, amount):
        installment = chosen(list(Installment.objects.all()), which)
        self.attempt(propose_write_off, installment=installment, amount=amount, reason="They closed.")

    @precondition(lambda self: WriteOff.objects.exists())
    @rule(which=choices, decide=st.sampled_from([approve_write_off, refuse_write_off]))
    def decide_write_off(self, which, decide):
        write_off = chosen(list(WriteOff.objects.all()), which)
        with suppress(RuleViolation), transaction.atomic():
            decide(actor=second_colleague(), write_off=write_off, today=self.today)

    @precondition(lambda self: WriteOff.objects.exists())
    @rule(which=choices, amount=st.none() | cents)
    def recover(self, which, amount):
        write_off = chosen(list(WriteOff.objects.all()), which)
        self.attempt(
            recover_write_off, write_off=write_off, amount=amount, reason="It came.", today=self.today
        )

    @precondition(lambda self: Installment.objects.exists())
    @rule(which=st.lists(choices, min_size=1, max_size=2), free=st.lists(cents, max_size=2))
    def invoice(self, which, free):
        """Ask for installments, or with free lines alone for charges of the commitment of the first."""
        rows = list(Installment.objects.select_related("commitment"))
        installments = [chosen(rows, number) for number in which]
        lines = [FreeLine(description="Booth", amount=amount, fund=general_fund()) for amount in free]
        request = InvoiceRequest(
            commitment=installments[0].commitment,
            installments=[] if len(free) > 1 else installments,
            free_lines=lines,
            due_on=self.today + timedelta(days=14) if free else None,
        )
        self.attempt(issue_invoice, request=request, today=self.today)

    @precondition(lambda self: Invoice.objects.exists())
    @rule(which=choices, amount=st.none() | cents)
    def credit(self, which, amount):
        invoice = chosen(list(Invoice.objects.all()), which)
        self.attempt(credit_invoice, invoice=invoice, amount=amount, reason="Wrong", today=self.today)

    @invariant()
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

    @invariant()
    def parts_sum_to_the_whole(self):
        for commitment in Commitment.objects.all():
            lines = sum(row.amount for row in CommitmentLine.objects.filter(commitment=commitment))
            assert lines == sum(row.amount for row in commitment.installments.scheduled())

    @invariant()
    def charges_stand_and_fall_with_their_invoice(self):
        for row in Installment.versions.filter(kind="charge").prefetch_related("invoice_lines__invoice"):
            (line,) = row.invoice_lines.all()
            assert line.stands == (row.released_on is None)
            assert row.released_on is None or row.paid == row.written_off == 0
            assert (row.charged_on, row.due_on) == (line.invoice.issued_on, line.invoice.due_on)

    @invariant()
    def kept_sums_equal_the_facts_and_stay_within_due_and_received(self):
        by_installment: dict[int, Decimal] = defaultdict(Decimal)
        by_receipt: dict[int, Decimal] = defaultdict(Decimal)
        for payer, installment, amount in Allocation.objects.values_list("receipt", "installment", "amount"):
            by_installment[installment] += amount
            by_receipt[payer] += amount
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
        assert sum(by_installment.values()) == sum(by_receipt.values())
        for commitment in Commitment.objects.with_received(START):
            paid = [by_installment[row.pk] for row in commitment.installments.all()]
            assert commitment.received == sum(paid)

    @invariant()
    def accounts_hold_now_and_then(self):
        """They cost more than all else, so they are looked at every few steps and at the end."""
        self.steps += 1
        if self.steps % 4 == 0:
            self.accounts_agree_with_the_rows()

    def accounts_agree_with_the_rows(self):
        aged_debt_is_what_is_open(LATER)
        for sponsor in self.sponsors:
            statement_ends_with_what_is_owed_less_the_credit(sponsor, LATER)
        for day, said in self.closed.items():
            assert self.accounts(day) == said

    @invariant()
    def all_money_is_that_which_stands(self):
        assert sum(Receipt.objects.values_list("amount", flat=True)) == sum(self.received.values())
        standing = set(Receipt.objects.standing().values_list("pk", flat=True))
        assert standing == set(self.received)

    @invariant()
    def only_signed_commitments_are_paid(self):
        paid = Allocation.objects.values_list("installment__commitment__state", flat=True)
        assert set(paid) <= {State.SIGNED, State.TERMINATED}


@pytest.mark.django_db
def test_sums_hold_in_any_order():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            # A machine is some thirty tests in one.
            max_examples=settings().max_examples * 8 // 100,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
