"""What may happen to a notice, and how long a failed delivery waits."""

from datetime import timedelta
from enum import StrEnum

from django.db import models

from foundation.errors import Conflict


class NoticeState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class NoticeAction(StrEnum):
    CLAIM = "claim"
    DELIVER = "deliver"
    DEFER = "defer"
    FAIL = "fail"
    RETRY = "retry"
    CANCEL = "cancel"
    STOP = "stop"


TRANSITIONS: dict[tuple[NoticeState, NoticeAction], NoticeState] = {
    (NoticeState.QUEUED, NoticeAction.CLAIM): NoticeState.SENDING,
    # The lease ran out: whoever held it died, so somebody else takes the notice.
    (NoticeState.SENDING, NoticeAction.CLAIM): NoticeState.SENDING,
    (NoticeState.SENDING, NoticeAction.DELIVER): NoticeState.SENT,
    (NoticeState.SENDING, NoticeAction.DEFER): NoticeState.QUEUED,
    (NoticeState.SENDING, NoticeAction.FAIL): NoticeState.FAILED,
    (NoticeState.FAILED, NoticeAction.RETRY): NoticeState.QUEUED,
    (NoticeState.QUEUED, NoticeAction.CANCEL): NoticeState.CANCELED,
    (NoticeState.QUEUED, NoticeAction.STOP): NoticeState.CANCELED,
    # Whoever holds it may have given it to the mail server already; it is not tried again.
    (NoticeState.SENDING, NoticeAction.STOP): NoticeState.CANCELED,
    (NoticeState.CANCELED, NoticeAction.DELIVER): NoticeState.SENT,
}

MAX_ATTEMPTS = 12
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)
_REFUSALS = {
    NoticeAction.RETRY: "Only a failed notice can be sent again; this one is {state}.",
    NoticeAction.CANCEL: "Only a waiting notice can be canceled; this one is {state}.",
}


class NoticeNotReady(Conflict):
    """The notice's state does not allow the action."""

    code = "notice_not_ready"


def next_state(state: str, action: NoticeAction) -> NoticeState:
    """Return the state after the action. Raises NoticeNotReady when the table does not have it."""
    current = NoticeState(state)
    try:
        return TRANSITIONS[current, action]
    except KeyError:
        sentence = _REFUSALS.get(action, "This notice is {state}.")
        raise NoticeNotReady(sentence.format(state=current.label.lower())) from None


def may(state: str, action: NoticeAction) -> bool:
    return (NoticeState(state), action) in TRANSITIONS


def retry_delay(attempts: int, jitter: float) -> timedelta:
    """Return the wait after the given number of attempts: a minute, doubling to six hours.

    `jitter` from 0 to 1 adds up to a fifth, so that notices that failed together do not all
    come back together.
    """
    doublings = min(max(attempts, 1) - 1, MAX_ATTEMPTS)
    delay: timedelta = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    return delay * (1 + jitter / 5)
