"""Addresses that open something by themselves: what is in them is never written down."""

import re

_SECRET = re.compile(r"(/calendar/|/account/invitation/)[^/\s\"']+")


def without_secrets(text: str) -> str:
    """Return the text with such addresses cut before their secret: /calendar/… of /calendar/<secret>.ics."""
    return _SECRET.sub(r"\1…", text)
