"""What tests of conditions and restrictions share: agreed ones, written short, and progress."""

from datetime import date
from decimal import Decimal
from typing import Any

from foundation.books.models import Fund
from sponsors.commitments.models import Commitment, Condition, ConditionProgress
from sponsors.commitments.rules import Barrier, Limit
from sponsors.commitments.services import record_progress
from sponsors.commitments.tests.factories import colleague

TODAY = date(2026, 2, 14)


def match(amount: int = 100_000, *, target: int | None = 100_000, **more: Any) -> Barrier:
    """Return the condition that others give as much."""
    given: dict[str, Any] = {
        "description": "The community gives as much.",
        "measure": "Donations by the quarterly report",
        "amount": Decimal(amount),
        "target": None if target is None else Decimal(target),
    }
    return Barrier(**given | more)


def fund(code: str = "grants") -> Fund:
    return Fund.objects.get_or_create(code=code, defaults={"name": code.title()})[0]


def limit(*, amount: int | str | None = None, percent: int | str | None = None, **more: Any) -> Limit[Fund]:
    given: dict[str, Any] = {
        "fund": more.pop("fund", None) or fund(),
        "purpose": "For travel to conferences",
        "amount": None if amount is None else Decimal(amount),
        "percent": None if percent is None else Decimal(percent),
    }
    return Limit(**given | more)


def only_condition(commitment: Commitment) -> Condition:
    return Condition.objects.select_related("commitment").get(commitment=commitment)


def progressed(
    condition: Condition,
    amount: int | None,
    *,
    on: date = TODAY,
    reference: str = "report-1",
    today: date = TODAY,
    corrects_on: date | None = None,
) -> ConditionProgress:
    return record_progress(
        actor=colleague(),
        condition=condition,
        met_on=on,
        amount=None if amount is None else Decimal(amount),
        reference=reference,
        note="As reported.",
        today=today,
        corrects_on=corrects_on,
    )
