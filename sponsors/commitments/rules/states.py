"""Where a commitment and its installments stand, and the only ways from one state to another."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import TextChoices

from sponsors.commitments.rules.refusals import NotAllowedNow


class State(TextChoices):
    """Where a commitment stands. The table below is the only way from one to another."""

    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Proposed"
    SIGNED = "signed", "Signed"
    ENDED = "ended", "Ended"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DECLINED = "declined", "Declined"
    TERMINATED = "terminated", "Terminated"


class Action(StrEnum):
    """What may be done to a commitment as a whole."""

    PROPOSE = "propose"
    REVISE = "revise"
    SIGN = "sign"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    END = "end"
    TERMINATE = "terminate"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.PROPOSE): State.PROPOSED,
    (State.DRAFT, Action.WITHDRAW): State.WITHDRAWN,
    (State.PROPOSED, Action.REVISE): State.DRAFT,
    (State.PROPOSED, Action.SIGN): State.SIGNED,
    (State.PROPOSED, Action.DECLINE): State.DECLINED,
    (State.PROPOSED, Action.WITHDRAW): State.WITHDRAWN,
    (State.SIGNED, Action.END): State.ENDED,
    (State.SIGNED, Action.TERMINATE): State.TERMINATED,
}

_DONE = {
    Action.PROPOSE: "proposed",
    Action.REVISE: "taken back to draft",
    Action.SIGN: "signed",
    Action.DECLINE: "declined",
    Action.WITHDRAW: "withdrawn",
    Action.END: "ended",
    Action.TERMINATE: "terminated",
}

# Once signed it is firm; what was due before it closed stays due.
FIRM = frozenset({State.SIGNED, State.ENDED, State.TERMINATED})


def possible_actions(state: str) -> list[Action]:
    """Return what may be done in the state, in the table's order."""
    return [action for (start, action) in TRANSITIONS if start == state]


def next_state(state: str, action: Action) -> State:
    """Return the state the action leads to. Raises NotAllowedNow with what is possible instead."""
    try:
        return TRANSITIONS[State(state), action]
    except KeyError:
        possible = ", ".join(_DONE[other] for other in possible_actions(state))
        instead = (
            f"It can be {possible}." if possible else "It is closed, and nothing more can be done to it."
        )
        label = State(state).label.lower()
        msg = f"A commitment that is {label} cannot be {_DONE[action]}. {instead}"
        raise NotAllowedNow(msg, field="state") from None


class InstallmentKind(TextChoices):
    """Why an amount is due."""

    SCHEDULED = "scheduled", "Scheduled"
    CHARGE = "charge", "Charge"


class InstallmentState(TextChoices):
    """What became of an installment; derived from facts, never stored."""

    PLANNED = "planned", "Planned"
    SCHEDULED = "scheduled", "Scheduled"
    DUE = "due", "Due today"
    PARTLY_PAID = "partly_paid", "Partly paid"
    OVERDUE = "overdue", "Overdue"
    PAID = "paid", "Paid"
    WRITTEN_OFF = "written_off", "Written off"
    RELEASED = "released", "No longer due"


PAID_IN_PART = "Paid, rest written off"


def installment_label(state: str, paid: Decimal) -> str:
    """Return what people read of the state: of an installment that was paid in part only the rest is written off."""
    if state == InstallmentState.WRITTEN_OFF and paid > 0:
        return PAID_IN_PART
    return str(InstallmentState(state).label)


def is_released(
    *, kind: str, due_on: date, released_on: date | None, commitment_state: str, closed_on: date | None
) -> bool:
    """Whether what was due no longer is.

    An installment of the schedule goes when its commitment is terminated on or before its due date. A
    charge does not, for it was asked for beside the promise: it goes when its invoice is credited in full.
    """
    if kind == InstallmentKind.CHARGE:
        return released_on is not None
    return commitment_state == State.TERMINATED and closed_on is not None and due_on >= closed_on


def installment_state(
    *,
    amount: Decimal,
    paid: Decimal,
    written_off: Decimal,
    due_on: date,
    today: date,
    commitment_state: str,
    closed_on: date | None,
    kind: str = InstallmentKind.SCHEDULED,
    released_on: date | None = None,
) -> InstallmentState:
    """Return the state of an installment on a day; the first rule that fits decides.

    Paid in full is paid; when nothing remains because the rest was written off, it is that. Of a
    commitment that was never signed, nothing is due, nor is what `is_released` names. An unpaid remainder
    is overdue from the day after its due date, whether or not a part was paid.
    """
    if paid >= amount:
        return InstallmentState.PAID
    if paid + written_off >= amount:
        return InstallmentState.WRITTEN_OFF
    if commitment_state in {State.DRAFT, State.PROPOSED}:
        return InstallmentState.PLANNED
    if commitment_state in {State.WITHDRAWN, State.DECLINED}:
        return InstallmentState.RELEASED
    if is_released(
        kind=kind,
        due_on=due_on,
        released_on=released_on,
        commitment_state=commitment_state,
        closed_on=closed_on,
    ):
        return InstallmentState.RELEASED
    if due_on < today:
        return InstallmentState.OVERDUE
    if paid > 0:
        return InstallmentState.PARTLY_PAID
    return InstallmentState.DUE if due_on == today else InstallmentState.SCHEDULED
