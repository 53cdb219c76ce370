"""Write-offs: an amount we no longer expect, claimed by one colleague and decided by another."""

from decimal import Decimal
from enum import StrEnum

from django.db.models import TextChoices

from foundation.money.display import money_text
from sponsors.commitments.rules.amounts import check_amount
from sponsors.commitments.rules.refusals import CommitmentError, NotAllowedNow


class WriteOffState(TextChoices):
    """Where a write-off stands. Only approved ones count."""

    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


class Decision(StrEnum):
    """What a second colleague makes of a proposed write-off."""

    APPROVE = "approve"
    REFUSE = "refuse"


DECISIONS: dict[tuple[WriteOffState, Decision], WriteOffState] = {
    (WriteOffState.PROPOSED, Decision.APPROVE): WriteOffState.APPROVED,
    (WriteOffState.PROPOSED, Decision.REFUSE): WriteOffState.REFUSED,
}


def decided(state: str, decision: Decision) -> WriteOffState:
    """Return the state the decision leads to. Raises NotAllowedNow when it was decided before."""
    try:
        return DECISIONS[WriteOffState(state), decision]
    except KeyError:
        label = WriteOffState(state).label.lower()
        msg = f"This write-off is {label} already. Propose another one if the amount changed."
        raise NotAllowedNow(msg, code="decided_already", field="state") from None


def check_write_off(amount: Decimal, remainder: Decimal, currency: str) -> Decimal:
    """Return the exact amount. Raises CommitmentError when it is more than is still to be paid."""
    exact = check_amount(amount, currency, what="The amount", field="amount")
    if exact > remainder:
        msg = (
            f"Only {money_text(remainder, currency)} is still to be paid, so {money_text(exact, currency)} cannot "
            "be written off. Lower the amount."
        )
        raise CommitmentError(msg, code="more_than_due", field="amount")
    return exact


def check_recovery(amount: Decimal, left: Decimal, currency: str) -> Decimal:
    """Return the exact amount. Raises CommitmentError when more is recovered than is written off."""
    if left <= 0:
        msg = "All of this write-off was recovered already. Choose another one."
        raise CommitmentError(msg, code="recovered_already", field="amount")
    exact = check_amount(amount, currency, what="The amount", field="amount")
    if exact > left:
        msg = f"Only {money_text(left, currency)} of this write-off stands. Recover that, or less."
        raise CommitmentError(msg, code="more_than_written_off", field="amount")
    return exact
