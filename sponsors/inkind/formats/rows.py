"""What every reader of usage gives, and how it refuses."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

from sponsors.inkind.rules import InKindError, UsageFormat

# The region of rows whose source tells no regions.
EVERYWHERE = "all"
ROWS_AT_ONCE = 500

# Rows by column: what stands in each of them, for each field of a row.
Columns = tuple[Sequence[Any], ...]


class RawRow(NamedTuple):
    """A bucket as it stood in the file, all of it text; whether it can be is said where it is stored.

    A count of which nothing is said is empty.
    """

    line: int  # in the file, counted from 1; of JSON, the number of the row
    provider: str  # a value of Provider; empty: the service's own
    service: str  # slug, name or name at the provider
    region: str
    starts_at: str  # ISO 8601, in UTC
    granularity: str  # seconds
    billable_bytes: str
    delivered_bytes: str
    origin_bytes: str
    requests: str
    hits: str
    misses: str
    passes: str
    errors: str


class Batch(Protocol):
    """Some rows that are taken together.

    Whoever may have to look at them again keeps the batch: what it is made of is small, and its cells are not.
    """

    def columns(self) -> Columns:
        """Return the rows by column. Raises UsageRefused."""
        ...


class RowBatch:
    """Rows that were read one by one."""

    def __init__(self, rows: Sequence[RawRow]) -> None:
        self._rows = rows

    def columns(self) -> Columns:
        return tuple(zip(*self._rows, strict=True))


class UsageRefused(InKindError):
    """The file as a whole cannot be read; `line` is where, of JSON the row, or None for all of it."""

    code = "usage_refused"

    def __init__(self, message: str, *, code: str | None = None, line: int | None = None) -> None:
        super().__init__(message, code=code, field="file")
        self.line = line


class Reader(Protocol):
    """A file of usage whose format is known. A reader says what its rows are, one by one or some together."""

    format: UsageFormat

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows from the first on. Raises UsageRefused where the file breaks off or makes no sense."""
        for batch in self.batches():
            yield from rows_of(batch)

    def batches(self) -> Iterator[Batch]:
        """Yield the same rows, some at a time."""
        return in_batches(self.rows())


def rows_of(batch: Batch) -> Iterator[RawRow]:
    return map(RawRow._make, zip(*batch.columns(), strict=True))


def in_batches(rows: Iterable[RawRow]) -> Iterator[Batch]:
    rows = iter(rows)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield RowBatch(some)
