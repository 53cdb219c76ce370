"""When a row of usage can be taken: its bucket of time, and what it counts.

The database refuses the same numbers by constraints, for millions of rows at once; this says of one row why.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sponsors.inkind.rules.usage import METRICS, Granularity

EARLIEST_BUCKET = datetime(2000, 1, 1, tzinfo=UTC)
LARGEST_COUNT = 2**63 - 1
LONGEST_SERVICE_NAME = 100
LONGEST_REGION_NAME = 60

_BOUNDARY = {
    Granularity.MINUTE: "a minute begins at second 00",
    Granularity.HOUR: "an hour begins at minute 00",
    Granularity.DAY: "a day begins at 00:00 UTC",
}
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)
# As the columns of Bursar's own files are called.
_NAMES = tuple("bytes" if name == "billable_bytes" else name for name in METRICS)
_REQUESTS, _HITS = METRICS.index("requests"), METRICS.index("hits")


class UnusableRow(ValueError):
    """A row that cannot be taken; its text is the sentence that says why."""


def shown(text: str, most: int = 40) -> str:
    """Return a text of somebody else's as it may stand in a sentence: short, and only what can be shown."""
    kept = "".join(letter if letter.isprintable() else "·" for letter in text[: most + 1])
    return kept if len(kept) <= most else f"{kept[: most - 1]}…"


def bucket_length(text: str) -> Granularity:
    """Return how long a bucket is. Raises UnusableRow."""
    for length in Granularity:
        if text == str(length.value):
            return length
    msg = f"The granularity is “{shown(text)}”. It is minute, hour or day (60, 3600 or 86400 seconds)."
    raise UnusableRow(msg)


def bucket_start(text: str, length: Granularity, *, now: datetime) -> datetime:
    """Return when a bucket starts, in UTC. Raises UnusableRow: it is over, on a boundary, and not too long ago."""
    try:
        starts_at = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"The start is “{shown(text)}”, which is no time. Write it such as 2026-03-01T14:00:00Z."
        raise UnusableRow(msg) from None
    try:
        starts_at = starts_at.replace(tzinfo=UTC) if starts_at.tzinfo is None else starts_at.astimezone(UTC)
    except OverflowError:
        starts_at = EARLIEST_BUCKET - timedelta(days=1)
    if starts_at < EARLIEST_BUCKET:
        raise UnusableRow(f"The start is “{shown(text)}”. Usage is kept from 2000 on.")
    if starts_at.microsecond or int(starts_at.timestamp()) % length:
        msg = f"The start is “{shown(text)}”, which is not where a bucket begins: {_BOUNDARY[length]}."
        raise UnusableRow(msg)
    if starts_at > now:
        raise UnusableRow(f"The start is “{shown(text)}”, which is in the future.")
    if starts_at + timedelta(seconds=length) > now:
        msg = f"The {length.label.lower()} from “{shown(text)}” on is not over yet. Send it again once it is."
        raise UnusableRow(msg)
    return starts_at


def check_names(service: str, region: str) -> None:
    """Raise UnusableRow unless both can be the name of something."""
    for what, text, longest in (
        ("service", service, LONGEST_SERVICE_NAME),
        ("region", region, LONGEST_REGION_NAME),
    ):
        if not text:
            raise UnusableRow(f"The {what} is missing.")
        if len(text) > longest:
            raise UnusableRow(f"The {what} is “{shown(text)}”. A name has at most {longest} letters.")
        if not text.isprintable():
            raise UnusableRow(f"The {what} is “{shown(text)}”, which holds letters that cannot be shown.")


def counts(texts: Sequence[str | None]) -> list[int | None]:
    """Return what a row counts, in the order of METRICS; nothing said is None. Raises UnusableRow."""
    found = [_count(name, text) for name, text in zip(_NAMES, texts, strict=True)]
    hits, requests = found[_HITS], found[_REQUESTS]
    if hits is not None and requests is not None and hits > requests:
        raise UnusableRow(f"hits are {hits:,}, more than the {requests:,} requests.")
    return found


def _count(name: str, text: str | None) -> int | None:
    text = (text or "").strip()
    if not text:
        return None
    if not _WHOLE_NUMBER.fullmatch(text):
        raise UnusableRow(f"{name} is “{shown(text)}”, which is not a whole number.")
    # Longer ones are not reckoned: what is refused should cost little.
    number = int(text) if len(text.lstrip("+-0")) < len(str(LARGEST_COUNT)) + 1 else None
    if text.startswith("-") and number != 0:
        raise UnusableRow(f"{name} is “{shown(text)}”. Nothing is counted below zero.")
    if number is None or number > LARGEST_COUNT:
        raise UnusableRow(f"{name} is “{shown(text)}”, larger than anything that is counted.")
    return number
