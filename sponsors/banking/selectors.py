"""What the lines of a page may be, and which line comes next: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from foundation.money.display import money_text
from sponsors.banking.models import BankLine
from sponsors.banking.rules import Clue, Debt, LineState, Proposal, Recorded, proposals_for
from sponsors.banking.rules.matching import NEAR_DAYS, bare_name
from sponsors.commitments.models import Commitment, Installment, Invoice, InvoiceLine, Receipt
from sponsors.directory.models import Sponsor

# An amount alone tells something of what is due about then, and nothing when very many owe the same.
_DUE_BEFORE, _DUE_AFTER = timedelta(days=730), timedelta(days=120)
MOST_FITTING = 200


@dataclass(frozen=True, slots=True)
class Match:
    """A proposal with the rows it names, for a person to read."""

    sponsor: Sponsor
    commitment: Commitment | None
    invoice: Invoice | None
    receipt: Receipt | None
    score: int
    reasons: tuple[str, ...]
    by_amount: bool

    @property
    def key(self) -> str:
        """What names it among the proposals of its line."""
        if self.receipt is not None:
            return f"receipt-{self.receipt.pk}"
        if self.invoice is not None:
            return f"invoice-{self.invoice.pk}"
        return f"commitment-{self.commitment.pk}" if self.commitment else f"sponsor-{self.sponsor.pk}"

    @property
    def title(self) -> str:
        if self.receipt is not None:
            amount = money_text(self.receipt.amount, self.receipt.currency)
            return f"{self.sponsor.name}: the receipt {self.receipt} of {amount}"
        if self.invoice is not None:
            return f"{self.sponsor.name}: {self.invoice}, of {self.commitment}"
        return f"{self.sponsor.name}: {self.commitment}" if self.commitment else self.sponsor.name


def matches_of(lines: Sequence[BankLine]) -> dict[int, list[Match]]:
    """Return what each open line of money in may be, the likeliest first, by the line's key."""
    waiting = [line for line in lines if line.state == LineState.OPEN and line.amount > 0]
    if not waiting:
        return {}
    clues = {
        line.pk: Clue(line.amount, line.currency, line.booked_on, line.payer, line.words) for line in waiting
    }
    named = _sponsors_named(clues.values())
    known = _sponsors_paid_for(clues.values())
    recorded = _recorded(clues.values())
    debts = _debts(clues.values(), {pk for found in (*named.values(), *known.values()) for pk in found})
    proposals: dict[int, list[Proposal]] = {}
    for key, clue in clues.items():
        reasons: list[tuple[str, object]] = [
            ("sponsor", sponsor) for sponsor in (*named[clue.payer], *known[clue.payer])
        ]
        reasons += [("number", number) for number in clue.numbers]
        reasons.append(("amount", (clue.currency, clue.amount)))
        theirs = {debt.installment: debt for reason in reasons for debt in debts[reason]}
        proposals[key] = proposals_for(
            clue,
            debts=list(theirs.values()),
            recorded=recorded[clue.currency, clue.amount],
            named=named[clue.payer],
            known=known[clue.payer],
        )
    return _with_rows(proposals)


def alike_of(lines: Sequence[BankLine]) -> dict[int, list[BankLine]]:
    """Return the lines with which each open line of money in may be the same, by its key; see `alike`."""
    waiting = [line for line in lines if line.state == LineState.OPEN and line.amount > 0]
    found: dict[int, list[BankLine]] = defaultdict(list)
    if not waiting:
        return found
    rows = BankLine.objects.alike().filter(
        account__in={line.account_id for line in waiting},
        booked_on__in={line.booked_on for line in waiting},
        amount__in={line.amount for line in waiting},
    )
    by_facts: dict[tuple[int, date, Decimal], list[BankLine]] = defaultdict(list)
    for row in rows.exclude(state=LineState.SET_ASIDE).select_related("account").order_by("pk"):
        by_facts[row.account_id, row.booked_on, row.amount].append(row)
    for line in waiting:
        for row in by_facts[line.account_id, line.booked_on, line.amount]:
            other_file = row.statement_id != line.statement_id
            if other_file or (row.pk != line.pk and _words(row) == _words(line)):
                found[line.pk].append(row)
    return found


def _words(line: BankLine) -> tuple[str, ...]:
    return line.payer, line.text, line.reference, line.bank_id


def preselected(matches: Sequence[Match], alike: Sequence[BankLine] = ()) -> Match | None:
    """Return what Enter may confirm: the likeliest, unless the money may be there twice or another's.

    It may be there twice when one proposal is a receipt recorded already and another is new, or when
    another line is `alike`; another's when only the amount fits, or another proposal is as likely.
    """
    if alike or len({match.receipt is None for match in matches}) != 1:
        return None
    first, *others = matches
    if first.by_amount or (others and others[0].score == first.score):
        return None
    return first


def next_waiting(after: BankLine) -> BankLine | None:
    """Return the open line of money in that comes next in its order, else the first one of all."""
    waiting = BankLine.objects.waiting().filter(account=after.account_id).exclude(pk=after.pk)
    later = Q(booked_on__gt=after.booked_on) | Q(booked_on=after.booked_on, pk__gt=after.pk)
    return waiting.filter(later).first() or waiting.first()


