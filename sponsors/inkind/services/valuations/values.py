"""Single values as they are given: what can be kept, and what is refused."""

from decimal import Decimal

from sponsors.inkind.rules import InKindError


def check_text(text: str, what: str, field: str, *, longest: int = 300) -> str:
    """Return the text without surrounding space. Raises InKindError when it is empty or too long."""
    text = text.strip()
    if not text:
        msg = f"The {what} is missing. Enter it."
        raise InKindError(msg, code="required", field=field)
    return check_length(text, what, field, longest=longest)


def check_length(text: str, what: str, field: str, *, longest: int = 300) -> str:
    text = text.strip()
    if len(text) > longest:
        msg = f"The {what} has {len(text)} characters; at most {longest} fit. Shorten it."
        raise InKindError(msg, code="too_long", field=field)
    return text


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
