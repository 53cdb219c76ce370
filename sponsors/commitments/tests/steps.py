"""What may be done to commitments and receipts in any order, with whatever is there for it."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
)

from foundation.books.closing import close_books, reopen_books
from foundation.errors import RuleViolation
from foundation.money.models import ExchangeRate
from sponsors.commitments.models import (
    Allocation,
    Commitment,
    Installment,
    Invoice,
    Receipt,
    WriteOff,
)
from sponsors.commitments.rules import (
    FIRM,
    Due,
    Period,
    State,
    WriteOffState,
    add_months,
    forgo,
    postpone,
    postponed_end,
)
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

CURRENCIES = ["USD", "EUR", "JPY"]

# How often each step is tried, beside the others.
STEPS = {
    "time_passes": 4,
    "close": 2,
    "open_again": 1,
    "sign": 2,
    "receive": 5,
    "allocate_oldest_first": 2,
    "allocate_by_hand": 4,
    "take_back": 3,
    "reverse": 2,
    "terminate": 1,
    "amend": 5,
    "renew": 1,
    "write_off": 5,
    "recover": 3,
    "invoice": 4,
    "credit": 2,
}
# How often each came to something, since the test began.
done: Counter[str] = Counter()


def rates_of_many_years() -> None:
    ExchangeRate.objects.bulk_create(
        ExchangeRate(
            day=START + timedelta(weeks=week - 1), currency=currency, rate=rate + Decimal(week % 13) / 100
        )
        for week in range(600)
        for currency, rate in (("USD", Decimal("1.1")), ("JPY", Decimal(160)))
    )


class Steps(RuleBasedStateMachine):
    """Two sponsors, three currencies, days that pass; every step is a service or a refusal in words."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.sponsors = [SponsorFactory(), SponsorFactory()]
        # Something is due from the first step on.
        signed_commitment(self.sponsors[0], years=2, lines=[cash_line(1_000)])
        self.today = START
        self.closed: dict[date, object] = {}
        self.received: dict[int, Decimal] = {}
        self.amended: dict[int, date] = {}
        self.seen: dict[tuple[int, date], list[Due]] = {}
        self.wrote = True

    @rule(
        data=st.data(), name=st.sampled_from([name for name, weight in STEPS.items() for _ in range(weight)])
    )
    def step(self, data, name):
        """Take one step with what there is for it; without anything, none."""
        self.draw = data.draw
        before = done.total()
        getattr(self, name)()
        self.wrote = done.total() > before  # what was refused is taken back

    def attempt(self, counted, service, **given):
        # Any other error, above all one from the database's own checks, fails the test.
        with suppress(RuleViolation), transaction.atomic():
            result = service(**({"actor": colleague()} | given))
            done[counted] += 1
            return result
        return None

    # What steps are drawn from ----------------------------------------------------------------

    def one_of(self, rows):
        found = list(rows)
        return self.draw(st.sampled_from(found)) if found else None

    def chance(self, of):
        """Return whether something happens that does once in so many times."""
        return self.draw(st.integers(1, of)) == of

    def amount(self, currency, most=300):
        """Return an amount of at most so much, exact in the currency."""
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
        return self.draw(st.integers(1, max(1, int(most / unit)))) * unit

    def part_of(self, whole, currency):
        """Return the whole amount, a part of it, or rarely too much."""
        if self.chance(8):
            return whole + 1
        return self.amount(currency, whole) if self.chance(2) else whole

    # The steps --------------------------------------------------------------------------------

    def time_passes(self):
        self.today += timedelta(days=self.draw(st.sampled_from([10, 45, 45, 200])))

    def close(self):
        """Close the books of all months that are over; what the accounts said of them stays."""
        through = self.today.replace(day=1) - timedelta(days=1)
        if self.attempt("closed", close_books, through=through, today=self.today):
            self.closed[through] = self.accounts(through)

    def open_again(self):
        if self.closed:
            first_day = add_months(max(self.closed).replace(day=1), -self.draw(st.integers(0, 12)))
            if self.attempt("opened again", reopen_books, first_day=first_day, reason="Forgotten"):
                self.closed = {day: said for day, said in self.closed.items() if day < first_day}

    def accounts(self, day):
        """Return everything that is said of the time up to the day."""
        return (
            [statement(sponsor, START, day).accounts for sponsor in self.sponsors],
            aged_debt(day),
            list(Receipt.objects.filter(received_on__lte=day).order_by("pk").values_list("pk", "amount")),
        )

    def sign(self):
        currency = self.one_of(CURRENCIES)
        with suppress(RuleViolation), transaction.atomic():
            signed_commitment(
                self.one_of(self.sponsors),
                currency=currency,
                years=self.draw(st.integers(1, 3)),
                starts_on=self.today,
                lines=[cash_line(self.amount(currency) + 3)],
                signed_on=self.today - timedelta(days=self.one_of([0, 0, 40])),
            )
            done["signed"] += 1

    def receive(self):
        commitment = self.one_of(Commitment.objects.filter(state__in=FIRM).select_related("sponsor"))
        currency = commitment.currency if self.chance(2) else self.one_of(CURRENCIES)
        amount = self.amount(currency)
        given = {
            "currency": currency,
            "allocate": self.one_of(["oldest", "none"]),
            "on": self.today - timedelta(days=self.one_of([0, 0, 40])),
            "commitment": self.one_of([commitment, None]),
        }
        with suppress(RuleViolation), transaction.atomic():
            receipt = received(commitment.sponsor, amount, **given)
            self.received[receipt.pk] = amount
            done["received"] += 1
            self.count_allocations(receipt)

    def count_allocations(self, receipt):
        for rate in receipt.allocations.standing().values_list("rate", flat=True):
            done["allocated" if rate is None else "allocated abroad"] += 1

    def allocate_oldest_first(self):
        receipt = self.one_of(Receipt.objects.with_credit())
        if receipt and self.attempt("oldest first", allocate_receipt, receipt=receipt, today=self.today):
            left = Receipt.objects.with_allocated().get(pk=receipt.pk).unapplied
            open_rows = Installment.objects.open().filter(
                commitment__sponsor=receipt.sponsor, commitment__currency=receipt.currency
            )
            assert left == 0 or not open_rows.exists()

    def allocate_by_hand(self):
        receipt = self.one_of(Receipt.objects.with_credit().select_related("sponsor"))
        rows = Installment.objects.open().select_related("commitment")
        row = receipt and self.one_of(rows.filter(commitment__sponsor=receipt.sponsor))
        if not row:
            return
        abroad = row.commitment.currency != receipt.currency
        most = row.remainder if abroad else min(row.remainder, receipt.unapplied)
        used = receipt.unapplied if abroad and self.chance(3) else None
        self.attempt(
            "allocated abroad" if abroad else "allocated",
            allocate_receipt,
            receipt=receipt,
            allocate=[Part(row, self.part_of(most, row.commitment.currency), used)],
            today=self.today,
        )

    def take_back(self):
        allocation = self.one_of(Allocation.objects.standing())
        if allocation:
            self.attempt("taken back", take_back_allocations, allocations=[allocation], today=self.today)

    def reverse(self):
        receipt = self.one_of(Receipt.objects.standing())
        if receipt and self.attempt(
            "reversed", reverse_receipt, receipt=receipt, reason="Bounced", today=self.today
        ):
            del self.received[receipt.pk]

    def terminate(self):
        self.attempt(
            "terminated",
            terminate,
            commitment=self.one_of(Commitment.objects.all()),
            closed_on=self.today - timedelta(days=self.draw(st.integers(0, 90))),
            today=self.today,
            reason="Sold",
        )

    def amend(self):
        """Multiply what is free to change, by one amendment after the other; or pause half a year, and forgo or postpone."""
        commitment = self.one_of(Commitment.objects.filter(state=State.SIGNED))
        if commitment is None:
            return
        day = max(self.amended.get(commitment.pk, START), self.today - timedelta(days=45))
        day += timedelta(days=self.one_of([0, 0, 30, 60]))
        rows = list(commitment.installments.scheduled().with_fixed())
        fixed = [Due(row.due_on, row.amount) for row in rows if row.is_fixed]
        free = [Due(row.due_on, row.amount) for row in rows if not row.is_fixed]
        change: dict[str, Any] = {}
        pauses = [Period(pause.starts_on, pause.ends_before) for pause in commitment.pauses.all()]
        pause = Period(day, add_months(day, 6))
        what = self.one_of(["multiplied", "multiplied", "forgone", "postponed"])
        if what == "multiplied":
            factor = self.one_of([2, 3])
            free = [Due(part.due_on, part.amount * factor) for part in free]
        elif what == "forgone":
            free, change = forgo(free, pause), {"pauses": [*pauses, pause]}
        else:
            change = {
                "pauses": [*pauses, pause],
                "ends_before": postponed_end(commitment.ends_before, pause),
            }
            free = postpone(free, pause)
        parts = fixed + free
        before = schedule(commitment)
        with suppress(RuleViolation), transaction.atomic():
            amended(
                commitment,
                today=max(day, self.today),
                effective_on=day,
                installments=parts,
                lines=[cash_line(sum((part.amount for part in parts), Decimal(0)))] if parts else [],
                **change,
            )
            done[what] += 1
            # Of two of one day, what stood the day before is what the first of them changed.
            done["amended twice a day"] += (commitment.pk, day - timedelta(days=1)) in self.seen
            self.seen.setdefault((commitment.pk, day - timedelta(days=1)), before)
            self.amended[commitment.pk] = day

    def renew(self):
        commitment = self.one_of(Commitment.objects.all())
        self.attempt("renewed", renew_commitment, commitment=commitment, today=date(2024, 5, 5))

    def write_off(self):
        """Propose, and mostly decide at once; what waits may be decided by a later step."""
        waiting = self.one_of(WriteOff.objects.filter(state=WriteOffState.PROPOSED))
        row = self.one_of(Installment.objects.open().select_related("commitment"))
        if waiting is None and row is not None:
            amount = self.part_of(row.remainder, row.commitment.currency)
            waiting = self.attempt(
                "proposed", propose_write_off, installment=row, amount=amount, reason="They closed."
            )
        if waiting is None or self.chance(4):
            return
        name, decide = ("refused", refuse_write_off) if self.chance(4) else ("written off", approve_write_off)
        self.attempt(name, decide, actor=second_colleague(), write_off=waiting, today=self.today)

    def recover(self):
        approved = WriteOff.objects.with_left().select_related("installment__commitment")
        lost = self.one_of(row for row in approved if row.left > 0)
        if lost:
            part = self.part_of(lost.left, lost.installment.commitment.currency)
            self.attempt(
                "recovered",
                recover_write_off,
                write_off=lost,
                amount=self.one_of([None, part]),
                reason="It came.",
                today=self.today,
            )

    def invoice(self):
        """Ask for installments of one commitment, for charges by free lines, or for both."""
        commitment = self.one_of(Commitment.objects.filter(state__in=FIRM))
        rows = commitment.installments.open().not_invoiced().select_related("commitment").order_by("pk")
        installments = list(rows)[: self.draw(st.integers(0, 2))]
        free = [
            FreeLine(description="Booth", amount=self.amount(commitment.currency), fund=general_fund())
            for _ in range(self.draw(st.integers(0, 2)))
        ]
        request = InvoiceRequest(
            commitment=commitment,
            installments=installments,
            free_lines=free,
            due_on=self.today + timedelta(days=14) if free else None,
        )
        if self.attempt("invoiced", issue_invoice, request=request, today=self.today):
            done["charged"] += len(free)

    def credit(self):
        invoice = self.one_of(Invoice.objects.filter(credited__lt=F("total")).select_related("commitment"))
        if invoice:
            amount = None if self.chance(2) else self.amount(invoice.commitment.currency)
            self.attempt(
                "voided" if amount is None else "credited",
                credit_invoice,
                invoice=invoice,
                amount=amount,
                reason="Wrong",
                today=self.today,
            )
