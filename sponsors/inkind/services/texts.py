"""Texts as they are given: kept without surrounding space, or refused with the field's name."""

from foundation.audit.text import unreadable
from sponsors.inkind.rules import InKindError


def required_text(text: str, what: str, field: str, *, longest: int) -> str:
    """Return the text. Raises InKindError when it is missing, too long or not readable."""
    text = text.strip()
    if not text:
        msg = f"The {what} is missing. Enter it."
        raise InKindError(msg, code="required", field=field)
    return optional_text(text, what, field, longest=longest)


def optional_text(text: str, what: str, field: str, *, longest: int) -> str:
    """Return the text, which may be empty. Raises InKindError when it is too long or not readable."""
    text = text.strip()
    if len(text) > longest:
        msg = f"The {what} has {len(text)} characters; at most {longest} fit. Shorten it."
        raise InKindError(msg, code="too_long", field=field)
    if sentence := unreadable(text):
        raise InKindError(sentence, code="unreadable", field=field)
    return text
