"""The change that an amendment makes as data for a JSON column, and back."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from foundation.books.models import Fund
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import Barrier, Due, Limit, Period, RenewalTerms
from sponsors.commitments.services.changes import Change, RenewalChange
from sponsors.commitments.services.lines import Line


def as_data(change: Change) -> dict[str, Any]:
    """Return the change for a JSON column: dates and amounts as text, funds by key."""
    return {
        "ends_before": change.ends_before.isoformat() if change.ends_before else None,
        "lines_removed": list(change.lines_removed),
        "lines_added": [
            {
                "kind": str(line.kind),
                "category": line.category,
                "description": line.description,
                "fund": line.fund.pk if line.fund else None,
                "amount": str(line.amount),
                "estimate_basis": line.estimate_basis,
            }
            for line in change.lines_added
        ],
        "installments_removed": list(change.installments_removed),
        "installments_added": [
            {"due_on": part.due_on.isoformat(), "amount": str(part.amount)}
            for part in change.installments_added
        ],
        "pauses_removed": list(change.pauses_removed),
        "pauses_added": [
            {"starts_on": pause.starts_on.isoformat(), "ends_before": pause.ends_before.isoformat()}
            for pause in change.pauses_added
        ],
        "conditions_removed": list(change.conditions_removed),
        "conditions_added": [
            {
                "position": one.position,
                "description": one.description,
                "measure": one.measure,
                "amount": str(one.amount),
                "target": _text(one.target),
                "due_on": one.due_on.isoformat() if one.due_on else None,
                "money_returns": one.money_returns,
            }
            for one in change.conditions_added
        ],
        "restrictions_removed": list(change.restrictions_removed),
        "restrictions_added": [
            {
                "fund": limit.fund.pk,
                "purpose": limit.purpose,
                "amount": _text(limit.amount),
                "percent": _text(limit.percent),
                "term": limit.term,
            }
            for limit in change.restrictions_added
        ],
        "renewal": (
            {"before": _agreed(change.renewal.before), "after": _agreed(change.renewal.after)}
            if change.renewal
            else None
        ),
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _agreed(terms: RenewalTerms) -> dict[str, Any]:
    return {
        "notice_days": terms.notice_days,
        "automatically": terms.automatically,
        "months": terms.months,
    }


def _barrier(data: Mapping[str, Any]) -> Barrier:
    return Barrier(
        position=data["position"],
        description=data["description"],
        measure=data["measure"],
        amount=Decimal(data["amount"]),
        target=_amount(data["target"]),
        due_on=date.fromisoformat(data["due_on"]) if data["due_on"] else None,
        money_returns=data["money_returns"],
    )


def _limit(data: Mapping[str, Any], funds: Mapping[int, Fund]) -> Limit[Fund]:
    return Limit(
        fund=funds[data["fund"]],
        purpose=data["purpose"],
        amount=_amount(data["amount"]),
        percent=_amount(data["percent"]),
        term=data["term"],
    )


def from_data(data: dict[str, Any]) -> Change:
    """Return the change that `as_data` wrote. One query, for the funds.

    One that was written before there were conditions and restrictions says nothing of them.
    """
    restrictions = data.get("restrictions_added", ())
    wanted = {row["fund"] for row in (*data["lines_added"], *restrictions)}
    funds = {fund.pk: fund for fund in Fund.objects.filter(pk__in=wanted)}
    return Change(
        ends_before=date.fromisoformat(data["ends_before"]) if data["ends_before"] else None,
        lines_removed=tuple(data["lines_removed"]),
        lines_added=tuple(
            Line(
                kind=CommitmentLine.Kind(line["kind"]),
                category=line["category"],
                description=line["description"],
                fund=funds.get(line["fund"]),
                amount=Decimal(line["amount"]),
                estimate_basis=line["estimate_basis"],
            )
            for line in data["lines_added"]
        ),
        installments_removed=tuple(data["installments_removed"]),
        installments_added=tuple(
            Due(date.fromisoformat(part["due_on"]), Decimal(part["amount"]))
            for part in data["installments_added"]
        ),
        pauses_removed=tuple(data["pauses_removed"]),
        pauses_added=tuple(
            Period(date.fromisoformat(pause["starts_on"]), date.fromisoformat(pause["ends_before"]))
            for pause in data["pauses_added"]
        ),
        conditions_removed=tuple(data.get("conditions_removed", ())),
        conditions_added=tuple(_barrier(row) for row in data.get("conditions_added", ())),
        restrictions_removed=tuple(data.get("restrictions_removed", ())),
        restrictions_added=tuple(_limit(row, funds) for row in restrictions),
        renewal=renewal_of(data),
    )


def renewal_of(data: Mapping[str, Any]) -> RenewalChange | None:
    """Return what the change does about the end, from what `as_data` wrote."""
    known = data.get("renewal")
    if known is None:
        return None
    return RenewalChange(RenewalTerms(**known["before"]), RenewalTerms(**known["after"]))
