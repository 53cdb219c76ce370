"""How states of renewals look in the pages of this slice."""

from django.utils.safestring import SafeString

from foundation.audit.badges import badge
from sponsors.renewals.rules.states import StepState

# Color never stands alone: the label always says the state in words.
_STEPS = {
    StepState.OPEN: "warning",
    StepState.ACKNOWLEDGED: "info",
    StepState.SNOOZED: "info",
    StepState.REPLACED: "default",
    StepState.MISSED: "danger",
    StepState.CLOSED: "success",
}
_PAYMENT_LABELS = {StepState.OPEN: "Waits for the payment"}


def payment_reminder_label(state: str) -> str:
    """Return what people read of the state: nobody answers the reminder of a payment but with the payment."""
    known = StepState(state)
    return _PAYMENT_LABELS.get(known, str(known.label))


def payment_reminder_badge(state: str) -> SafeString:
    """Return the label of where a reminder of a payment stands."""
    return badge(payment_reminder_label(state), _STEPS[StepState(state)])
