"""Single values as they are given: what can be kept, and what is refused."""

from decimal import Decimal

from sponsors.inkind.rules import InKindError
from sponsors.inkind.rules.valuation import check_discount
from sponsors.inkind.services.texts import optional_text

# What the columns hold of a basis, reason, technique or note.
LONGEST_TEXT = 300


def deduction(percent: Decimal, basis: str) -> tuple[Decimal, str]:
    """Return the widely available discount and who else gets it. Raises InKindError."""
    return check_discount(percent, optional_text(basis, "basis", "discount_basis", longest=LONGEST_TEXT))


def check_number(number: Decimal, what: str, field: str, *, digits: int, places: int) -> Decimal:
    """Return the number. Raises InKindError below zero, and for more digits than can be kept."""
    if not number.is_finite() or number < 0:
        msg = f"The {what} must be zero or more. Correct it."
        raise InKindError(msg, code="number_impossible", field=field)
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    if -exponent > places or number >= Decimal(10) ** (digits - places):
        msg = f"The {what} has at most {digits - places} digits before the point and {places} after it. Correct it."
        raise InKindError(msg, code="number_impossible", field=field)
    return number
