"""Texts as they are given: kept without surrounding space, or refused with the field's name."""

from collections.abc import Collection

from foundation.audit.text import unreadable
from sponsors.directory.rules import DirectoryError, check_slug
from sponsors.inkind.rules import InKindError

_LONGEST_SLUG = 60


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


def required_slug(slug: str) -> str:
    """Return the slug. Raises InKindError unless it is words joined by hyphens, and not too long."""
    try:
        checked = check_slug(slug)
    except DirectoryError as error:
        raise InKindError(error.message, code=error.code, field="slug") from None
    return required_text(checked, "slug", "slug", longest=_LONGEST_SLUG)


def check_choice(value: object, known: Collection[object], field: str) -> None:
    """Raise InKindError unless the value is one of those that are known."""
    if value not in known:
        msg = f"This {field} is not known here. Choose one of {', '.join(map(str, known))}."
        raise InKindError(msg, code="unknown_choice", field=field)
