"""What tests of amendments share: schedules written short, and amendments proposed and approved."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Amendment, Commitment, Installment
from sponsors.commitments.rules import Due
from sponsors.commitments.services import approve_amendment, propose_amendment
from sponsors.commitments.tests.factories import cash_line, colleague

TODAY = date(2026, 2, 14)


def approver() -> User:
    return User.objects.filter(email="approver@foundation.example").first() or make_user(
        "Approver", Role.FINANCE
    )


def due(year: int, amount: Decimal | int, month: int = 1, day: int = 1) -> Due:
    return Due(date(year, month, day), Decimal(amount))


def schedule(commitment: Commitment, on: date | None = None) -> list[Due]:
    """Return what falls due as it stands, or as it stood on a day."""
    rows = Installment.versions.filter(commitment=commitment).scheduled()
    rows = rows.filter(removed_by=None) if on is None else rows.as_of(on)
    return [Due(row.due_on, row.amount) for row in rows.order_by("due_on", "pk")]


def proposed_amendment(commitment: Commitment, *, today: date = TODAY, **change: Any) -> Amendment:
    given: dict[str, Any] = {"effective_on": today, "reason": "The sponsor doubles its support."} | change
    return propose_amendment(actor=colleague(), commitment=commitment, today=today, **given)


def amended(commitment: Commitment, *, today: date = TODAY, **change: Any) -> Amendment:
    """Propose and approve; in effect at once when its day has come."""
    amendment = proposed_amendment(commitment, today=today, **change)
    return approve_amendment(actor=approver(), amendment=amendment, today=today)


def cash_of(parts: Sequence[Due]) -> dict[str, Any]:
    """Return installments and the one cash line they sum to, as an amendment is given them."""
    return {"installments": parts, "lines": [cash_line(sum((part.amount for part in parts), Decimal(0)))]}
