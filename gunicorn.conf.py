"""Gunicorn reads this by itself from the folder it is started in: every web process looks after the periodic jobs.

Here and not where the application is loaded: with `--preload` that is a process which forks, and threads stay behind.
"""

from typing import Any


def post_worker_init(_worker: Any) -> None:
    from foundation.health.watch import Watch

    Watch().start()
