"""Rows of usage taken in: what meets nothing goes straight into its partition, the rest is merged.

Rows are looked at some hundreds at a time, and only as far as they must be: their names and starts were met before,
nearly always; their counts are checked by the constraints of the table, for a whole block at once. Only when a block
is refused are its rows looked at one by one, and each that cannot be taken gets its sentence.
"""

import gc
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import compress

from django.db import connection

from sponsors.inkind.formats.rows import Batch, Columns, RawRow, RowBatch, rows_of
from sponsors.inkind.models import UsageImport
from sponsors.inkind.rules import METRICS, Granularity, Provider, UsageSource
from sponsors.inkind.rules.buckets import (
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
from sponsors.inkind.storage.known import Days, Known, Way, day_of
from sponsors.inkind.storage.partitions import lock_usage, make_partitions, month_of, months_there
from sponsors.inkind.storage.rejects import Rejects

_COLUMNS = ("service_id", "granularity", "region_id", "usage_import_id", "starts_at", *METRICS)
_TAB = "\t"
# How long an import that nobody waits for may wait for another one.
_PATIENCE = "30min"
_WRITTEN_DOWN = (
    "row_count",
    "new_count",
    "changed_count",
    "same_count",
    "rejected_count",
    "aside_count",
    "first_at",
    "last_before",
)


def load_usage(*, usage_import: UsageImport, batches: Iterable[Batch], now: datetime) -> None:
    """Take in what can be taken of the rows, in the caller's transaction, and write on the import what came of each.

    `first_at` and `last_before` span the buckets of the file that can be placed in time. Raises InKindError when sums
    would be too large to be held.
    """
    if usage_import.source != UsageSource.API:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    lock_usage()
    load = _Load(usage_import.pk, now)
    # Millions of rows come and go, and the collector of garbage would look through all of Bursar for them again and again.
    gc.freeze()
    try:
        load.read(batches)
    finally:
        gc.unfreeze()
    load.write_down(usage_import)


class _Load:
    """One import while it is read."""

    def __init__(self, usage_import: int, now: datetime) -> None:
        self._usage_import = usage_import
        self._now = now
        self._known = Known(usage_import, now, pause=self._pause)
        self._months = months_there()
        self._straight = BlockCopy("sponsors_usagerecord", _COLUMNS)
        self._goes_straight = True
        self._waiting: list[tuple[list[str], Batch]] = []
        self._waiting_count = 0
        self._are_met = False
        self._rejects = Rejects(usage_import)
        self._asides = Asides(usage_import)
        self._row_count = 0

    def read(self, batches: Iterable[Batch]) -> None:
        with self._straight:
            for batch in batches:
                columns = batch.columns()
                self._row_count += len(columns[0])
                self._take(batch, columns)
                if self._is_much_held():
                    self._pause()
            self._pause()

    def write_down(self, usage_import: UsageImport) -> None:
        """Merge what waits, sum up, and write on the import what came of its rows."""
        merged = merging.Merged()
        if self._are_met:
            merged = merging.merge(usage_import=self._usage_import, always=True)
        self._asides.keep()
        rollups.sum_up(merged.touched | self._known.told_first())
        usage_import.row_count = self._row_count
        usage_import.new_count = self._straight.written + merged.new
        usage_import.changed_count = merged.changed
        usage_import.same_count = merged.same + self._asides.same
        usage_import.rejected_count = self._rejects.count + merged.rejected + self._asides.rejected
        usage_import.aside_count = self._asides.kept
        usage_import.first_at, usage_import.last_before = self._known.span()
        usage_import.save(update_fields=_WRITTEN_DOWN)

    def _take(self, batch: Batch, columns: Columns) -> None:
        """Take rows together; where something is wrong with one, half by half until that one is alone."""
        if self._are_taken_together(batch, columns):
            return
        rows = list(rows_of(batch))
        if len(rows) == 1:
            self._take_alone(rows[0])
            return
        middle = len(rows) // 2
        for half in map(RowBatch, (rows[:middle], rows[middle:])):
            self._take(half, half.columns())

    def _are_taken_together(self, batch: Batch, columns: Columns) -> bool:
        """Take rows of one granularity whose names and starts are known or can be learned; say whether they are such.

        Each step is one call for all of the rows.
        """
        numbers, providers, services, regions, starts, lengths, *counted = columns
        if lengths.count(lengths[0]) < len(lengths):
            return False
        heads = self._known.heads_of(providers, services, regions, lengths)
        if heads is None:
            return False
        length = Granularity(int(lengths[0]))
        met = self._known.starts[length]
        try:
            texts = met.texts_of(starts)
        except UnusableRow:
            return False
        lines = list(map(_TAB.join, zip(heads, texts, *counted, strict=True)))
        days = list(
            zip(map(self._known.days.__getitem__, heads), map(met.days.__getitem__, starts), strict=True)
        )
        ways = self._ways(set(days), length)
        if len(set(ways.values())) == 1:
            self._send(ways[days[0]], lines, numbers, batch)
            return True
        rows = list(rows_of(batch))
        for way in set(ways.values()):
            chosen = [ways[day] is way for day in days]
            its_lines, its_numbers, its_rows = (
                list(compress(column, chosen)) for column in (lines, numbers, rows)
            )
            self._send(way, its_lines, its_numbers, RowBatch(its_rows))
        return True

    def _send(self, way: Way, lines: list[str], numbers: Sequence[int], batch: Batch) -> None:
        if way is Way.STRAIGHT:
            self._straight.add(lines, batch)
        elif way is Way.MERGED:
            self._wait(lines, numbers, batch)
        else:
            for row in rows_of(batch):
                self._rejects.add(row, self._mixed(row))

    def _take_alone(self, row: RawRow) -> None:
        """Keep a row aside whose names are not known, or reject it."""
        try:
            check_names(row.service, row.region)
            _check_provider(row.provider)
            length = bucket_length(row.granularity)
            starts_at = bucket_start(row.starts_at, length, now=self._now)
            counted = counts(row[6:])
        except UnusableRow as reason:
            self._rejects.add(row, reason)
            return
        self._known.starts[length].span(starts_at)
        meaning = self._known.names.meaning(row.provider, row.service, row.region)
        self._asides.add(row, meaning, starts_at=starts_at, granularity=length, counted=counted)

    def _ways(self, days: set[tuple[Days, int]], length: Granularity) -> dict[tuple[Days, int], Way]:
        """Return where the rows of each day go, whose months are there then."""
        months = {month_of(day_of(number)) for number in {number for _service, number in days}}
        if not months <= self._months:
            self._pause()
            make_partitions(months)
            self._months |= months
        ways = {(service, number): service.way(number, length) for service, number in days}
        if self._goes_straight:
            return ways
        return {day: Way.MERGED if way is Way.STRAIGHT else way for day, way in ways.items()}

    def _wait(self, lines: list[str], numbers: Sequence[int], batch: Batch) -> None:
        self._waiting.append((_numbered(lines, numbers), batch))
        self._waiting_count += len(lines)

    def _usable(self, rows: list[RawRow]) -> tuple[list[str], list[RawRow]]:
        """Return the lines of rows that can be taken, with counts as we write them, and the rows; reject the others."""
        lines, usable = [], []
        for row in rows:
            try:
                counted = counts(row[6:])
            except UnusableRow as reason:
                self._rejects.add(row, reason)
                continue
            texts = ("" if count is None else str(count) for count in counted)
            head = self._known.head_of(row)
            starts_at = bucket_start(row.starts_at, bucket_length(row.granularity), now=self._now)
            lines.append(_TAB.join((head, f"{starts_at:%Y-%m-%dT%H:%M:%SZ}", *texts)))
            usable.append(row)
        return lines, usable

    def _is_much_held(self) -> bool:
        return (
            self._straight.is_full
            or self._waiting_count >= copying.ROWS_OF_A_BLOCK
            or self._rejects.are_many
            or self._asides.are_many
        )

    def _pause(self) -> None:
        """End what is being copied, and write what is held; then the database can be asked for something else."""
        refused = self._straight.close()
        if refused:
            self._look_closer(refused)
        if self._waiting:
            self._put_waiting()
        self._rejects.write()
        self._asides.write()

    def _look_closer(self, refused: list[RawRow]) -> None:
        """Write the rows of a block that was refused, without those that cannot be taken."""
        lines, usable = self._usable(refused)
        if not lines:
            return
        batch = RowBatch(usable)
        self._straight.add(lines, batch)
        if self._straight.close():
            # A bucket is in the file twice. From here on every row waits, so that the first of the two is known.
            self._goes_straight = False
            self._wait(lines, [row.line for row in usable], batch)

    def _put_waiting(self) -> None:
        merging.make_table()
        self._are_met = True
        with BlockCopy(merging.MET_TABLE, (*_COLUMNS, "line")) as copy:
            for lines, batch in self._waiting:
                copy.add(lines, batch)
            refused = copy.close()
            if refused:
                lines, usable = self._usable(refused)
                if lines:
                    copy.add(_numbered(lines, [row.line for row in usable]), RowBatch(usable))
                left = copy.close()
                assert not left, "what was looked at one by one can be written"
        self._waiting, self._waiting_count = [], 0

    def _mixed(self, row: RawRow) -> str:
        length = bucket_length(row.granularity)
        number = self._known.starts[length].days[row.starts_at]
        told = self._known.days[self._known.head_of(row)].told_by(number).label.lower()
        return (
            f"Further up, {day_of(number)} of this service is told by {told}, and this row is of a whole "
            f"{length.label.lower()}. Put what is told by {length.label.lower()} into a file of its own."
        )


def _numbered(lines: list[str], numbers: Sequence[int]) -> list[str]:
    return [f"{line}\t{number}" for line, number in zip(lines, numbers, strict=True)]


def _check_provider(text: str) -> None:
    if text and text not in Provider.values:
        known = ", ".join(Provider.values)
        msg = f"The provider is “{shown(text)}”. It is one of {known}, or empty for the service's own."
        raise UnusableRow(msg)
