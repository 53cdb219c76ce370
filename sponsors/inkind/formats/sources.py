"""The bytes of a file of usage, plain or unpacked as they are read, and never more than may be."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from sponsors.inkind.formats.rows import UsageRefused

GIGABYTE = 1000**3
# More than five years by the hour, of a hundred services in ten regions.
MOST_ROWS = 50_000_000
# What a packed file may unpack to: in all, and by how much more than it is, once that is more than a little.
LARGEST_UNPACKED = 20 * GIGABYTE
LARGEST_RATIO = 200
A_LITTLE = 16_000_000
LONGEST_LINE = 100_000
# Larger ones are slower: what is made of a block no longer fits into the cache of a processor.
_BLOCK = 1 << 16
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Source:
    """Reads the file's own bytes, unpacked when it is gzipped, and says how much of the file is read."""

    def __init__(self, file: BinaryIO, *, size: int, on_progress: Callable[[int], None]) -> None:
        self._file = file
        self._size = size
        self._on_progress = on_progress
        file.seek(0)
        self._is_packed = file.read(2) == _GZIP
        self.rewind(tell=False)

    def rewind(self, *, tell: bool) -> None:
        """Begin anew; `tell`: this time the progress is to be seen."""
        self._file.seek(0)
        self._tells = tell
        self._unpacked = 0
        # It unpacks no more than it is asked for.
        self._stream = (
            cast("BinaryIO", gzip.GzipFile(fileobj=self._file, mode="rb")) if self._is_packed else self._file
        )

    def read(self, most: int) -> bytes:
        """Return the next bytes, none at the end. Raises UsageRefused for what is damaged or unpacks to too much."""
        try:
            block = self._stream.read(most)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            msg = "The gzip file is damaged or ends early. Fetch or pack it again."
            raise UsageRefused(msg, code="gzip_damaged") from error
        self._unpacked += len(block)
        if self._is_packed:
            self._check_unpacked()
        if self._tells:
            self._on_progress(min(self._file.tell(), self._size))
        return block

    def _check_unpacked(self) -> None:
        swells = self._unpacked > max(A_LITTLE, LARGEST_RATIO * self._size)
        if swells or self._unpacked > LARGEST_UNPACKED:
            msg = (
                f"The gzip file unpacks to more than {self._unpacked / 1e6:,.0f} MB from {self._size / 1e6:,.1f} MB, and is "
                f"not read further. At most {LARGEST_UNPACKED // GIGABYTE} GB, and {LARGEST_RATIO} times its size, can "
                "be taken: split the file, or send it unpacked."
            )
            raise UsageRefused(msg, code="gzip_too_large")

    def blocks(self, *, tell: bool = True) -> Iterator[bytes]:
        """Yield all of it from the beginning, without a mark of the byte order."""
        self.rewind(tell=tell)
        block = self.read(_BLOCK)
        yield block.removeprefix(_BYTE_ORDER_MARK)
        while block:
            block = self.read(_BLOCK)
            yield block

    def head(self, most: int = 4096) -> bytes:
        """Return the first bytes, without a mark of the byte order."""
        self.rewind(tell=False)
        return self.read(most).removeprefix(_BYTE_ORDER_MARK)

    def lines(self, *, tell: bool = True) -> Iterator[list[str]]:
        """Yield the lines in bunches, without their ends. Raises UsageRefused for one that is too long or no text."""
        rest, number = b"", 1
        for block in self.blocks(tell=tell):
            whole, newline, tail = block.rpartition(b"\n")
            if not newline:
                rest += block
                _check_length(len(rest), number)
                continue
            lines = _decoded(rest + whole, number).split("\n")
            rest = tail
            if max(map(len, lines)) > LONGEST_LINE:
                at = next(index for index, line in enumerate(lines) if len(line) > LONGEST_LINE)
                _check_length(len(lines[at]), number + at)
            number += len(lines)
            yield lines
        if rest:
            _check_length(len(rest), number)
            yield [_decoded(rest, number)]


def _decoded(block: bytes, number: int) -> str:
    try:
        text = block.decode()
    except UnicodeDecodeError as error:
        line = number + block.count(b"\n", 0, error.start)
        msg = f"Line {line:,} is not text in UTF-8. Save the file as CSV or JSON in UTF-8."
        raise UsageRefused(msg, code="not_utf8", line=line) from error
    if "\0" in text:
        line = number + text.count("\n", 0, text.index("\0"))
        msg = f"Line {line:,} holds a zero byte, which no text does. Fetch the file again."
        raise UsageRefused(msg, code="not_text", line=line)
    return text


def _check_length(length: int, number: int) -> None:
    if length > LONGEST_LINE:
        msg = f"Line {number:,} is longer than {LONGEST_LINE:,} characters, which no row is. Fetch the file again."
        raise UsageRefused(msg, code="line_too_long", line=number)


def check_count(count: int, most: int) -> None:
    """Raise UsageRefused when there are more rows than may be."""
    if count > most:
        msg = f"The file has more than {most:,} rows. Send it in parts."
        raise UsageRefused(msg, code="too_many_rows", line=most + 1)
