"""Where valuations and anomalies stand, and the only ways from one state to another."""

from enum import StrEnum

from django.db.models import TextChoices

from sponsors.inkind.rules.refusals import NotAllowedNow


class ValuationState(TextChoices):
    """Where a valuation stands. Approved ones count, and stay as they are."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    REVERSED = "reversed", "Reversed"
    DISCARDED = "discarded", "Discarded"


class ValuationAction(StrEnum):
    """What may be done to a valuation."""

    REVISE = "revise"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    REVERSE = "reverse"
    DISCARD = "discard"


TRANSITIONS: dict[tuple[ValuationState, ValuationAction], ValuationState] = {
    (ValuationState.DRAFT, ValuationAction.REVISE): ValuationState.DRAFT,
    (ValuationState.DRAFT, ValuationAction.SUBMIT): ValuationState.SUBMITTED,
    (ValuationState.DRAFT, ValuationAction.DISCARD): ValuationState.DISCARDED,
    (ValuationState.SUBMITTED, ValuationAction.RETURN): ValuationState.DRAFT,
    (ValuationState.SUBMITTED, ValuationAction.APPROVE): ValuationState.APPROVED,
    (ValuationState.APPROVED, ValuationAction.REVERSE): ValuationState.REVERSED,
}

_DONE = {
    ValuationAction.REVISE: "changed",
    ValuationAction.SUBMIT: "submitted",
    ValuationAction.RETURN: "returned to draft",
    ValuationAction.APPROVE: "approved",
    ValuationAction.REVERSE: "reversed",
    ValuationAction.DISCARD: "discarded",
}


def possible_actions(state: str) -> list[ValuationAction]:
    """Return what may be done in the state, in the table's order."""
    return [action for (start, action) in TRANSITIONS if start == state]


def next_state(state: str, action: ValuationAction) -> ValuationState:
    """Return the state the action leads to. Raises NotAllowedNow with what is possible instead."""
    try:
        return TRANSITIONS[ValuationState(state), action]
    except KeyError:
        possible = ", ".join(_DONE[other] for other in possible_actions(state))
        instead = f"It can be {possible}." if possible else "Nothing more can be done to it."
        label = ValuationState(state).label.lower()
        msg = f"A valuation that is {label} cannot be {_DONE[action]}. {instead}"
        raise NotAllowedNow(msg, field="state") from None


class AnomalyState(TextChoices):
    """Where an anomaly stands: seen by the watch, told why, or looked at and over."""

    OPEN = "open", "Open"
    EXPLAINED = "explained", "Explained"
    CLOSED = "closed", "Closed"


class AnomalyAction(StrEnum):
    """What may be done to an anomaly."""

    EXPLAIN = "explain"
    CLOSE = "close"
    REOPEN = "reopen"


ANOMALY_TRANSITIONS: dict[tuple[AnomalyState, AnomalyAction], AnomalyState] = {
    (AnomalyState.OPEN, AnomalyAction.EXPLAIN): AnomalyState.EXPLAINED,
    (AnomalyState.OPEN, AnomalyAction.CLOSE): AnomalyState.CLOSED,
    (AnomalyState.EXPLAINED, AnomalyAction.EXPLAIN): AnomalyState.EXPLAINED,
    (AnomalyState.EXPLAINED, AnomalyAction.CLOSE): AnomalyState.CLOSED,
    (AnomalyState.CLOSED, AnomalyAction.REOPEN): AnomalyState.OPEN,
}

_ANOMALY_DONE = {
    AnomalyAction.EXPLAIN: "explained",
    AnomalyAction.CLOSE: "closed",
    AnomalyAction.REOPEN: "opened again",
}


def anomaly_may(state: str, action: AnomalyAction) -> bool:
    """Whether the table has the action for the state."""
    return (AnomalyState(state), action) in ANOMALY_TRANSITIONS


def next_anomaly_state(state: str, action: AnomalyAction) -> AnomalyState:
    """Return the state the action leads to. Raises NotAllowedNow with what is possible instead."""
    try:
        return ANOMALY_TRANSITIONS[AnomalyState(state), action]
    except KeyError:
        possible = ", ".join(_ANOMALY_DONE[other] for start, other in ANOMALY_TRANSITIONS if start == state)
        msg = f"An anomaly that is {AnomalyState(state).label.lower()} cannot be {_ANOMALY_DONE[action]}. It can be {possible}."
        raise NotAllowedNow(msg, field="state") from None
