"""A plan for a file of receipts: one row a payment, found again by its source and reference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from foundation.books.closing import NAMES_THE_DAY, open_from, refuse_closed
from foundation.books.selectors import current_organization
from foundation.imports import kinds
from foundation.imports.rules import Fault, Row
from foundation.money.conversion import RateTable
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import Commitment, Receipt
from sponsors.commitments.rules import Exchange, check_amount
from sponsors.commitments.services.allocations import check_commitment
from sponsors.commitments.services.importing.cells import Cells
from sponsors.commitments.services.importing.payments import Payment, write_payments
from sponsors.commitments.services.receipts import (
    check_correction,
    check_method,
    check_received_on,
    check_source,
)
from sponsors.commitments.services.values import check_currency, check_length
from sponsors.directory.services import SponsorFinder

OLDEST, NONE = "oldest", "none"


@dataclass(slots=True)
class _Entry:
    """One receipt of a file, complete and possible; `there` when it is recorded already."""

    facts: dict[str, Any]
    there: Receipt | None = None

    def payment(self, actor: User) -> Payment:
        """Return what is written; what only says what the money pays is no fact about the receipt."""
        facts = self.facts.copy()
        commitment, allocate = facts.pop("commitment"), facts.pop("allocate")
        return Payment(
            receipt=Receipt(recorded_by=actor, **facts),
            sponsor=facts["sponsor"],
            commitment=commitment,
            pays=allocate == OLDEST,
        )

    def step(self, line: int) -> kinds.Step:
        facts = self.facts
        reference = f"{facts['source']} {facts['reference']}"
        if self.there is not None:
            return kinds.Step(line, kinds.SAME, facts["sponsor"].name, reference)
        commitment = facts["commitment"]
        told = {OLDEST: f"the oldest of {commitment}" if commitment else "the oldest", NONE: "nothing yet"}
        changes = [
            ("amount", "", money_text(facts["amount"], facts["currency"])),
            ("received on", "", str(facts["received_on"])),
            ("pays", "", told[facts["allocate"]]),
        ]
        return kinds.Step(line, kinds.ADD, facts["sponsor"].name, reference, tuple(changes))


@dataclass(slots=True, kw_only=True)
class ReceiptPlan(kinds.Plan):
    """What the rows of a file of receipts would do."""

    rates: RateTable
    entries: list[_Entry] = field(default_factory=list)

    def write(self, *, actor: User, today: date, tell: kinds.Tell) -> None:
        """Record what is new, in the file's order."""
        del today  # the days of the money were checked when it was planned
        new = [entry.payment(actor) for entry in self.entries if entry.there is None]
        there = len(self.entries) - len(new)
        tell(there)
        write_payments(new, actor=actor, rate=self._rate, done=there, tell=tell)

    def _rate(self, receipt: Receipt, currency: str) -> Exchange | None:
        """Return how the receipt's money counts in the currency; None: it is the same one."""
        if currency == receipt.currency:
            return None
        one = self.rates.convert(Decimal(1), source=receipt.currency, target=currency, on=receipt.received_on)
        return Exchange(receipt.currency, currency, one.rate, one.day)


def plan_receipts(rows: Sequence[Row], today: date, tell: kinds.Tell) -> ReceiptPlan:
    """Decide what the rows would add; write nothing."""
    faults: list[Fault] = []
    planner = _Planner(rows, today, faults)
    plan = ReceiptPlan(faults=faults, rates=planner.rates)
    for done, row in enumerate(rows, start=1):
        entry = planner.entry(row)
        if entry is not None:
            plan.entries.append(entry)
            plan.steps.append(entry.step(row.line))
        tell(done)
    return plan


