"""What an installment still needs, and whether it is due at all."""

from decimal import Decimal

from sponsors.commitments.models import Installment
from sponsors.commitments.rules import FIRM, NotAllowedNow, State


def remainder_of(installment: Installment) -> Decimal:
    left: Decimal = installment.amount - installment.paid - installment.written_off
    return left


def check_standing(installment: Installment, *, field: str) -> None:
    """Raise NotAllowedNow when an amendment replaced the installment since it was chosen."""
    if installment.removed_by_id is not None:
        msg = f"Installment {installment} was replaced by an amendment. Choose one of the schedule as it stands."
        raise NotAllowedNow(msg, code="installment_replaced", field=field)


def check_due(installment: Installment, *, field: str) -> None:
    """Raise NotAllowedNow unless something of the installment is firmly due, now or later."""
    check_standing(installment, field=field)
    promised = installment.commitment
    closed_on = promised.closed_on if promised.state == State.TERMINATED else None
    released = closed_on is not None and installment.due_on >= closed_on
    if promised.state not in FIRM or released or remainder_of(installment) <= 0:
        msg = f"Nothing of installment {installment} is to be paid. Choose one that is open."
        raise NotAllowedNow(msg, code="nothing_due", field=field)
