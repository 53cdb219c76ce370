"""The lines of a commitment: what is promised, in cash or in kind."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F

from foundation.books.models import Fund
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import CommitmentError, check_amount
from sponsors.commitments.services.values import check_length, check_text

MOST_LINES = 200
_WRITTEN = ("position", "kind", "category", "description", "fund", "amount", "estimate_basis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A part of what is promised. Cash goes into a fund; a gift in kind has a category instead."""

    kind: CommitmentLine.Kind
    description: str
    amount: Decimal
    fund: Fund | None = None
    category: str = ""
    estimate_basis: str = ""


class Misfit(NamedTuple):
    """Why the parts of a line do not go together, and at which of them to say so."""

    code: str
    at: str
    sentence: str


def misfit(line: Line) -> Misfit | None:
    """Return what kind, fund and category of the line contradict, if anything."""
    cash = line.kind == CommitmentLine.Kind.CASH
    if cash and line.fund is None:
        return Misfit("line_needs_fund", "fund", "cash goes into a fund. Choose one.")
    if not cash and line.fund is not None:
        return Misfit("gift_has_fund", "fund", "a gift in kind goes into no fund. Leave the fund empty.")
    if line.fund is not None and not line.fund.is_open:
        return Misfit("fund_closed", "fund", f"the fund {line.fund.name} is closed. Choose an open one.")
    if cash and line.category:
        return Misfit("cash_has_category", "category", "cash has no category. Leave the category empty.")
    if not cash and line.category not in CommitmentLine.Category.values:
        return Misfit(
            "gift_needs_category", "category", "a gift in kind needs a category. Choose one, such as cdn."
        )
    return None


def check_lines(lines: Sequence[Line], currency: str, *, standing: Collection[Line] = ()) -> list[Line]:
    """Return the lines with exact amounts. Those `standing` already are as they were agreed. Raises CommitmentError."""
    if len(lines) > MOST_LINES:
        msg = f"A commitment has at most {MOST_LINES} lines. Put small ones together."
        raise CommitmentError(msg, code="too_many_lines", field="lines")
    return [
        line if line in standing else check_line(position, line, currency)
        for position, line in enumerate(lines, start=1)
    ]


def check_line(position: int, line: Line, currency: str) -> Line:
    """Return the line with an exact amount. Raises CommitmentError about the line of that position."""
    refused = misfit(line)
    if refused is not None:
        raise CommitmentError(f"Line {position}: {refused.sentence}", code=refused.code, field="lines")
    return Line(
        kind=line.kind,
        description=check_text(line.description, f"description of line {position}", "lines", longest=200),
        amount=check_amount(line.amount, currency, what=f"The amount of line {position}", field="lines"),
        fund=line.fund,
        category=line.category,
        estimate_basis=check_length(
            line.estimate_basis.strip(), f"basis of line {position}", "lines", longest=300
        ),
    )


def lines_of(commitment: Commitment) -> list[Line]:
    return [line_of(row) for row in commitment.lines.select_related("fund").order_by("position")]


def line_of(row: CommitmentLine) -> Line:
    return Line(
        kind=CommitmentLine.Kind(row.kind),
        description=row.description,
        amount=row.amount,
        fund=row.fund,
        category=row.category,
        estimate_basis=row.estimate_basis,
    )


def write_lines(commitment: Commitment, lines: Sequence[Line]) -> None:
    CommitmentLine.objects.bulk_create(line_rows(commitment, lines))


def rewrite_lines(draft: Commitment, lines: Sequence[Line]) -> None:
    """Let the lines of a draft be these. A line that stays, or is changed, keeps its row and what hangs on it."""
    left = list(draft.lines.select_related("fund").order_by("position"))
    kept: dict[int, CommitmentLine] = {}
    for alike in (_is_the_same, _is_of_the_same_sort):
        for number, line in enumerate(lines):
            found = None if number in kept else next((row for row in left if alike(row, line)), None)
            if found is not None:
                kept[number] = found
                left.remove(found)
    draft.lines.filter(pk__in=[row.pk for row in left]).delete()
    wanted = line_rows(draft, lines)
    changed, moved = [], []
    for number, row in kept.items():
        new = wanted[number]
        if row.position != new.position:
            moved.append(row.pk)
        if row.pk in moved or not _is_the_same(row, lines[number]):
            new.pk = row.pk
            changed.append(new)
    # Out of the way first: two rows may change places.
    draft.lines.filter(pk__in=moved).update(position=F("position") + MOST_LINES)
    CommitmentLine.objects.bulk_update(changed, _WRITTEN)
    CommitmentLine.objects.bulk_create(row for number, row in enumerate(wanted) if number not in kept)


def _is_the_same(row: CommitmentLine, line: Line) -> bool:
    return line_of(row) == line


def _is_of_the_same_sort(row: CommitmentLine, line: Line) -> bool:
    return (row.kind, row.category) == (line.kind, line.category)


def line_rows(commitment: Commitment, lines: Sequence[Line]) -> list[CommitmentLine]:
    """Return the rows of the lines, not yet written."""
    return [
        CommitmentLine(
            commitment=commitment,
            position=position,
            kind=line.kind,
            category=line.category,
            description=line.description,
            fund=line.fund,
            amount=line.amount,
            estimate_basis=line.estimate_basis,
        )
        for position, line in enumerate(lines, start=1)
    ]
