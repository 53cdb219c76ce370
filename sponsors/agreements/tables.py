"""The tables of an agreement: what is promised, when it falls due, what it depends on and may be used for.

Every cell is text and stays text: the layout never reads it as markup.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sponsors.agreements.rules import WORDS, Language, amount_in, day_in, percent_in, period_in
from sponsors.commitments.models import Commitment, CommitmentLine, Condition, Restriction
from sponsors.commitments.rules import Period, terms_of

# `head` and `rows` of as many cells, `total` such a row or None; without rows the word `none` stands instead.
Table = Mapping[str, Any]


def tables_of(
    commitment: Commitment, lines: Sequence[CommitmentLine], language: Language
) -> dict[str, Table | None]:
    """Return the tables by the name a template asks for them; None: no agreement says that there is none.

    Conditions, restrictions and charges need not be there: a template for all commitments asks for them.
    """
    return {
        "lines": _lines(commitment, lines, language) if lines else None,
        "schedule": _schedule(commitment, language),
        "conditions": _conditions(commitment, language),
        "restrictions": _restrictions(commitment, language),
        "charges": _charges(commitment, language),
    }


def sum_of_kind(lines: Sequence[CommitmentLine], kind: str) -> Decimal:
    return sum((line.amount for line in lines if line.kind == kind), start=Decimal(0))


def _lines(commitment: Commitment, lines: Sequence[CommitmentLine], language: Language) -> Table:
    words = WORDS[language]
    kinds = {CommitmentLine.Kind.CASH: words.cash, CommitmentLine.Kind.IN_KIND: words.in_kind}
    cash = sum_of_kind(lines, CommitmentLine.Kind.CASH)
    rows = [
        [
            line.description,
            kinds[CommitmentLine.Kind(line.kind)],
            amount_in(language, line.amount, commitment.currency),
        ]
        for line in lines
    ]
    # Gifts in kind are never added to cash.
    total = [words.total, words.cash, amount_in(language, cash, commitment.currency)] if cash else None
    return {"head": [words.what, "", words.amount], "rows": rows, "total": total}


def _schedule(commitment: Commitment, language: Language) -> Table | None:
    words = WORDS[language]
    installments = list(commitment.installments.scheduled().order_by("due_on", "pk"))
    if not installments:
        return None
    rows = [
        [str(number), day_in(language, row.due_on), amount_in(language, row.amount, commitment.currency)]
        for number, row in enumerate(installments, start=1)
    ]
    total = sum((row.amount for row in installments), start=Decimal(0))
    return {
        "head": [words.number, words.due_on, words.amount],
        "rows": rows,
        "total": ["", words.total, amount_in(language, total, commitment.currency)],
    }


def _conditions(commitment: Commitment, language: Language) -> Table:
    words = WORDS[language]

    def said(row: Condition) -> str:
        parts = [row.description, f"{words.shown_by}: {row.measure}"]
        if row.target is not None:
            parts.append(f"{words.target}: {amount_in(language, row.target, commitment.currency)}")
        parts.append(words.goes_back if row.money_returns else words.falls_away)
        return "\n".join(parts)

    rows = [
        [
            said(row),
            day_in(language, row.due_on) if row.due_on else "—",
            amount_in(language, row.amount, commitment.currency),
        ]
        for row in commitment.conditions.order_by("position")
    ]
    return _table([words.condition, words.met_by, words.amount], rows, words.none)


def _restrictions(commitment: Commitment, language: Language) -> Table:
    words = WORDS[language]
    whole = Period(commitment.starts_on, commitment.ends_before)
    terms = terms_of(whole)

    def share(row: Restriction) -> str:
        if row.amount is not None:
            return amount_in(language, row.amount, commitment.currency)
        assert row.percent is not None  # one of the two is given
        return percent_in(language, row.percent)

    def period(row: Restriction) -> str:
        days = whole if row.term is None else terms[row.term - 1]
        return period_in(language, days.starts_on, days.ends_before - timedelta(days=1))

    rows = [
        [f"{row.fund.name}\n{row.purpose}", period(row), share(row)]
        for row in commitment.restrictions.select_related("fund").order_by("position")
    ]
    return _table([words.used_for, words.period, words.amount], rows, words.none)


def _charges(commitment: Commitment, language: Language) -> Table:
    words = WORDS[language]
    charges = list(commitment.installments.charges().order_by("due_on", "pk"))
    rows = [
        [
            row.description,
            day_in(language, row.due_on),
            amount_in(language, row.amount, commitment.currency),
        ]
        for row in charges
    ]
    total = amount_in(language, sum((row.amount for row in charges), start=Decimal(0)), commitment.currency)
    head = [words.charge, words.due_on, words.amount]
    return _table(head, rows, words.none, total=["", words.total, total] if charges else None)


def _table(head: list[str], rows: list[list[str]], none: str, total: list[str] | None = None) -> Table:
    return {"head": head, "rows": rows, "total": total, "none": none}
