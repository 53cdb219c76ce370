"""How far an import is, saved so that others see it while the import's transaction is still open."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from foundation.imports.rules import LEASE

_EVERY_SECONDS = 0.5


class Progress:
    """Saves by a connection of its own: what the import's transaction writes is seen by nobody yet.

    `table` and `key` are where it saves, for other work that is watched in the same way.
    """

    table = "foundation_importprogress"
    key = "run_id"

    def __init__(self, run_id: int, lease: timedelta = LEASE) -> None:
        self._run_id = run_id
        self._lease = lease
        self._connection = connection.copy()
        self._saved = time.monotonic()
        self.done = 0
        self.total = 0

    def begin(self, total: int) -> None:
        self.done, self.total = 0, total
        self._save()

    def tell(self, done: int) -> None:
        """Say how many rows are done; saved twice a second and at the end, which also renews the worker's lease."""
        self.done = done
        if done >= self.total or time.monotonic() - self._saved >= _EVERY_SECONDS:
            self._save()

    def _save(self) -> None:
        self._saved = time.monotonic()
        with self._connection.cursor() as cursor:
            statement = SQL("UPDATE {} SET done = %s, total = %s, leased_until = %s WHERE {} = %s").format(
                Identifier(self.table), Identifier(self.key)
            )
            cursor.execute(statement, [self.done, self.total, timezone.now() + self._lease, self._run_id])

    def close(self) -> None:
        self._connection.close()


@contextmanager
def progress_of(run_id: int) -> Iterator[Progress]:
    progress = Progress(run_id)
    try:
        yield progress
    finally:
        progress.close()
