"""How quantities and states of gifts in kind look in pages."""

from decimal import Decimal

from django.utils.safestring import SafeString

from foundation.audit.badges import badge
from sponsors.inkind.rules import ValuationState, plain_number

_TONES = {
    ValuationState.DRAFT: "default",
    ValuationState.SUBMITTED: "info",
    ValuationState.APPROVED: "success",
    ValuationState.REVERSED: "warning",
    ValuationState.DISCARDED: "default",
}


def valuation_badge(state: str) -> SafeString:
    """Return the label of where a valuation stands."""
    known = ValuationState(state)
    return badge(str(known.label), _TONES[known])


def number(value: Decimal | int | None) -> str:
    """Return a quantity or a rate with thousands and without zeros at its end, or a dash for none."""
    return "—" if value is None else plain_number(value)
