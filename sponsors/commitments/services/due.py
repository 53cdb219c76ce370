"""What an installment still needs, and whether it is due at all."""

from decimal import Decimal

from sponsors.commitments.models import Installment
from sponsors.commitments.rules import FIRM, NotAllowedNow, is_released


def remainder_of(installment: Installment) -> Decimal:
    left: Decimal = installment.amount - installment.paid - installment.written_off
    return left


def no_longer_due(installment: Installment) -> bool:
    """Whether it was released, by the termination of its commitment or a credit note."""
    promised = installment.commitment
    return is_released(
        kind=installment.kind,
        due_on=installment.due_on,
        released_on=installment.released_on,
        commitment_state=promised.state,
        closed_on=promised.closed_on,
    )


def check_standing(installment: Installment, *, field: str) -> None:
    """Raise NotAllowedNow when an amendment replaced the installment since it was chosen."""
    if installment.removed_by_id is not None:
        msg = f"Installment {installment} was replaced by an amendment. Choose one of the schedule as it stands."
        raise NotAllowedNow(msg, code="installment_replaced", field=field)


def check_due(installment: Installment, *, field: str) -> None:
    """Raise NotAllowedNow unless something of the installment is firmly due, now or later."""
    check_standing(installment, field=field)
    firm = installment.commitment.state in FIRM and not no_longer_due(installment)
    if not firm or remainder_of(installment) <= 0:
        msg = f"Nothing of installment {installment} is to be paid. Choose one that is open."
        raise NotAllowedNow(msg, code="nothing_due", field=field)
