"""Texts as they are given: kept without surrounding space, or refused with the field's name."""

from foundation.audit.text import unreadable
from sponsors.renewals.rules.refusals import RenewalError


def required_text(text: str, what: str, field: str, *, longest: int) -> str:
    """Return the text. Raises RenewalError when it is missing, too long or not readable."""
    if not text.strip():
        msg = f"The {what} is missing. Enter it."
        raise RenewalError(msg, code="required", field=field)
    return optional_text(text, what, field, longest=longest)


def optional_text(text: str, what: str, field: str, *, longest: int) -> str:
    """Return the text, which may be empty. Raises RenewalError when it is too long or not readable."""
    text = text.strip()
    if len(text) > longest:
        msg = f"The {what} has {len(text)} characters; at most {longest} fit. Shorten it."
        raise RenewalError(msg, code="too_long", field=field)
    if sentence := unreadable(text):
        raise RenewalError(sentence, code="unreadable", field=field)
    return text
