"""What every reader of usage gives, and how it refuses."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from sponsors.inkind.rules import InKindError, UsageFormat

# The region of rows whose source tells no regions.
EVERYWHERE = "all"


class RawRow(NamedTuple):
    """A bucket as it stood in the file, all of it text; whether it can be is said where it is stored."""

    line: int  # in the file, counted from 1; of JSON, the number of the row
    provider: str  # a value of Provider; empty: the service's own
    service: str  # slug, name or name at the provider
    region: str
    starts_at: str  # ISO 8601, in UTC
    granularity: str  # seconds
    billable_bytes: str | None
    delivered_bytes: str | None
    origin_bytes: str | None
    requests: str | None
    hits: str | None
    misses: str | None
    passes: str | None
    errors: str | None


class UsageRefused(InKindError):
    """The file as a whole cannot be read; `line` is where, of JSON the row, or None for all of it."""

    code = "usage_refused"

    def __init__(self, message: str, *, code: str | None = None, line: int | None = None) -> None:
        super().__init__(message, code=code, field="file")
        self.line = line


class Reader(Protocol):
    """A file of usage whose format is known."""

    format: UsageFormat

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows from the first on. Raises UsageRefused where the file breaks off or makes no sense."""
        ...
