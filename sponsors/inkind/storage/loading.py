"""Rows of usage taken in: what meets nothing goes straight into its partition, the rest is merged.

A row is looked at only as far as it must be. Its names and its time were met before, nearly always; its counts are
checked by the constraints of the table, for a whole block at once. Only when a block is refused are its rows
looked at one by one, and each that cannot be taken gets its sentence.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import Enum

from django.db import connection

from sponsors.inkind.formats.rows import RawRow
from sponsors.inkind.models import UsageDay, UsageImport
from sponsors.inkind.rules import METRICS, Granularity, Provider, UsageSource
from sponsors.inkind.rules.buckets import (
    EARLIEST_BUCKET,
    UnusableRow,
    bucket_length,
    bucket_start,
    check_names,
    counts,
    shown,
)
from sponsors.inkind.storage import copying, merging, rollups
from sponsors.inkind.storage.asides import Asides
from sponsors.inkind.storage.copying import BlockCopy
from sponsors.inkind.storage.names import Names
from sponsors.inkind.storage.partitions import lock_usage, make_partitions, month_of, months_there
from sponsors.inkind.storage.rejects import Rejects

_COLUMNS = ("service_id", "granularity", "region_id", "usage_import_id", "starts_at", *METRICS)
_MOST_STARTS = 50_000
_FIRST_DAY = EARLIEST_BUCKET.date().toordinal()
_PATIENCE = "30min"
_TAB = "\t"
_WRITTEN_DOWN = [
    "row_count",
    "new_count",
    "changed_count",
    "same_count",
    "rejected_count",
    "aside_count",
    "first_at",
    "last_before",
]

# What is known of a day of a service: in which granularity this import tells it, and whether anybody told it before.
_CODES = {Granularity.MINUTE: 1, Granularity.HOUR: 2, Granularity.DAY: 3}
_TOLD_BEFORE = 4


def load_usage(*, usage_import: UsageImport, rows: Iterable[RawRow], now: datetime) -> None:
    """Take in what can be taken of the rows, in the caller's transaction, and write on the import what came of each.

    `first_at` and `last_before` span the buckets of the file that can be placed in time. Raises InKindError when sums
    would be too large to be held.
    """
    with connection.cursor() as cursor:
        # A request is answered within the time that everybody waits; a worker can wait for a large file to end.
        if usage_import.source != UsageSource.API:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    lock_usage()
    load = _Load(usage_import.pk, now)
    load.read(rows)
    load.write_down(usage_import)


class _Way(Enum):
    """Where a row goes."""

    STRAIGHT = "straight"
    MERGED = "merged"
    NOWHERE = "nowhere"


class _Place:
    """What rows of one service, region and granularity have in common, and where they go on the day at hand."""

    __slots__ = ("day", "head", "length", "starts", "told", "way")

    def __init__(
        self, head: str, length: Granularity, starts: dict[str, tuple[int, str]], told: bytearray
    ) -> None:
        self.head = head
        self.length = length
        self.starts = starts
        self.told = told
        self.day = -1
        self.way = _Way.NOWHERE


class _Load:
    """One import while it is read."""

    def __init__(self, usage_import: int, now: datetime) -> None:
        self._usage_import = usage_import
        self._now = now
        self._names = Names()
        self._months = months_there()
        self._places: dict[tuple[str, str, str, str], _Place] = {}
        self._starts: dict[Granularity, dict[str, tuple[int, str]]] = {length: {} for length in Granularity}
        self._told: dict[int, bytearray] = {}
        self._straight = BlockCopy("sponsors_usagerecord", _COLUMNS)
        self._goes_straight = True
        self._waiting: list[RawRow] = []
        self._are_met = False
        self._rejects = Rejects(usage_import)
        self._asides = Asides(usage_import)
        self._row_count = 0
        self._first_at: datetime | None = None
        self._last_before: datetime | None = None

    def read(self, rows: Iterable[RawRow]) -> None:
        places, straight, count = self._places, self._straight, 0
        with straight:
            for row in rows:
                count += 1
                place = places.get((row[1], row[2], row[3], row[5])) or self._meet(row)
                bucket = place and (place.starts.get(row[4]) or self._start(place, row))
                if not place or not bucket:
                    continue
                day, start = bucket
                if day != place.day:
                    self._turn(place, day)
                if place.way is _Way.STRAIGHT:
                    straight.add(f"{place.head}{start}\t{_counted(row)}\n", row)
                    if straight.is_full:
                        self._pause()
                elif place.way is _Way.MERGED:
                    self._waiting.append(row)
                    if len(self._waiting) >= copying.ROWS_OF_A_BLOCK:
                        self._pause()
                else:
                    self._reject(row, _mixed(place))
            self._row_count = count
            self._pause()

    def write_down(self, usage_import: UsageImport) -> None:
        """Merge what waits, sum up, and write on the import what came of its rows."""
        merged = (
            merging.merge(usage_import=self._usage_import, always=True) if self._are_met else merging.Merged()
        )
        self._asides.keep()
        rollups.sum_up(merged.touched | self._told_first())
        usage_import.row_count = self._row_count
        usage_import.new_count = self._straight.written + merged.new
        usage_import.changed_count = merged.changed
        usage_import.same_count = merged.same + self._asides.same
        usage_import.rejected_count = self._rejects.count + merged.rejected + self._asides.rejected
        usage_import.aside_count = self._asides.kept
        usage_import.first_at, usage_import.last_before = self._first_at, self._last_before
        usage_import.save(update_fields=_WRITTEN_DOWN)

    def _told_first(self) -> set[tuple[int, date]]:
        """Return the days of services that nobody told before this import."""
        return {
            (service, date.fromordinal(_FIRST_DAY + day))
            for service, told in self._told.items()
            for day, known in enumerate(told)
            if known and not known & _TOLD_BEFORE
        }

    # What happens seldom: a new name, time, day or month, and the end of a block.

    def _meet(self, row: RawRow) -> _Place | None:
        """Return the place that names of a row mean, met for the first time; None when it is not known."""
        try:
            check_names(row.service, row.region)
            _check_provider(row.provider)
            length = bucket_length(row.granularity)
            meaning = self._names.meaning(row.provider, row.service, row.region)
            if meaning.service is None or meaning.region is None:
                starts_at = bucket_start(row.starts_at, length, now=self._now)
                counted = counts(row[6:])
                self._span(starts_at, length)
                self._asides.add(row, meaning, starts_at=starts_at, granularity=length, counted=counted)
                if self._asides.are_many:
                    self._pause()
                return None
        except UnusableRow as reason:
            self._reject(row, reason)
            return None
        head = f"{meaning.service}\t{int(length)}\t{meaning.region}\t{self._usage_import}\t"
        place = _Place(head, length, self._starts[length], self._told_of(meaning.service))
        self._places[row[1], row[2], row[3], row[5]] = place
        return place

    def _told_of(self, service: int) -> bytearray:
        """Return what is known of each day of a service since 2000."""
        told = self._told.get(service)
        if told is None:
            self._pause()
            told = self._told[service] = bytearray(self._now.toordinal() - _FIRST_DAY + 2)
            for day in UsageDay.objects.filter(service=service).values_list("day", flat=True).distinct():
                told[day.toordinal() - _FIRST_DAY] = _TOLD_BEFORE
        return told

    def _start(self, place: _Place, row: RawRow) -> tuple[int, str] | None:
        """Return the day of a start, and the start as the database reads it best; None when it cannot be."""
        try:
            starts_at = bucket_start(row.starts_at, place.length, now=self._now)
        except UnusableRow as reason:
            self._reject(row, reason)
            return None
        self._span(starts_at, place.length)
        if len(place.starts) >= _MOST_STARTS:
            place.starts.clear()
        bucket = (starts_at.toordinal() - _FIRST_DAY, f"{starts_at:%Y-%m-%dT%H:%M:%SZ}")
        place.starts[row.starts_at] = bucket
        return bucket

    def _span(self, starts_at: datetime, length: Granularity) -> None:
        before = starts_at + timedelta(seconds=length)
        self._first_at = min(self._first_at or starts_at, starts_at)
        self._last_before = max(self._last_before or before, before)

    def _turn(self, place: _Place, number: int) -> None:
        """Say where rows of another day go. One granularity of a day is taken from one file: the first that is met."""
        known, code = place.told[number], _CODES[place.length]
        place.day = number
        if known & 3 and known & 3 != code:
            place.way = _Way.NOWHERE
            return
        place.told[number] |= code
        month = month_of(date.fromordinal(_FIRST_DAY + number))
        if month not in self._months:
            self._pause()
            make_partitions([month])
            self._months.add(month)
        is_new = not known & _TOLD_BEFORE
        place.way = _Way.STRAIGHT if is_new and self._goes_straight else _Way.MERGED

    def _reject(self, row: RawRow, reason: object) -> None:
        if self._rejects.add(row, reason).are_many:
            self._pause()

    def _pause(self) -> None:
        """End what is being copied, and write what is held."""
        refused = self._straight.close()
        if refused:
            self._look_closer(refused)
        if self._waiting:
            self._put_waiting()
        self._rejects.write()
        self._asides.write()

    def _look_closer(self, refused: list[RawRow]) -> None:
        """Write the rows of a block that was refused without those that cannot be taken."""
        for row, line in self._usable(refused):
            self._straight.add(line, row)
        repeated = self._straight.close()
        if repeated:
            # A bucket is in the file twice. From here on every row waits, so that the first of the two is known.
            self._goes_straight = False
            self._waiting.extend(repeated)
            for place in self._places.values():
                place.day = -1

    def _put_waiting(self) -> None:
        merging.make_table()
        self._are_met = True
        rows, self._waiting = self._waiting, []
        with BlockCopy(merging.MET_TABLE, (*_COLUMNS, "line")) as waiting:
            for row in rows:
                waiting.add(f"{self._before_counts(row)}{_counted(row)}\t{row.line}\n", row)
            for row, line in self._usable(waiting.close()):
                waiting.add(line.replace("\n", f"\t{row.line}\n"), row)
            left = waiting.close()
            assert not left, "what was looked at one by one can be written"

    def _usable(self, rows: list[RawRow]) -> Iterator[tuple[RawRow, str]]:
        """Give the rows that can be taken and their lines, with the counts as we write them; reject the others."""
        for row in rows:
            try:
                counted = counts(row[6:])
            except UnusableRow as reason:
                self._rejects.add(row, reason)
                continue
            texts = ("" if count is None else str(count) for count in counted)
            yield row, f"{self._before_counts(row)}{_TAB.join(texts)}\n"

    def _before_counts(self, row: RawRow) -> str:
        place = self._places[row[1], row[2], row[3], row[5]]
        bucket = place.starts.get(row[4]) or self._start(place, row)
        assert bucket is not None, "the start was read before"
        return f"{place.head}{bucket[1]}\t"


def _counted(row: RawRow) -> str:
    """Return the counts of a row as COPY reads them, as they came."""
    try:
        return _TAB.join(row[6:])  # type: ignore[arg-type]  # nearly always all are there
    except TypeError:
        return _TAB.join([text or "" for text in row[6:]])


def _check_provider(text: str) -> None:
    if text and text not in Provider.values:
        known = ", ".join(Provider.values)
        raise UnusableRow(
            f"The provider is “{shown(text)}”. It is one of {known}, or empty for the service's own."
        )


def _mixed(place: _Place) -> str:
    day = date.fromordinal(_FIRST_DAY + place.day)
    told = next(length for length, code in _CODES.items() if code == place.told[place.day] & 3)
    return (
        f"Further up, {day} of this service is told by {told.label.lower()}, and this row is of a whole "
        f"{place.length.label.lower()}. Put what is told by {place.length.label.lower()} into a file of its own."
    )
