"""What the answers of one window say together: each hour of each region once, whichever answer told it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from sponsors.inkind.formats import RawRow, open_usage
from sponsors.inkind.rules import METRICS
from sponsors.inkind.rules.pulling import Window

_Hour = tuple[str, str]


@dataclass(slots=True)
class Answers:
    """Answers gathered for one service and window; `name` is what the service is called in the rows that come out.

    A provider may know a service of ours under several names, such as one for each domain. Their counts are added up,
    for together they are what the service did in an hour.
    """

    window: Window
    name: str
    size: int = 0
    starts: set[datetime] = field(default_factory=set)
    _digests: list[bytes] = field(default_factory=list)
    _hours: dict[_Hour, RawRow] = field(default_factory=dict)

    def add(self, external_id: str, region: str, body: bytes) -> None:
        """Take in one answer. Raises UsageRefused when it cannot be read."""
        self.size += len(body)
        self._digests.append(sha256(body).digest())
        reader = open_usage(
            BytesIO(body),
            name=f"The answer for {external_id} in {region}",
            size=len(body),
            service=external_id,
            on_progress=lambda _read: None,
        )
        told: dict[_Hour, RawRow] = {}
        for row in reader.rows():
            starts_at = _moment(row.starts_at)
            # An hour that goes on still, or that was not asked for, is none of this window.
            if starts_at is not None and not self.window.first <= starts_at < self.window.before:
                continue
            if starts_at is not None:
                self.starts.add(starts_at)
            # Told twice in one answer, the later one is newer.
            told[row.region, row.starts_at] = row
        for hour, row in told.items():
            there = self._hours.get(hour)
            self._hours[hour] = _named(row, self.name) if there is None else _together(there, row)

    @property
    def sha256(self) -> str:
        """Of all answers: of the digest of each, one after the other."""
        return sha256(b"".join(self._digests)).hexdigest()

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows, numbered from 1 as they came."""
        for line, row in enumerate(self._hours.values(), start=1):
            yield row._replace(line=line)


def _named(row: RawRow, name: str) -> RawRow:
    return row._replace(service=name)


def _together(one: RawRow, other: RawRow) -> RawRow:
    """Return one row with the counts of both; what is no number stays as it came, to be rejected."""
    sums = {}
    for metric in METRICS:
        there, more = getattr(one, metric), getattr(other, metric)
        if not (there and more):
            sums[metric] = there or more
        else:
            sums[metric] = str(int(there) + int(more)) if there.isdecimal() and more.isdecimal() else more
    return one._replace(**sums)


def _moment(text: str) -> datetime | None:
    """Return when the hour begins, or None for what is no time, which is rejected where it is stored."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
