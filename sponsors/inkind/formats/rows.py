"""What every reader gives: a row of metered use as text. Whether it can be taken is decided in the database."""

from typing import NamedTuple


class RawRow(NamedTuple):
    """One bucket as it stood in the file, not checked.

    `starts_at` is ISO 8601 in UTC, `granularity` the bucket's length in seconds; a metric is None where the
    file does not say.
    """

    line: int
    provider: str
    service: str
    region: str
    starts_at: str
    granularity: str
    billable_bytes: str | None
    delivered_bytes: str | None
    origin_bytes: str | None
    requests: str | None
    hits: str | None
    misses: str | None
    passes: str | None
    errors: str | None
