"""Where a version of a document stands, and the only ways from one state to another.

The last version of a document is the one that counts. From every state of it, voided included, a new
version can begin; that is no move of the old one, so no state is a dead end.
"""

from enum import StrEnum

from django.db.models import TextChoices

from sponsors.commitments.rules import NotAllowedNow


class VersionState(TextChoices):
    """Where a version stands. The table below is the only way from one to another."""

    DRAFT = "draft", "Draft"
    SENT = "sent", "Sent"
    SIGNED = "signed", "Signed"
    VOIDED = "voided", "Voided"


class Step(StrEnum):
    """What may be done to a version. What both sides signed is voided by a verb of its own."""

    SEND = "send"
    SIGN = "sign"
    VOID = "void"
    ANNUL = "annul"


class Means(TextChoices):
    """How a version reached the sponsor."""

    BURSAR = "bursar", "Mailed by Bursar"
    EMAIL = "email", "Own email"
    SERVICE = "service", "Signing service"
    POST = "post", "Post"
    HAND = "hand", "By hand"


VERSION_TRANSITIONS: dict[tuple[VersionState, Step], VersionState] = {
    (VersionState.DRAFT, Step.SEND): VersionState.SENT,
    (VersionState.DRAFT, Step.SIGN): VersionState.SIGNED,
    (VersionState.DRAFT, Step.VOID): VersionState.VOIDED,
    (VersionState.SENT, Step.SEND): VersionState.SENT,
    (VersionState.SENT, Step.SIGN): VersionState.SIGNED,
    (VersionState.SENT, Step.VOID): VersionState.VOIDED,
    (VersionState.SIGNED, Step.ANNUL): VersionState.VOIDED,
}

# What a new version replaces: it is voided when the new one begins.
OPEN = frozenset({VersionState.DRAFT, VersionState.SENT})

_DONE = {
    Step.SEND: "sent",
    Step.SIGN: "recorded as signed",
    Step.VOID: "voided as unsigned",
    Step.ANNUL: "voided as signed",
}


def is_possible(state: str, step: Step) -> bool:
    return (VersionState(state), step) in VERSION_TRANSITIONS


def next_version_state(state: str, step: Step) -> VersionState:
    """Return the state the step leads to. Raises NotAllowedNow with what is possible instead."""
    try:
        return VERSION_TRANSITIONS[VersionState(state), step]
    except KeyError:
        possible = [_DONE[other] for other in Step if is_possible(state, other)]
        instead = (
            f"It can be {', '.join(possible)}, or a new version begun."
            if possible
            else "Begin a new version."
        )
        label = VersionState(state).label.lower()
        msg = f"A version that is {label} cannot be {_DONE[step]}. {instead}"
        raise NotAllowedNow(msg, field="state") from None
