"""What may be said of a reminder beside that it was read: how the renewal stands, and what follows from that."""

from datetime import date, timedelta

from django.db.models import TextChoices

from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.rules.states import CaseState, StepAction, StepState, next_step_state

LONGEST_SNOOZE = timedelta(days=90)


class Outcome(TextChoices):
    """What somebody who spoke with the sponsor says of the renewal."""

    NEGOTIATING = "negotiating", "We negotiate"
    RENEWING = "renewing", "They will renew"
    RENEWED = "renewed", "It is renewed"
    DECLINED = "declined", "They will not renew"


# Where the card of the renewal goes; once renewed it is closed instead.
CASE_AFTER = {
    Outcome.NEGOTIATING: CaseState.NEGOTIATING,
    Outcome.RENEWING: CaseState.AGREED,
    Outcome.DECLINED: CaseState.DECLINED,
}
# After these nothing is left to be reminded of.
ENDS_LADDER = frozenset({Outcome.RENEWED, Outcome.DECLINED})


def step_after(state: str, outcome: Outcome) -> StepState:
    """Return the state of a step once the outcome is recorded. Raises NotAllowedNow when it waits no more.

    What does not end the ladder acknowledges the step, which may be acknowledged already.
    """
    if outcome in ENDS_LADDER:
        return next_step_state(state, StepAction.CLOSE)
    if state == StepState.ACKNOWLEDGED:
        return StepState.ACKNOWLEDGED
    return next_step_state(state, StepAction.ACKNOWLEDGE)


def check_snooze(until: date, *, today: date, closes_before: date) -> None:
    """Raise RenewalError for a day that is not ahead, too far, or on which the next reminder comes anyway."""
    if until <= today:
        msg = f"The day {until} is not after today, {today}. Choose a later one."
        raise RenewalError(msg, code="snooze_not_ahead", field="until")
    if until >= closes_before:
        msg = (
            f"This reminder is over on {closes_before}, when the next one comes if there is one. Choose a day before it, or "
            "acknowledge it."
        )
        raise RenewalError(msg, code="snooze_after_window", field="until")
    if until > today + LONGEST_SNOOZE:
        msg = (
            f"A reminder sleeps for {LONGEST_SNOOZE.days} days at most, until {today + LONGEST_SNOOZE}. Choose that day "
            "or an earlier one."
        )
        raise RenewalError(msg, code="snooze_too_long", field="until")


def check_is_renewed(number: str, following: str | None) -> None:
    """Raise RenewalError unless a signed commitment, whose number is given, follows the one of the number."""
    if following is None:
        msg = (
            f"No signed commitment follows {number} yet. Have the next one signed, which ends the reminders by itself, "
            f"or record “{Outcome.RENEWING.label}”."
        )
        raise RenewalError(msg, code="not_renewed", field="outcome")
