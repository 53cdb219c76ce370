"""Where reminders, renewal cases and letters stand, and the only ways from one state to another."""

from enum import StrEnum
from typing import TypeVar

from django.db.models import TextChoices

from sponsors.renewals.rules.refusals import NotAllowedNow

StateT = TypeVar("StateT", bound=TextChoices)
ActionT = TypeVar("ActionT", bound=StrEnum)


class StepState(TextChoices):
    """What became of a step of the ladder, or of a reminder of a payment."""

    OPEN = "open", "Waits for an answer"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    SNOOZED = "snoozed", "Snoozed"
    REPLACED = "replaced", "Followed by a later step"
    MISSED = "missed", "Its time went by"
    CLOSED = "closed", "Closed"


class StepAction(StrEnum):
    """What may be done to a step. People acknowledge, snooze and close by an outcome; the sweep does the rest."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    WAKE = "wake"
    REPLACE = "replace"
    CLOSE = "close"


STEP_TRANSITIONS: dict[tuple[StepState, StepAction], StepState] = {
    (StepState.OPEN, StepAction.ACKNOWLEDGE): StepState.ACKNOWLEDGED,
    (StepState.OPEN, StepAction.SNOOZE): StepState.SNOOZED,
    (StepState.OPEN, StepAction.REPLACE): StepState.REPLACED,
    (StepState.OPEN, StepAction.CLOSE): StepState.CLOSED,
    (StepState.ACKNOWLEDGED, StepAction.SNOOZE): StepState.SNOOZED,
    (StepState.ACKNOWLEDGED, StepAction.REPLACE): StepState.REPLACED,
    (StepState.ACKNOWLEDGED, StepAction.CLOSE): StepState.CLOSED,
    (StepState.SNOOZED, StepAction.ACKNOWLEDGE): StepState.ACKNOWLEDGED,
    (StepState.SNOOZED, StepAction.WAKE): StepState.OPEN,
    (StepState.SNOOZED, StepAction.REPLACE): StepState.REPLACED,
    (StepState.SNOOZED, StepAction.CLOSE): StepState.CLOSED,
}
# Of these somebody may still be told, and an end of the commitment closes them.
UNSETTLED = (StepState.OPEN, StepState.ACKNOWLEDGED, StepState.SNOOZED)


class CaseState(TextChoices):
    """Where a renewal stands on the board."""

    DUE = "due", "Due"
    CONTACTED = "contacted", "Contacted"
    NEGOTIATING = "negotiating", "Negotiating"
    AGREED = "agreed", "Agreed"
    DECLINED = "declined", "Declined"


# Where nobody speaks with the sponsor, a case lapses when its ladder is over.
LAPSES_BY_ITSELF = (CaseState.DUE, CaseState.CONTACTED)


class CaseEnd(TextChoices):
    """What a renewal came to."""

    RENEWED = "renewed", "Renewed"
    DECLINED = "declined", "Declined"
    TERMINATED = "terminated", "Terminated"
    LAPSED = "lapsed", "Lapsed"


class LetterState(TextChoices):
    """Where a renewal letter stands; a person alone sends it."""

    DRAFT = "draft", "Draft"
    SENT = "sent", "Sent"
    DISCARDED = "discarded", "Discarded"


class LetterAction(StrEnum):
    REVISE = "revise"
    SEND = "send"
    DISCARD = "discard"


LETTER_TRANSITIONS: dict[tuple[LetterState, LetterAction], LetterState] = {
    (LetterState.DRAFT, LetterAction.REVISE): LetterState.DRAFT,
    (LetterState.DRAFT, LetterAction.SEND): LetterState.SENT,
    (LetterState.DRAFT, LetterAction.DISCARD): LetterState.DISCARDED,
}

_DONE = {
    StepAction.ACKNOWLEDGE: "acknowledged",
    StepAction.SNOOZE: "snoozed",
    StepAction.WAKE: "woken",
    StepAction.REPLACE: "followed by another",
    StepAction.CLOSE: "closed",
    LetterAction.REVISE: "changed",
    LetterAction.SEND: "sent",
    LetterAction.DISCARD: "discarded",
}


def step_may(state: str, action: StepAction) -> bool:
    return (StepState(state), action) in STEP_TRANSITIONS


def states_that_may(action: StepAction) -> list[StepState]:
    """Return the states from which a step may go by the action: what a change of many rows at once asks."""
    return [state for state in StepState if step_may(state, action)]


def next_step_state(state: str, action: StepAction) -> StepState:
    """Return the state of a step after the action. Raises NotAllowedNow with what is possible instead."""
    return _after(STEP_TRANSITIONS, StepState(state), action, "A reminder")


def letter_may(state: str, action: LetterAction) -> bool:
    return (LetterState(state), action) in LETTER_TRANSITIONS


def next_letter_state(state: str, action: LetterAction) -> LetterState:
    """Return the state of a letter after the action. Raises NotAllowedNow with what is possible instead."""
    return _after(LETTER_TRANSITIONS, LetterState(state), action, "A letter")


def check_case_move(current: str, wanted: str, *, is_closed: bool) -> CaseState:
    """Return where a card is moved to. Raises NotAllowedNow for one that is closed, or already there.

    As long as a case is open a card may go to any other column: talks turn back as well.
    """
    if is_closed:
        msg = "This renewal is closed, and its card stays where it is."
        raise NotAllowedNow(msg, field="state")
    if current == wanted:
        msg = f"The card is in “{CaseState(current).label}” already. Choose another column."
        raise NotAllowedNow(msg, field="state")
    return CaseState(wanted)


def _after(table: dict[tuple[StateT, ActionT], StateT], state: StateT, action: ActionT, what: str) -> StateT:
    try:
        return table[state, action]
    except KeyError:
        possible = ", ".join(_DONE[other] for start, other in table if start == state)
        instead = f"It can be {possible}." if possible else "Nothing more can be done to it."
        msg = f"{what} that is “{str(state.label).lower()}” cannot be {_DONE[action]}. {instead}"
        raise NotAllowedNow(msg, field="state") from None