class _Planner:
    """Reads what the rows need to know once, then decides row by row."""

    def __init__(self, rows: Sequence[Row], today: date, faults: list[Fault]) -> None:
        self._today = today
        self._faults = faults
        self._sponsors = SponsorFinder()
        self._open_from = open_from()
        numbers = {row.values.get("commitment", "").upper() for row in rows} - {""}
        self._commitments = {found.number: found for found in Commitment.objects.filter(number__in=numbers)}
        there = Receipt.objects.standing().filter(
            source__in={row.values.get("source", "").lower() for row in rows},
            reference__in={row.values.get("reference", "") for row in rows},
        )
        self._there = {(row.source, row.reference): row for row in there.select_related("sponsor")}
        self._lines: dict[tuple[str, str], int] = {}
        self.rates = self._rates_of(rows)

    def _rates_of(self, rows: Sequence[Row]) -> RateTable:
        """Read at once the rates by which rows may pay a commitment in another currency."""
        pairs: set[str] = set()
        days: list[date] = []
        for row in rows:
            cells = Cells(row, [])
            commitment, day = self._named(cells), cells.day("received_on")
            currency = cells.text("currency").upper()
            if commitment is not None and day is not None and currency != commitment.currency:
                pairs |= {currency, commitment.currency}
                days.append(day)
        return RateTable(
            pairs,
            first=min(days, default=self._today),
            last=max(days, default=self._today),
            oldest=current_organization().oldest_rate_days,
        )

    def entry(self, row: Row) -> _Entry | None:
        """Return the receipt of the row, or None when anything is wrong with it."""
        before = len(self._faults)
        cells = Cells(row, self._faults)
        facts = self._facts(cells)
        if len(self._faults) > before or row.faulty:
            return None
        entry = _Entry(facts)
        there = self._there.get((facts["source"], facts["reference"]))
        if there is not None:
            # Whatever the books and commitments say today: it is recorded.
            self._compare(cells, there, facts)
            entry.there = there
        else:
            self._check_days(cells, facts["received_on"], facts["corrects_on"])
            self._check_commitment(cells, facts)
        return entry if len(self._faults) == before else None

    def _facts(self, cells: Cells) -> dict[str, Any]:
        """Return what `record_receipt` takes, as far as the cells say it."""
        named, currency = cells.text("sponsor"), cells.text("currency").upper()
        source, reference = cells.text("source"), cells.text("reference")
        amount, received_on = cells.amount("amount"), cells.day("received_on")
        before = len(self._faults)
        _try(cells, "currency", currency, lambda: check_currency(currency))
        if amount is not None and currency and len(self._faults) == before:
            amount = cells.attempt(
                "amount", lambda: check_amount(amount, currency, what="The amount", field="amount")
            )
        if received_on is not None:
            cells.attempt("received_on", lambda: check_received_on(received_on, self._today))
        method = cells.text("method").lower()
        _try(cells, "method", method, lambda: check_method(method))
        texts = {"reference": 100, "payer": 200, "note": 300}
        for column, longest in texts.items():
            text = cells.text(column)
            _try(cells, column, text, lambda c=column, t=text, n=longest: check_length(t, c, c, longest=n))  # type: ignore[misc]
        facts = {
            "sponsor": _try(cells, "sponsor", named, lambda: self._sponsors.find(named)),
            "amount": amount,
            "currency": currency,
            "received_on": received_on,
            "method": method,
            "source": _try(cells, "source", source, lambda: check_source(source)),
            "reference": reference,
            "payer": cells.text("payer"),
            "note": cells.text("note"),
            "commitment": self._commitment(cells),
            "allocate": cells.choice("allocate", (OLDEST, NONE), default=OLDEST),
            "corrects_on": cells.day("corrects_on"),
        }
        self._refuse_second_line(cells, facts)
        return facts

    def _commitment(self, cells: Cells) -> Commitment | None:
        found = self._named(cells)
        if cells.text("commitment") and found is None:
            cells.fault("commitment", "There is no commitment of this number. Correct or empty it.")
        return found

    def _named(self, cells: Cells) -> Commitment | None:
        return self._commitments.get(cells.text("commitment").upper())

    def _refuse_second_line(self, cells: Cells, facts: dict[str, Any]) -> None:
        if facts["source"] and facts["reference"]:
            line = self._lines.setdefault((facts["source"], facts["reference"]), cells.row.line)
            if line != cells.row.line:
                cells.fault(
                    "reference", f"Line {line} has the same source and reference. One line is one payment."
                )

    def _check_days(self, cells: Cells, received_on: date, corrects_on: date | None) -> None:
        before, first = len(self._faults), self._open_from
        cells.attempt(
            "received_on",
            lambda: refuse_closed(
                received_on, first, what="A receipt", field="received_on", advice=NAMES_THE_DAY
            ),
        )
        if corrects_on is not None and len(self._faults) == before:
            cells.attempt("corrects_on", lambda: check_correction(corrects_on, received_on, first))

    def _check_commitment(self, cells: Cells, facts: dict[str, Any]) -> None:
        """Refuse a commitment that the money may not pay, or cannot for want of a rate."""
        commitment: Commitment | None = facts["commitment"]
        if commitment is None:
            return
        before = len(self._faults)
        cells.attempt("commitment", lambda: check_commitment(commitment, facts["sponsor"]))
        if facts["allocate"] == OLDEST and len(self._faults) == before:
            cells.attempt(
                "currency",
                lambda: self.rates.convert(
                    facts["amount"],
                    source=facts["currency"],
                    target=commitment.currency,
                    on=facts["received_on"],
                ),
            )

    def _compare(self, cells: Cells, there: Receipt, facts: dict[str, Any]) -> None:
        """Refuse a row that says something else than what is recorded under its source and reference."""
        for column in ("sponsor", "amount", "currency", "received_on", "method"):
            recorded = getattr(there, column)
            if facts[column] != recorded:
                told = f"{recorded.normalize():f}" if isinstance(recorded, Decimal) else str(recorded)
                cells.fault(
                    column,
                    f"{there} is recorded already, with {told} here. Correct the row or its reference, or reverse "
                    "that receipt first.",
                )


def _try(cells: Cells, column: str, text: str, decide: Callable[[], Any]) -> Any:
    """Return what is decided about a cell that says something; of an empty one nothing."""
    return cells.attempt(column, decide) if text else None
