"""Restrictions: which part of the cash may be used only for the purpose of a fund, whole and by term."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Generic, TypeVar

from foundation.money.display import money_text
from foundation.money.rules import portion, split
from sponsors.commitments.rules.amounts import check_amount
from sponsors.commitments.rules.refusals import CommitmentError

FundT = TypeVar("FundT", bound=Hashable)

MOST_RESTRICTIONS = 50
_HUNDRED = Decimal(100)
_TWO_DECIMALS = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Generic[FundT]):
    """A part of the cash that goes to a fund: an amount or a percent, of the whole or of one term's cash.

    `purpose` is in the sponsor's words; `term` is counted from 1, None: of the whole.
    """

    fund: FundT
    purpose: str
    amount: Decimal | None = None
    percent: Decimal | None = None
    term: int | None = None


def check_limits(
    limits: Sequence[Limit[FundT]], currency: str, cash: Mapping[int, Decimal]
) -> list[Limit[FundT]]:
    """Return the restrictions with exact amounts and percents. Raises CommitmentError.

    `cash` is what falls due by term. No term, and not the whole, may be given away twice.
    """
    if len(limits) > MOST_RESTRICTIONS:
        msg = f"A commitment has at most {MOST_RESTRICTIONS} restrictions. Put some together."
        raise CommitmentError(msg, code="too_many_restrictions", field="restrictions")
    exact = [_checked(number, limit, currency, cash) for number, limit in enumerate(limits, start=1)]
    left = dict(cash)
    for limit in exact:
        if limit.term is not None:
            left[limit.term] -= _wanted(limit, cash, currency)
    for term, amount in left.items():
        if amount < 0:
            there = f"{money_text(cash[term], currency)} in cash falls due in term {term}"
            raise _too_much(cash[term] - amount, there, currency)
    rest = sum(left.values(), start=Decimal(0))
    whole = sum((_wanted(one, cash, currency) for one in exact if one.term is None), start=Decimal(0))
    if whole > rest:
        total = sum(cash.values(), start=Decimal(0))
        raise _too_much(total - rest + whole, f"{money_text(total, currency)} in cash is promised", currency)
    return exact


def cash_by_fund(
    cash: Mapping[int, Decimal],
    limits: Sequence[Limit[FundT]],
    lines: Sequence[tuple[FundT, Decimal]],
    currency: str,
) -> dict[tuple[int, FundT], Decimal]:
    """Return what of each term's cash goes to which fund; the sum is all the cash, exactly.

    Restrictions of a term come first, then those of the whole, each spread over the terms in
    proportion to their cash, or to what is left of it where a term has too little. The rest follows
    the funds of the cash lines, in proportion. Parts are floored to the smallest unit, and the last
    takes the remainder.
    """
    left = dict(cash)
    found: dict[tuple[int, FundT], Decimal] = {}

    def give(term: int, fund: FundT, amount: Decimal) -> None:
        left[term] -= amount
        if amount:
            found[term, fund] = found.get((term, fund), Decimal(0)) + amount

    for limit in limits:
        if limit.term is not None:
            give(limit.term, limit.fund, _wanted(limit, cash, currency))
    for limit in limits:
        if limit.term is None:
            parts = _spread_where_it_fits(_wanted(limit, cash, currency), cash, left, currency)
            for term, part in parts.items():
                give(term, limit.fund, part)
    rest = sum(left.values(), start=Decimal(0))
    amounts = split(rest, [amount for _fund, amount in lines], currency) if lines else []
    for (fund, _amount), amount in zip(lines, amounts, strict=True):
        for term, part in _spread(amount, left, currency).items():
            give(term, fund, part)
    return dict(sorted(found.items(), key=lambda item: item[0][0]))


def _spread_where_it_fits(
    amount: Decimal, cash: Mapping[int, Decimal], left: Mapping[int, Decimal], currency: str
) -> dict[int, Decimal]:
    parts = _spread(amount, cash, currency)
    fits = all(part <= left[term] for term, part in parts.items())
    return parts if fits else _spread(amount, left, currency)


def _spread(amount: Decimal, left: Mapping[int, Decimal], currency: str) -> dict[int, Decimal]:
    """Spread an amount over what is left by term, so that no term gives more than it has.

    Each part is the difference of two floored running sums: at most what is left, and all together exact.
    """
    total = sum(left.values(), start=Decimal(0))
    parts: dict[int, Decimal] = {}
    passed = given = Decimal(0)
    for term, there in left.items():
        passed += there
        upto = portion(amount, passed, total, currency) if total else Decimal(0)
        parts[term], given = upto - given, upto
    return parts


def _wanted(limit: Limit[FundT], cash: Mapping[int, Decimal], currency: str) -> Decimal:
    if limit.amount is not None:
        return limit.amount
    assert limit.percent is not None  # one of the two is given
    base = sum(cash.values(), start=Decimal(0)) if limit.term is None else cash[limit.term]
    return portion(base, limit.percent, _HUNDRED, currency)


def _checked(number: int, limit: Limit[FundT], currency: str, cash: Mapping[int, Decimal]) -> Limit[FundT]:
    _check_share(number, limit)
    if not any(cash.values()):
        msg = f"Restriction {number}: no cash is promised that could go to a fund. Leave the restriction out."
        raise CommitmentError(msg, code="no_cash", field="restrictions")
    if limit.term is not None and limit.term not in cash:
        msg = f"Restriction {number}: there is no term {limit.term}. Choose one of 1 to {max(cash)}."
        raise CommitmentError(msg, code="no_such_term", field="restrictions")
    amount = limit.amount
    if amount is not None:
        what = f"The amount of restriction {number}"
        amount = check_amount(amount, currency, what=what, field="restrictions")
    return replace(limit, purpose=limit.purpose.strip(), amount=amount)


def _check_share(number: int, limit: Limit[FundT]) -> None:
    """Raise CommitmentError unless the restriction says its purpose, and an amount or a percent."""

    def refuse(code: str, sentence: str) -> CommitmentError:
        return CommitmentError(f"Restriction {number}: {sentence}", code=code, field="restrictions")

    if not limit.purpose.strip():
        raise refuse("required", "the purpose is missing. Enter it in the sponsor's words.")
    if len(limit.purpose.strip()) > 300:  # noqa: PLR2004  # as wide as the column
        raise refuse("too_long", "the purpose has more than 300 characters. Shorten it.")
    if (limit.amount is None) == (limit.percent is None):
        raise refuse("amount_or_percent", "give either an amount or a percent.")
    if limit.percent is not None:
        if not limit.percent.is_finite() or not 0 < limit.percent <= _HUNDRED:
            raise refuse(
                "percent_out_of_range", "the percent must be more than 0 and at most 100. Correct it."
            )
        if limit.percent != limit.percent.quantize(_TWO_DECIMALS):
            raise refuse("percent_not_exact", "a percent has at most two decimals. Round it.")


def _too_much(wanted: Decimal, there: str, currency: str) -> CommitmentError:
    msg = (
        f"The restrictions give {money_text(wanted, currency)} to funds, but only {there}. Lower an amount or a "
        "percent."
    )
    return CommitmentError(msg, code="restricted_too_much", field="restrictions")
