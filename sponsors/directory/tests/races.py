"""Several people pressing buttons at the same moment: real threads, real transactions."""

from threading import Barrier, Thread
from time import sleep

from django.db import connection


def at_once(*works):
    """Run each work in a thread of its own with its own connection; return what each raised or gave."""
    start = Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(number, work):
        start.wait()
        try:
            results[number] = work()
        except Exception as error:  # noqa: BLE001  # handed to the test, which looks at it
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def wait_until_somebody_waits():
    """Return once another transaction waits for a lock that this one holds."""
    with connection.cursor() as cursor:
        for _ in range(300):
            # Not pg_stat_activity: in a transaction that shows who was there when it was first asked.
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
            sleep(0.02)
    msg = "Nobody waits."
    raise TimeoutError(msg)
