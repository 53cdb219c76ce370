"""COPY of rows as text, a block at a time; a block that cannot be written is handed back for a closer look."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from typing import Any, Self

import psycopg
from django.db import connection, transaction

from sponsors.inkind.formats.rows import Batch, RawRow, rows_of

ROWS_OF_A_BLOCK = 40_000
# Whatever else stands in a line (a backslash, a blank, a letter) COPY might read as something else.
_PLAIN = b"0123456789TZ:-\t\n"


class _NotAsWritten(Exception):
    """The lines are not plain, or not as many as the rows."""


class BlockCopy:
    """A COPY into one table that goes on while rows are read: the database writes some while we read the next.

    Nothing else can be asked of the connection between the first line and `close`. As a context it lets go of what
    is under way when reading ends with an error.
    """

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self._statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (NULL '')"
        self._kept: list[Batch] = []
        self._count = 0
        self._open: ExitStack | None = None
        self._cursor: Any = None
        self._copy: Any = None
        self._is_plain = True
        self.written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._open is not None:
            self._open.__exit__(*error)  # type: ignore[arg-type]  # as it was given to us

    @property
    def is_full(self) -> bool:
        return self._count >= ROWS_OF_A_BLOCK

    def add(self, lines: Sequence[str], batch: Batch) -> None:
        """Write lines; the batch that they are of is kept until it is certain that they were written."""
        self._kept.append(batch)
        self._count += len(lines)
        piece = ("\n".join(lines) + "\n").encode(errors="replace")
        if piece.translate(None, _PLAIN):
            self._is_plain = False
        if self._is_plain:
            self._begun()
            self._copy.write(piece)

    def close(self) -> list[RawRow]:
        """End the block. Returns its rows when they cannot be written; then none of them is."""
        kept, count = self._kept, self._count
        if not count:
            return []
        try:
            with self._begun():
                pass
        except (_NotAsWritten, psycopg.DataError, psycopg.IntegrityError):
            return list(chain.from_iterable(map(rows_of, kept)))
        finally:
            self._kept, self._count, self._open, self._is_plain = [], 0, None, True
        self.written += count
        return []

    def _begun(self) -> ExitStack:
        """Return what ends the COPY, and undoes it when it met an error; begin it at the first call."""
        if self._open is None:
            self._open = ExitStack()
            self._open.enter_context(transaction.atomic())
            self._cursor = self._open.enter_context(connection.cursor())
            self._open.push(self._check)
            self._copy = self._open.enter_context(self._cursor.copy(self._statement))
        return self._open

    def _check(self, kind: type[BaseException] | None, *_: Any) -> None:
        if kind is None and not (self._is_plain and self._cursor.rowcount == self._count):
            raise _NotAsWritten
