"""Restrictions: what of the cash may be used only for the purpose of a fund."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from foundation.books.models import Fund
from sponsors.commitments.models import Commitment, CommitmentLine, Restriction
from sponsors.commitments.rules import CommitmentError, Limit, Period, Planned, check_limits, terms_of
from sponsors.commitments.services.lines import Line


def cash_by_term(period: Period, planned: Sequence[Planned]) -> dict[int, Decimal]:
    """Return what falls due in each term, counted from 1."""
    cash = {number: Decimal(0) for number, _term in enumerate(terms_of(period), start=1)}
    for part in planned:
        cash[part.term] += part.amount
    return cash


def check_restrictions(
    limits: Sequence[Limit[Fund]],
    lines: Sequence[Line],
    cash: Mapping[int, Decimal],
    currency: str,
    *,
    standing: Collection[Limit[Fund]] = (),
) -> list[Limit[Fund]]:
    """Return the restrictions with exact amounts; funds of those `standing` may be closed since. Raises CommitmentError."""
    of_lines = {line.fund for line in lines if line.kind == CommitmentLine.Kind.CASH}
    for number, limit in enumerate(limits, start=1):
        if limit.fund in of_lines:
            msg = (
                f"Restriction {number}: a cash line goes into {limit.fund.name} already. Say it once, in the "
                "line or in the restriction."
            )
            raise CommitmentError(msg, code="fund_named_twice", field="restrictions")
        if not limit.fund.is_open and limit not in standing:
            msg = f"Restriction {number}: the fund {limit.fund.name} is closed. Choose an open one."
            raise CommitmentError(msg, code="fund_closed", field="restrictions")
    return check_limits(limits, currency, cash)


def limit_of(row: Restriction) -> Limit[Fund]:
    return Limit(fund=row.fund, purpose=row.purpose, amount=row.amount, percent=row.percent, term=row.term)


def limits_of(commitment: Commitment) -> list[Limit[Fund]]:
    return [limit_of(row) for row in commitment.restrictions.select_related("fund").order_by("position")]


def write_limits(commitment: Commitment, limits: Sequence[Limit[Fund]]) -> None:
    """Write the restrictions of a draft that has none."""
    Restriction.objects.bulk_create(
        restriction_row(commitment, position, limit) for position, limit in enumerate(limits, start=1)
    )


def rewrite_limits(draft: Commitment, limits: Sequence[Limit[Fund]]) -> None:
    """Let the restrictions of a draft be these; where they are already, they keep their rows."""
    if limits != limits_of(draft):
        draft.restrictions.all().delete()
        write_limits(draft, limits)


def restriction_row(commitment: Commitment, position: int, limit: Limit[Fund]) -> Restriction:
    return Restriction(
        commitment=commitment,
        position=position,
        fund=limit.fund,
        purpose=limit.purpose,
        amount=limit.amount,
        percent=limit.percent,
        term=limit.term,
    )
