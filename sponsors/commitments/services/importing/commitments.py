"""A plan for a file of commitments: one row a line, the rows of one key together a commitment."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from foundation.books.closing import open_from, refuse_closed
from foundation.books.models import Fund
from foundation.imports import kinds
from foundation.imports.rules import Fault, Row
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import CommitmentLine, ExternalKey
from sponsors.commitments.models.keys import LONGEST_KEY
from sponsors.commitments.rules import (
    Frequency,
    Period,
    Plan,
    Planned,
    Shape,
    State,
    check_period,
    day_after,
)
from sponsors.commitments.services.importing.cells import Cells, grouped
from sponsors.commitments.services.importing.drafts import Draft, write_drafts
from sponsors.commitments.services.lines import MOST_LINES, Line, check_line
from sponsors.commitments.services.schedules import plan_cash
from sponsors.commitments.services.values import check_currency, check_length, check_people
from sponsors.commitments.services.workflow import OPEN_AGAIN, check_signing_day
from sponsors.directory.models import Sponsor
from sponsors.directory.services import SponsorFinder

# Said once a commitment: on its first row, and on others empty or the same.
_OF_THE_WHOLE = (
    "sponsor",
    "title",
    "currency",
    "starts_on",
    "ends_on",
    "shape",
    "frequency",
    "first_due_on",
    "state",
    "signed_on",
    "owner",
)
_SHAPES = [Shape.EQUAL.value, Shape.FRONT_LOADED.value]
_LONGEST_BASIS = 300
_STATES = [State.DRAFT.value, State.SIGNED.value]
# Which column a refusal of a line is about, by its code.
_COLUMNS_OF_LINES = {
    "line_needs_fund": "fund",
    "gift_has_fund": "fund",
    "fund_closed": "fund",
    "cash_has_category": "category",
    "gift_needs_category": "category",
    "required": "description",
    "too_long": "description",
}
# Which column a refusal of a schedule is about, by its code or field.
_COLUMNS_OF_SCHEDULES = {
    "schedule_missing": "frequency",
    "schedule": "frequency",
    "lines": "amount",
    "installments": "first_due_on",
    "first_due_on": "first_due_on",
}


@dataclass(slots=True)
class _Entry:
    """One commitment of a file, complete and possible."""

    key: str
    rows: int
    sponsor: Sponsor
    title: str
    currency: str
    period: Period
    lines: list[Line]
    schedule: Plan | None
    planned: list[Planned]
    signed_on: date | None
    owner: User | None
    there: ExternalKey | None = None

    def digest(self) -> str:
        """Tell whether the same was imported under the key before; the sponsor may have been merged since."""
        lines = [
            (
                line.kind,
                line.description,
                f"{line.amount.normalize():f}",
                line.fund and line.fund.code,
                line.category,
                line.estimate_basis,
            )
            for line in self.lines
        ]
        owner = self.owner and self.owner.email
        told = (self.title, self.currency, self.period, lines, self.schedule, self.signed_on, owner)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def draft(self) -> Draft:
        return Draft(
            key=self.key,
            digest=self.digest(),
            rows=self.rows,
            sponsor=self.sponsor,
            title=self.title,
            currency=self.currency,
            period=self.period,
            lines=self.lines,
            planned=self.planned,
            signed_on=self.signed_on,
            owner=self.owner,
        )

    def step(self, line: int) -> kinds.Step:
        if self.there is not None:
            return kinds.Step(line, kinds.SAME, self.there.commitment.number, self.key)
        last_day = self.period.ends_before - timedelta(days=1)
        changes = [
            ("sponsor", "", self.sponsor.name),
            ("period", "", f"{self.period.starts_on} to {last_day}"),
            ("cash", "", money_text(self._sum(CommitmentLine.Kind.CASH), self.currency)),
            ("in kind", "", money_text(self._sum(CommitmentLine.Kind.IN_KIND), self.currency)),
            ("installments", "", str(len(self.planned))),
            ("state", "", f"signed on {self.signed_on}" if self.signed_on else "draft"),
        ]
        return kinds.Step(line, kinds.ADD, self.title, self.key, tuple(changes))

    def _sum(self, kind: str) -> Decimal:
        return sum((line.amount for line in self.lines if line.kind == kind), start=Decimal(0))


@dataclass(slots=True)
class CommitmentPlan(kinds.Plan):
    """What the rows of a file of commitments would do."""

    entries: list[_Entry] = field(default_factory=list)

    def write(self, *, actor: User, today: date, tell: kinds.Tell) -> None:
        """Draft what is new, in the file's order, and sign what was signed."""
        drafts = [entry.draft() for entry in self.entries if entry.there is None]
        there = sum(entry.rows for entry in self.entries if entry.there is not None)
        tell(there)
        write_drafts(drafts, actor=actor, today=today, done=there, tell=tell)


