"""What a line of a statement may be: proposals with a score and the reasons in words. A person decides."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sponsors.directory.rules import comparable

MOST_PROPOSALS = 5
# A receipt recorded by hand is the line's when it is dated at most so far from it.
NEAR_DAYS = 10

_NAMED, _SAME_AMOUNT, _PART, _NAME_ALIKE, _NAME_KNOWN, _BY_HAND = 50, 40, 10, 30, 30, 45
_AMOUNTS = {_SAME_AMOUNT, _PART}
# What banks and bookkeepers put behind a name, which says nothing about whose it is.
_FORMS = frozenset(
    [
        "ab",
        "ag",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "foundation",
        "gmbh",
        "inc",
        "incorporated",
        "kg",
        "limited",
        "llc",
        "llp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "sa",
        "sarl",
        "se",
        "srl",
        "the",
    ]
)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How a number of ours looks in a reference, and how it is written out from what was found."""

    what: str
    shape: re.Pattern[str]
    written: str


REFERENCE_PATTERNS = (
    _Pattern("commitment", re.compile(r"\bC[-/ ]?(\d{4})[-/ ]?(\d{4,6})\b", re.IGNORECASE), "C-{}-{}"),
    _Pattern("invoice", re.compile(r"\bINV[-/ ]?(\d{4})[-/ ]?(\d{4,6})\b", re.IGNORECASE), "INV-{}-{}"),
)


@dataclass(frozen=True, slots=True)
class Clue:
    """What a line says that tells whose money it is."""

    amount: Decimal
    currency: str
    booked_on: date
    payer: str = ""
    words: str = ""

    @property
    def numbers(self) -> set[str]:
        return names_in(self.words)


@dataclass(frozen=True, slots=True)
class Debt:
    """An open installment: who owes how much of what, and the standing invoice that asks for it."""

    installment: int
    label: str
    commitment: int
    number: str
    sponsor: int
    currency: str
    amount: Decimal
    remainder: Decimal
    due_on: date
    invoice: int | None = None
    invoice_number: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A standing receipt that no line is tied to: perhaps somebody recorded this very money by hand."""

    receipt: int
    label: str
    sponsor: int
    currency: str
    amount: Decimal
    received_on: date


@dataclass(slots=True)
class Proposal:
    """Whose money a line may be: a new receipt of the sponsor, or one that is recorded already.

    With an invoice, what that asks for is paid first.
    """

    sponsor: int
    commitment: int | None = None
    invoice: int | None = None
    receipt: int | None = None
    score: int = 0
    reasons: list[str] = field(default_factory=list)
    by_amount: bool = True  # nothing else speaks for it

    def add(self, score: int, reason: str) -> None:
        self.score += score
        self.reasons.append(reason)
        self.by_amount = self.by_amount and score in _AMOUNTS


def names_in(words: str) -> set[str]:
    """Return the numbers of ours that the words hold, written as we write them."""
    return {
        pattern.written.format(*found.groups())
        for pattern in REFERENCE_PATTERNS
        for found in pattern.shape.finditer(words)
    }


def bare_name(name: str) -> str:
    """Return what is left of a name without its legal form and punctuation."""
    words = re.findall(r"\w+", comparable(name).replace(".", ""))
    return " ".join(word for word in words if word not in _FORMS) or " ".join(words)


def proposals_for(
    clue: Clue,
    *,
    debts: Sequence[Debt],
    recorded: Sequence[Recorded],
    named: Collection[int],
    known: Collection[int],
) -> list[Proposal]:
    """Return the likeliest first. `named` are sponsors called like the payer, `known` those it paid for before.

    A receipt that is recorded already comes before all new ones, whatever speaks for those: money that
    is recorded twice is worse than money that waits.
    """
    found = [*_debts(clue, debts), *_recorded(clue, recorded)]
    told = {proposal.sponsor for proposal in found}
    found += [Proposal(sponsor) for sponsor in dict.fromkeys([*named, *known]) if sponsor not in told]
    for proposal in found:
        if proposal.sponsor in named:
            proposal.add(_NAME_ALIKE, "the payer has the sponsor's name")
        if proposal.sponsor in known:
            proposal.add(_NAME_KNOWN, "the payer paid for this sponsor before")
    # A part of some open amount is a reason only beside another one.
    likely = [proposal for proposal in found if proposal.score > _PART]
    likely.sort(key=lambda p: (p.receipt is None, -p.score, p.sponsor, p.commitment or 0))
    return likely[:MOST_PROPOSALS]


def _debts(clue: Clue, debts: Iterable[Debt]) -> list[Proposal]:
    """Return one proposal a commitment and, of those the reference names, one an invoice of it.

    Each with what the reference names, and what the amount fits.
    """
    numbers = clue.numbers
    by_commitment: dict[int, list[Debt]] = {}
    by_invoice: dict[int, list[Debt]] = {}
    for debt in sorted(debts, key=lambda d: (d.due_on, d.installment)):
        by_commitment.setdefault(debt.commitment, []).append(debt)
        if debt.invoice is not None and debt.invoice_number in numbers:
            by_invoice.setdefault(debt.invoice, []).append(debt)
    found = [_invoice(clue, rows) for rows in by_invoice.values()]
    told = {proposal.commitment for proposal in found}
    for key, rows in by_commitment.items():
        if key in told:
            continue
        proposal = Proposal(rows[0].sponsor, commitment=key)
        if rows[0].number in numbers:
            proposal.add(_NAMED, f"the reference names {rows[0].number}")
        fitting = [row for row in rows if row.currency == clue.currency]
        same = next((row for row in fitting if clue.amount in (row.remainder, row.amount)), None)
        if same is not None:
            left = "what is left of" if clue.amount == same.remainder != same.amount else "same amount as"
            proposal.add(_SAME_AMOUNT, f"{left} {same.label}")
        elif fitting and clue.amount < fitting[0].remainder:
            proposal.add(_PART, f"a part of {fitting[0].label}")
        found.append(proposal)
    return found


def _invoice(clue: Clue, rows: Sequence[Debt]) -> Proposal:
    """Return the proposal to pay an invoice that the reference names, of which the rows are still open."""
    first = rows[0]
    proposal = Proposal(first.sponsor, commitment=first.commitment, invoice=first.invoice)
    proposal.add(_NAMED, f"the reference names {first.invoice_number}")
    left = sum((row.remainder for row in rows), start=Decimal(0))
    if first.currency == clue.currency and clue.amount == left:
        proposal.add(_SAME_AMOUNT, f"what is left of {first.invoice_number}")
    elif first.currency == clue.currency and clue.amount < left:
        proposal.add(_PART, f"a part of {first.invoice_number}")
    return proposal


def _recorded(clue: Clue, recorded: Iterable[Recorded]) -> list[Proposal]:
    found = []
    for row in recorded:
        near = abs((row.received_on - clue.booked_on).days) <= NEAR_DAYS
        if near and (row.amount, row.currency) == (clue.amount, clue.currency):
            proposal = Proposal(row.sponsor, receipt=row.receipt)
            proposal.add(_BY_HAND, f"recorded already on {row.received_on} as {row.label}")
            found.append(proposal)
    return found
