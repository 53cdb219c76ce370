"""Brings the database up to date before Bursar serves: `python -m config.prepare [--demo]`.

One process, because loading Django is what takes the time. Progress goes to standard error;
standard output is the list of the demonstration's accounts.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django

from config.environment import Mode, environment

_PREPARING = 0x42757273  # "Burs": any number that nothing else locks


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look seldom for what could be thrown away, and once at the end.

    Migrating makes all models anew for each migration; to look through them and all that is loaded again and again
    took a fifth of its time.
    """
    often = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()
        gc.collect()


def prepare(*, demo: bool) -> None:
    """Migrate when something is to be migrated, gather static files for production, load the demonstration."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        # Two that prepare one database take turns; the lock goes with the connection. Nobody waits at a screen.
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_PREPARING])
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Migrating the database …", file=sys.stderr, flush=True)
        with _seldom_collected():
            call_command("migrate", verbosity=0, interactive=False)
    if environment.bursar_mode is Mode.PRODUCTION:
        call_command("collectstatic", verbosity=0, interactive=False)
    if demo:
        from foundation.books.models import Organization

        if not Organization.objects.exists():
            print("Loading the demonstration …", file=sys.stderr, flush=True)
            call_command("load_demo", if_empty=True, stdout=sys.stderr)
        call_command("load_demo", accounts=True)


if __name__ == "__main__":
    prepare(demo="--demo" in sys.argv[1:])