def plan_commitments(rows: Sequence[Row], today: date, tell: kinds.Tell) -> CommitmentPlan:
    """Decide what the rows would add; write nothing."""
    plan = CommitmentPlan()
    planner = _Planner(rows, today, plan.faults)
    done = 0
    for key, group in grouped(rows, "key"):
        entry = planner.entry(key, group)
        if entry is not None:
            plan.entries.append(entry)
            plan.steps.append(entry.step(group[0].line))
        done += len(group)
        tell(done)
    return plan


class _Planner:
    """Reads what the rows need to know once, then decides commitment by commitment."""

    def __init__(self, rows: Sequence[Row], today: date, faults: list[Fault]) -> None:
        self._today = today
        self._faults = faults
        self._sponsors = SponsorFinder()
        self._funds = {fund.code: fund for fund in Fund.objects.all()}
        self._open_from = open_from()
        addresses = {row.values.get("owner", "").lower() for row in rows} - {""}
        self._people = {
            person.email: person for person in User.objects.colleagues().filter(email__in=addresses)
        }
        keys = {row.values.get("key", "") for row in rows}
        there = ExternalKey.objects.filter(key__in=keys).select_related("commitment")
        self._there = {row.key: row for row in there}

    def entry(self, key: str, group: Sequence[Row]) -> _Entry | None:
        """Return the commitment of the rows, or None when anything is wrong with it."""
        before = len(self._faults)
        every = [Cells(row, self._faults) for row in group]
        for cells in every[1:]:
            _refuse_other_values(every[0], cells)
        entry = self._whole(key, every)
        # A cell that was faulty before may be what decides.
        if entry is None or len(self._faults) > before or any(row.faulty for row in group):
            return None
        return self._known(entry, every[0])

    def _whole(self, key: str, every: Sequence[Cells]) -> _Entry | None:
        cells = every[0]
        if len(key) > LONGEST_KEY:
            cells.fault("key", f"The key has more than {LONGEST_KEY} characters. Shorten it.")
        named = cells.needed(
            "sponsor", "The sponsor is missing on the first line of this commitment. Give it."
        )
        sponsor = cells.attempt("sponsor", lambda: self._sponsors.find(named)) if named else None
        typed = cells.needed("title", "The title is missing on the first line of this commitment. Give it.")
        title = cells.attempt("title", lambda: check_length(typed, "title", "title", longest=200)) or ""
        currency = self._currency(cells)
        period = self._period(cells)
        signed_on = self._signed_on(cells, known=key in self._there)
        owner = self._owner(cells)
        schedule = self._schedule(cells)
        lines = [line for line in (self._line(each, currency) for each in every) if line is not None]
        if len(every) > MOST_LINES:
            cells.fault("key", f"A commitment has at most {MOST_LINES} lines. Put small ones together.")
        # A missing line, or what had no sense before, would only make a fault that follows from it.
        if len(lines) < len(every) or period is None or sponsor is None or not currency:
            return None
        planned = cells.attempt(
            "frequency", lambda: plan_cash(period, currency, lines, schedule), _COLUMNS_OF_SCHEDULES
        )
        return _Entry(
            key=key,
            rows=len(every),
            sponsor=sponsor,
            title=title,
            currency=currency,
            period=period,
            lines=lines,
            schedule=schedule,
            planned=planned or [],
            signed_on=signed_on,
            owner=owner,
        )

    def _known(self, entry: _Entry, cells: Cells) -> _Entry | None:
        """Return the entry with the commitment that was imported from it before, if there is one."""
        there = self._there.get(entry.key)
        if there is not None:
            number = there.commitment.number
            if (there.digest, there.commitment.sponsor_id) != (entry.digest(), entry.sponsor.pk):
                cells.fault(
                    "key",
                    f"{number} was imported under this key with other values. Change {number} itself, or give "
                    "these rows another key.",
                )
                return None
            entry.there = there
        return entry

    def _currency(self, cells: Cells) -> str:
        currency = cells.needed(
            "currency", "The currency is missing on the first line of this commitment. Give it, such as USD."
        ).upper()
        faults = len(self._faults)
        cells.attempt("currency", lambda: check_currency(currency) if currency else None)
        return currency if len(self._faults) == faults else ""

    def _period(self, cells: Cells) -> Period | None:
        for column, told in (("starts_on", "first day"), ("ends_on", "last day")):
            cells.needed(column, f"The {told} is missing on the first line of this commitment. Give it.")
        first, last = cells.day("starts_on"), cells.day("ends_on")
        if first is None or last is None:
            return None
        columns = {"starts_on": "starts_on", "ends_on": "ends_on"}
        return cells.attempt("ends_on", lambda: check_period(first, day_after(last)), columns)

    def _signed_on(self, cells: Cells, *, known: bool) -> date | None:
        state = cells.choice("state", _STATES, default=State.DRAFT)
        day = cells.day("signed_on")
        if state == State.DRAFT and day is not None:
            cells.fault("state", "There is a signing date. Write signed, or leave the date out.")
        if state == State.SIGNED:
            cells.needed("signed_on", "The signing date is missing. Give it, or write draft as state.")
        if day is not None:
            cells.attempt("signed_on", lambda: check_signing_day(day, self._today))
            # What was imported before its books were closed is there already.
            first = None if known else self._open_from
            cells.attempt(
                "signed_on",
                lambda: refuse_closed(day, first, what="A signature", field="signed_on", advice=OPEN_AGAIN),
            )
        return day

    def _owner(self, cells: Cells) -> User | None:
        address = cells.text("owner").lower()
        person = self._people.get(address)
        if address and person is None:
            cells.fault("owner", "This is no colleague who may sign in. Correct or empty it.")
        cells.attempt("owner", lambda: check_people(person, None))
        return person

    def _schedule(self, cells: Cells) -> Plan | None:
        shape = cells.choice("shape", _SHAPES, default=Shape.EQUAL)
        frequency = cells.choice("frequency", Frequency.values)
        first_due_on = cells.day("first_due_on")
        told = {name for name in ("frequency", "first_due_on") if cells.row.values.get(name)}
        if len(told) == 1:
            (missing,) = {"frequency", "first_due_on"} - told
            cells.needed(
                missing, "A schedule needs both a frequency and a first due date. Give this one too."
            )
        if not frequency or first_due_on is None:
            return None
        return Plan(Shape(shape), Frequency(frequency), first_due_on)

    def _line(self, cells: Cells, currency: str) -> Line | None:
        kind = cells.choice("kind", CommitmentLine.Kind.values)
        amount = cells.amount("amount")
        code = cells.text("fund")
        fund = self._funds.get(code)
        if code and fund is None:
            cells.fault("fund", f"There is no fund {code}. The codes are: {', '.join(sorted(self._funds))}.")
            return None
        if not kind or amount is None or not currency:
            return None
        basis = cells.text("estimate_basis")
        if len(basis) > _LONGEST_BASIS:
            cells.fault("estimate_basis", f"At most {_LONGEST_BASIS} characters fit. Shorten it.")
            return None
        line = Line(
            kind=CommitmentLine.Kind(kind),
            description=cells.text("description"),
            amount=amount,
            fund=fund,
            category=cells.text("category").lower(),
            estimate_basis=basis,
        )
        return cells.attempt("amount", lambda: check_line(cells.row.line, line, currency), _COLUMNS_OF_LINES)


def _refuse_other_values(first: Cells, cells: Cells) -> None:
    """A second row of a commitment repeats what is said of the whole, or leaves it out."""
    for column in _OF_THE_WHOLE:
        text = cells.text(column)
        if text and text != first.text(column):
            cells.fault(
                column,
                f"Line {first.row.line} of the same key says something else. Empty this cell, or make both the same.",
            )
