"""Bytes and counts as people type them: 66 PB, 100 billion, 1,500,000."""

import re
from decimal import Decimal

from sponsors.inkind.rules.refusals import InKindError

# What a column of bytes or requests holds.
LARGEST = 2**63 - 1

_BYTES = {
    "": 1,
    "b": 1,
    "byte": 1,
    "bytes": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgtpe", start=1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgtpe", start=1)},
}
_COUNTS = {"": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_TYPED = re.compile(r"([0-9]{1,3}(?:[,\s][0-9]{3})+|[0-9]+)(\.[0-9]+)?\s*([a-z]*)", re.ASCII)


def read_bytes(text: str) -> int:
    """Return the bytes; PB is decimal, PiB binary. Nothing typed is none. Raises InKindError."""
    return _read(text, _BYTES, "bytes, such as 66 PB or 1,500,000")


def read_count(text: str) -> int:
    """Return the count. Nothing typed is none. Raises InKindError."""
    return _read(text, _COUNTS, "a number, such as 100 billion or 1,500,000")


def _read(text: str, units: dict[str, int], fix: str) -> int:
    typed = text.strip().lower()
    if not typed:
        return 0
    found = _TYPED.fullmatch(typed[:100])
    if found is None or found[3] not in units:
        msg = f"“{text.strip()[:40]}” cannot be read. Write {fix}."
        raise InKindError(msg, code="quantity_unreadable")
    amount = Decimal(re.sub(r"[,\s]", "", found[1]) + (found[2] or "")) * units[found[3]]
    if amount > LARGEST:
        msg = f"This is more than {LARGEST:,}, which is all that can be counted. Write a smaller number."
        raise InKindError(msg, code="quantity_too_large")
    if amount != int(amount):
        msg = f"“{text.strip()[:40]}” is no whole number. Write {fix}."
        raise InKindError(msg, code="quantity_not_whole")
    return int(amount)