def _sponsors_named(clues: Iterable[Clue]) -> dict[str, list[int]]:
    """Return the sponsors called like each payer, legal forms aside."""
    wanted = {bare_name(clue.payer): clue.payer for clue in clues if clue.payer}
    found: dict[str, list[int]] = defaultdict(list)
    if not wanted:
        return found
    by_name: dict[str, set[int]] = defaultdict(set)
    for pk, *names in Sponsor.objects.filter(merged_into=None).values_list("pk", "name", "legal_name"):
        for name in names:
            bare = bare_name(name) if name else ""
            if bare in wanted:
                by_name[bare].add(pk)
    for clue in clues:
        found[clue.payer] = sorted(by_name[bare_name(clue.payer)]) if clue.payer else []
    return found


def _sponsors_paid_for(clues: Iterable[Clue]) -> dict[str, list[int]]:
    """Return the sponsors for whom each payer paid before."""
    payers = {clue.payer for clue in clues if clue.payer}
    found: dict[str, list[int]] = defaultdict(list)
    pairs = Receipt.objects.standing().filter(payer__in=payers).values_list("payer", "sponsor")
    for payer, sponsor in pairs.distinct().order_by("payer", "sponsor"):
        found[payer].append(sponsor)
    return found


def _recorded(clues: Iterable[Clue]) -> dict[tuple[str, Decimal], list[Recorded]]:
    """Return the standing receipts without a line that have an amount and a day like one of them, by amount."""
    days = [clue.booked_on for clue in clues]
    near = timedelta(days=NEAR_DAYS)
    rows = Receipt.objects.standing().filter(
        bank_line=None,
        amount__in={clue.amount for clue in clues},
        currency__in={clue.currency for clue in clues},
        received_on__range=(min(days) - near, max(days) + near),
    )
    found: dict[tuple[str, Decimal], list[Recorded]] = defaultdict(list)
    for row in rows.order_by("received_on", "pk")[:MOST_FITTING]:
        found[row.currency, row.amount].append(
            Recorded(row.pk, str(row), row.sponsor_id, row.currency, row.amount, row.received_on)
        )
    return found


def _debts(clues: Iterable[Clue], sponsors: set[int]) -> dict[tuple[str, object], list[Debt]]:
    """Return the open installments that any of them may pay, by what would be the reason."""
    numbers = {number for clue in clues for number in clue.numbers}
    amounts = {clue.amount for clue in clues}
    days = [clue.booked_on for clue in clues]
    open_rows = Installment.objects.open().select_related("commitment").order_by("due_on", "pk")
    asking = InvoiceLine.objects.filter(stands=True)
    asked = asking.filter(invoice__number__in=numbers).values("invoice__commitment")
    theirs = open_rows.filter(
        Q(commitment__number__in=numbers) | Q(commitment__in=asked) | Q(commitment__sponsor__in=sponsors)
    )
    fitting = open_rows.filter(
        Q(amount__in=amounts) | Q(remainder__in=amounts),
        commitment__currency__in={clue.currency for clue in clues},
        due_on__range=(min(days) - _DUE_BEFORE, max(days) + _DUE_AFTER),
    )
    found: dict[tuple[str, object], list[Debt]] = defaultdict(list)
    rows = {row.pk: row for row in (*theirs, *fitting[:MOST_FITTING])}
    invoices = {
        line.installment_id: line.invoice
        for line in asking.filter(installment__in=rows, invoice__number__in=numbers).select_related("invoice")
    }
    for row in rows.values():
        invoice = invoices.get(row.pk)
        debt = Debt(
            installment=row.pk,
            label=str(row),
            commitment=row.commitment_id,
            number=row.commitment.number,
            sponsor=row.commitment.sponsor_id,
            currency=row.commitment.currency,
            amount=row.amount,
            remainder=row.remainder,
            due_on=row.due_on,
            invoice=invoice.pk if invoice else None,
            invoice_number=invoice.number if invoice else "",
        )
        found["sponsor", debt.sponsor].append(debt)
        found["number", debt.number].append(debt)
        if debt.invoice_number:
            found["number", debt.invoice_number].append(debt)
        for amount in {debt.amount, debt.remainder}:
            found["amount", (debt.currency, amount)].append(debt)
    return found


def _with_rows(proposals: dict[int, list[Proposal]]) -> dict[int, list[Match]]:
    every = [proposal for found in proposals.values() for proposal in found]
    sponsors = Sponsor.objects.in_bulk({proposal.sponsor for proposal in every})
    commitments = Commitment.objects.in_bulk({p.commitment for p in every if p.commitment is not None})
    invoices = Invoice.objects.in_bulk({p.invoice for p in every if p.invoice is not None})
    receipts = Receipt.objects.in_bulk({p.receipt for p in every if p.receipt is not None})
    return {
        key: [
            Match(
                sponsor=sponsors[proposal.sponsor],
                commitment=commitments[proposal.commitment] if proposal.commitment else None,
                invoice=invoices[proposal.invoice] if proposal.invoice else None,
                receipt=receipts[proposal.receipt] if proposal.receipt else None,
                score=proposal.score,
                reasons=tuple(proposal.reasons),
                by_amount=proposal.by_amount,
            )
            for proposal in found
        ]
        for key, found in proposals.items()
    }
