"""One at a time, on whichever machine: jobs that must not run beside themselves."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Keeps these locks apart from those that other parts take on numbers of their own.
_JOBS = 72_617_002


@contextmanager
def only_one(job: str) -> Iterator[bool]:
    """Hold the job's lock for the time of the block, and say whether it was got: who did not get it leaves.

    It is held by the connection, so that it is given back when a worker dies, and it is no transaction's: the
    job may have many.
    """
    number = int.from_bytes(hashlib.sha256(job.encode()).digest()[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_JOBS, number])
        got: bool = cursor.fetchone()[0]
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_JOBS, number])
