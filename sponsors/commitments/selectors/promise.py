"""The cash of a commitment on a day: how much of it is ours, and which fund it goes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from foundation.books.models import Fund
from sponsors.commitments.models import (
    Commitment,
    CommitmentLine,
    Condition,
    ConditionProgress,
    Installment,
    Restriction,
    Term,
)
from sponsors.commitments.rules import (
    ConditionState,
    Limit,
    cash_by_fund,
    condition_state,
    conditional,
    met_amount,
)


@dataclass(frozen=True, slots=True)
class ConditionOn:
    """A condition as it stood on a day. `met` and `unmet` are of its amount, `reached` of its goal."""

    condition: Condition
    reached: Decimal
    met: Decimal
    state: ConditionState

    @property
    def unmet(self) -> Decimal:
        amount: Decimal = self.condition.amount
        return amount - self.met


@dataclass(frozen=True, slots=True)
class FundShare:
    """What of a term's cash goes to a fund."""

    term: int
    fund: Fund
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PromisedCash:
    """The cash promised, as it stood at the end of a day; amounts in the commitment's currency.

    `conditional` is what is not ours yet. The shares sum to the cash.
    """

    on: date
    currency: str
    cash: Decimal
    conditional: Decimal
    conditions: tuple[ConditionOn, ...]
    shares: tuple[FundShare, ...]
    restrictions: tuple[Restriction, ...]

    @property
    def unconditional(self) -> Decimal:
        return self.cash - self.conditional


def promised_cash(commitment: Commitment, day: date) -> PromisedCash:
    """Return the cash of a commitment as it stood on the day. Six queries."""
    of_it = {"commitment": commitment}
    lines = [
        (line.fund, line.amount)
        for line in CommitmentLine.versions.as_of(day)
        .filter(**of_it, kind=CommitmentLine.Kind.CASH)
        .select_related("fund")
        .order_by("position")
        if line.fund is not None
    ]
    by_term = _cash_by_term(commitment, day)
    cash = sum(by_term.values(), start=Decimal(0))
    restrictions = tuple(
        Restriction.versions.as_of(day).filter(**of_it).select_related("fund").order_by("position")
    )
    conditions = tuple(_conditions(commitment, day))
    return PromisedCash(
        day,
        commitment.currency,
        cash,
        conditional(cash, (one.unmet for one in conditions)),
        conditions,
        tuple(_shares(by_term, restrictions, lines, commitment.currency)),
        restrictions,
    )


def _cash_by_term(commitment: Commitment, day: date) -> dict[int, Decimal]:
    """Return the cash that falls due in each term that stands on the day, none where nothing does.

    What an earlier end left due after the last term is counted with it, as when the end was agreed.
    """
    terms = Term.versions.as_of(day).filter(commitment=commitment).order_by("position")
    found = dict.fromkeys(terms.values_list("position", flat=True), Decimal(0))
    dues = Installment.versions.scheduled().as_of(day).filter(commitment=commitment)
    for term, amount in dues.values_list("term__position", "amount"):
        found[term if term in found else max(found)] += amount
    return found


def _conditions(commitment: Commitment, day: date) -> list[ConditionOn]:
    entries = ConditionProgress.objects.filter(condition__commitment=commitment, met_on__lte=day)
    sums = entries.order_by().values_list("condition__position").annotate(Sum("amount"))
    reached: Mapping[int, Decimal] = dict(sums)
    found = []
    for row in Condition.versions.as_of(day).filter(commitment=commitment).order_by("position"):
        so_far = reached.get(row.position, Decimal(0))
        goal = row.barrier.goal
        found.append(
            ConditionOn(
                row,
                so_far,
                met_amount(row.amount, goal, min(so_far, goal), commitment.currency),
                condition_state(so_far, goal, row.due_on, day),
            )
        )
    return found


def _shares(
    by_term: Mapping[int, Decimal],
    restrictions: tuple[Restriction, ...],
    lines: list[tuple[Fund, Decimal]],
    currency: str,
) -> list[FundShare]:
    limits = [
        Limit(fund=row.fund, purpose=row.purpose, amount=row.amount, percent=row.percent, term=row.term)
        for row in restrictions
    ]
    given = cash_by_fund(by_term, limits, lines, currency)
    return [FundShare(term, fund, amount) for (term, fund), amount in given.items()]
