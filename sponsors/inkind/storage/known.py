"""What is known while a file is read: what its names and starts mean, and which days of which service it tells.

Every row asks, so each answer is found by one look into a dictionary, in the words of the file.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum

from sponsors.inkind.formats.rows import RawRow
from sponsors.inkind.models import UsageDay
from sponsors.inkind.rules import Granularity
from sponsors.inkind.rules.buckets import EARLIEST_BUCKET, UnusableRow, bucket_length, bucket_start
from sponsors.inkind.storage.names import Names

# Provider, service, region and granularity, as they stand in the file.
Place = tuple[str, str, str, str]

_FIRST_DAY = EARLIEST_BUCKET.date().toordinal()
_MOST_STARTS = 50_000

# Of a day of a service: in which granularity this file tells it, and whether anybody told it before.
_CODES = {Granularity.MINUTE: 1, Granularity.HOUR: 2, Granularity.DAY: 3}
_THIS_FILE = 3
_TOLD_BEFORE = 4


class Way(Enum):
    """Where a row goes."""

    STRAIGHT = "straight"
    MERGED = "merged"
    NOWHERE = "nowhere"


class Days:
    """Of one service, what is known of each day since 2000."""

    def __init__(self, service: int, now: datetime) -> None:
        self.service = service
        self._known = bytearray(now.toordinal() - _FIRST_DAY + 2)
        for day in UsageDay.objects.filter(service=service).values_list("day", flat=True).distinct():
            self._known[day.toordinal() - _FIRST_DAY] = _TOLD_BEFORE

    def way(self, number: int, length: Granularity) -> Way:
        """Return where buckets of the day go. From one file a day is taken in the granularity that is met first."""
        known, code = self._known[number], _CODES[length]
        if known & _THIS_FILE not in {0, code}:
            return Way.NOWHERE
        self._known[number] |= code
        return Way.MERGED if known & _TOLD_BEFORE else Way.STRAIGHT

    def told_by(self, number: int) -> Granularity:
        """Return the granularity in which this file tells the day."""
        return next(length for length, code in _CODES.items() if code == self._known[number] & _THIS_FILE)

    def told_first(self) -> set[tuple[int, date]]:
        """Return the days that nobody told before this file."""
        return {
            (self.service, day_of(number))
            for number, known in enumerate(self._known)
            if known and not known & _TOLD_BEFORE
        }


class Starts:
    """Starts of buckets of one granularity."""

    def __init__(self, length: Granularity, now: datetime) -> None:
        self.length = length
        self._now = now
        # As the database reads it best, and as a number of its day.
        self.texts: dict[str, str] = {}
        self.days: dict[str, int] = {}
        self.first_at: datetime | None = None
        self.last_before: datetime | None = None

    def texts_of(self, starts: Sequence[str]) -> list[str]:
        """Return each start as the database reads it best. Raises UnusableRow for one that cannot be."""
        try:
            return list(map(self.texts.__getitem__, starts))
        except KeyError:
            self._meet(set(starts))
            return list(map(self.texts.__getitem__, starts))

    def _meet(self, asked: set[str]) -> None:
        new = asked.difference(self.texts)
        if len(self.texts) + len(new) > _MOST_STARTS:
            self.texts.clear()
            self.days.clear()
            new = asked
        for text in new:
            starts_at = bucket_start(text, self.length, now=self._now)
            self.texts[text] = f"{starts_at:%Y-%m-%dT%H:%M:%SZ}"
            self.days[text] = starts_at.toordinal() - _FIRST_DAY
            self.span(starts_at)

    def span(self, starts_at: datetime) -> None:
        before = starts_at + timedelta(seconds=self.length)
        self.first_at = min(self.first_at or starts_at, starts_at)
        self.last_before = max(self.last_before or before, before)


class Known:
    """What names mean: the head that lines of such rows begin with, and by head the days of its service."""

    def __init__(self, usage_import: int, now: datetime, *, pause: Callable[[], None]) -> None:
        self.names = Names()
        self.days: dict[str, Days] = {}
        self._heads: dict[Place, str] = {}
        self.starts = {length: Starts(length, now) for length in Granularity}
        self._by_service: dict[int, Days] = {}
        self._usage_import = usage_import
        self._now = now
        # Called before the database is asked, which may be busy with a COPY.
        self._pause = pause

    def heads_of(
        self,
        providers: Sequence[str],
        services: Sequence[str],
        regions: Sequence[str],
        lengths: Sequence[str],
    ) -> list[str] | None:
        """Return what the lines of rows begin with; None when the names of one are not known."""
        try:
            return list(map(self._heads.__getitem__, zip(providers, services, regions, lengths, strict=True)))
        except KeyError:
            met = set(zip(providers, services, regions, lengths, strict=True))
            if not all(map(self._is_met, met.difference(self._heads))):
                return None
            return self.heads_of(providers, services, regions, lengths)

    def head_of(self, row: RawRow) -> str:
        return self._heads[row.provider, row.service, row.region, row.granularity]

    def _is_met(self, place: Place) -> bool:
        """Learn what the names of a place mean; False when that is not known."""
        provider, service_name, region_name, length = place
        meaning = self.names.meaning(provider, service_name, region_name)
        if meaning.service is None or meaning.region is None:
            return False
        try:
            seconds = int(bucket_length(length))
        except UnusableRow:
            return False
        if meaning.service not in self._by_service:
            self._pause()
            self._by_service[meaning.service] = Days(meaning.service, self._now)
        head = f"{meaning.service}\t{seconds}\t{meaning.region}\t{self._usage_import}"
        self._heads[place] = head
        self.days[head] = self._by_service[meaning.service]
        return True

    def told_first(self) -> set[tuple[int, date]]:
        """Return the days of services that nobody told before this file."""
        return set().union(*(days.told_first() for days in self._by_service.values()))

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return from when until when the buckets are whose start could be read."""
        spans = [(known.first_at, known.last_before) for known in self.starts.values()]
        return (
            min((first for first, _last in spans if first), default=None),
            max((last for _first, last in spans if last), default=None),
        )


def day_of(number: int) -> date:
    return date.fromordinal(_FIRST_DAY + number)
