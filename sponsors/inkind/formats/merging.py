"""Counts that belong to one bucket and stand anywhere in a file, put together in little memory."""

import csv
import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import Self

Key = tuple[str, str, str, str]
Counts = tuple[str | None, str | None]
Entry = tuple[int, Key, Counts]

# More buckets than these are put aside on disk, sorted, and merged at the end.
_MOST_IN_MEMORY = 100_000


def total(first: str | None, second: str | None) -> str | None:
    """Return the sum of two counts; what is no count stays, so that its bucket is rejected."""
    if first is None or second is None:
        return first if second is None else second
    for text in (first, second):
        if not (text.isascii() and text.isdecimal()):
            return text
    return str(int(first) + int(second))


def _sum(first: Counts, second: Counts) -> Counts:
    return total(first[0], second[0]), total(first[1], second[1])


class Sums:
    """The sums by bucket; `line` of a bucket is the first at which it was met."""

    def __init__(self, most_in_memory: int = _MOST_IN_MEMORY) -> None:
        self._most = most_in_memory
        self._here: dict[Key, tuple[int, Counts]] = {}
        self._files: list[tempfile.SpooledTemporaryFile[str]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, line: int, key: Key, which: int, count: str) -> None:
        """Add a count to a bucket, as the first or the second of its two."""
        counts: Counts = (count, None) if which == 0 else (None, count)
        there = self._here.get(key)
        self._here[key] = (line, counts) if there is None else (there[0], _sum(there[1], counts))
        if len(self._here) >= self._most:
            self._put_aside()

    def _sorted(self) -> Iterator[Entry]:
        return ((line, key, counts) for key, (line, counts) in sorted(self._here.items()))

    def _put_aside(self) -> None:
        # Each is open until all are merged; ten million buckets make a hundred.
        file = tempfile.SpooledTemporaryFile(max_size=1, mode="w+", newline="", encoding="utf-8")  # noqa: SIM115  # closed by the stack
        self._stack.enter_context(file)
        csv.writer(file).writerows(
            (line, *key, *("" if count is None else f"={count}" for count in counts))
            for line, key, counts in self._sorted()
        )
        self._files.append(file)
        self._here = {}

    def merged(self) -> Iterator[Entry]:
        """Yield every bucket once, in the order of their keys."""
        runs: list[Iterable[Entry]] = [self._sorted(), *map(_read, self._files)]
        for key, entries in groupby(heapq.merge(*runs, key=_key), _key):
            (line, _key_again, counts), *more = entries
            for other, _key_too, added in more:
                line, counts = min(line, other), _sum(counts, added)
            yield line, key, counts


def _key(entry: Entry) -> Key:
    return entry[1]


def _read(file: "tempfile.SpooledTemporaryFile[str]") -> Iterator[Entry]:
    file.seek(0)
    for line, service, starts_at, granularity, region, size, requests in csv.reader(file):
        yield int(line), (service, starts_at, granularity, region), (_count(size), _count(requests))


def _count(cell: str) -> str | None:
    return cell[1:] if cell else None
