"""How states of renewals and bands of risk look in pages."""

from decimal import Decimal

from django.utils.safestring import SafeString

from foundation.audit.badges import badge
from foundation.money.display import money_text
from sponsors.inkind.rules.wording import percent_in_words
from sponsors.renewals.models import Assessment
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import CaseState, LetterState, StepState

# Color never stands alone: the label always says the state in words.
_STEPS = {
    StepState.OPEN: "warning",
    StepState.ACKNOWLEDGED: "info",
    StepState.SNOOZED: "info",
    StepState.REPLACED: "default",
    StepState.MISSED: "danger",
    StepState.CLOSED: "success",
}
_BANDS = {
    Band.NOT_YET: "default",
    Band.LOW: "success",
    Band.RAISED: "info",
    Band.HIGH: "warning",
    Band.CRITICAL: "danger",
}
_CASES = {
    CaseState.DUE: "warning",
    CaseState.CONTACTED: "info",
    CaseState.NEGOTIATING: "info",
    CaseState.AGREED: "success",
    CaseState.DECLINED: "danger",
}
_LETTERS = {LetterState.DRAFT: "warning", LetterState.SENT: "success", LetterState.DISCARDED: "default"}
_PAYMENT_LABELS = {StepState.OPEN: "Waits for the payment"}


def payment_reminder_label(state: str) -> str:
    """Return what people read of the state: nobody answers the reminder of a payment but with the payment."""
    known = StepState(state)
    return _PAYMENT_LABELS.get(known, str(known.label))


def payment_reminder_badge(state: str) -> SafeString:
    """Return the label of where a reminder of a payment stands."""
    return badge(payment_reminder_label(state), _STEPS[StepState(state)])


def band_badge(band: str | None) -> SafeString:
    """Return the label of a band of risk, which says that it is one."""
    if not band:
        return badge("Not assessed yet")
    known = Band(band)
    words = str(known.label) if known is Band.NOT_YET else f"{known.label} risk"
    return badge(words, _BANDS[known])


def case_badge(state: str) -> SafeString:
    known = CaseState(state)
    return badge(str(known.label), _CASES[known])


def letter_badge(state: str) -> SafeString:
    known = LetterState(state)
    return badge(str(known.label), _LETTERS[known])


def share(probability: float | None) -> str:
    """Return such as 82%, or that nobody knows."""
    return "unknown" if probability is None else percent_in_words(round(probability, 2))


def range_of_risk(assessment: Assessment) -> str:
    """Return such as 12% to 34%, in which four chances in five lie."""
    return f"{share(assessment.low)} to {share(assessment.high)}"


def points(value: float) -> str:
    """Return log-odds with their sign, such as +0.45."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def money_or_unknown(amount: Decimal | None, currency: str) -> str:
    """Return the amount with its currency, or that nobody knows it."""
    return "unknown" if amount is None else money_text(amount, currency)


def days_left(days: int) -> str:
    """Return such as: in 30 days, today, 4 days ago."""
    if days == 0:
        return "today"
    number = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
    return f"in {number}" if days > 0 else f"{number} ago"


def step_badge(state: str) -> SafeString:
    """Return the label of where a reminder of an end stands."""
    known = StepState(state)
    return badge(str(known.label), _STEPS[known])
