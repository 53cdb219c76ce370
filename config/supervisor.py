"""Runs web, worker and beat together on one machine: `python -m config.supervisor demo|serve`.

`demo` loads the demonstration foundation into an empty database first. The supervisor owns the
embedded PostgreSQL server, when there is no DATABASE_URL, and its children only connect. It stops
what it started, in order, and nothing else.
"""

import argparse
import fcntl
import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

import psutil

from config import postgres, probe

if TYPE_CHECKING:
    from config.environment import Environment

_ROOT = Path(__file__).resolve().parent.parent
_HEALTHY_AFTER = 30.0  # seconds a child must run for its earlier failures to be forgotten
_MOST_FAILURES = 5
_STOP_SECONDS = 20.0
_START_SECONDS = 60.0
_OTHER_PORTS = (8001, 8002)
_HIGHEST_PORT = 65_535


class CannotRunError(Exception):
    """The message is a sentence for a person to act on."""


@dataclass
class Child:
    """One long-running process, in a process group of its own."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[str] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = math.inf
    reader: threading.Thread | None = field(default=None, repr=False)


class Supervisor:
    """Starts the children, keeps them running and stops them."""

    def __init__(self, *, children: list[Child], record: Path, variables: dict[str, str]) -> None:
        self.children = children
        self.record = record
        self.variables = variables
        self.stop_asked = threading.Event()
        self.hurry = threading.Event()

    def ask_to_stop(self, *_: object) -> None:
        """Handle a signal: the first asks everything to end, the second does not wait for it."""
        if self.stop_asked.is_set():
            self.hurry.set()
        self.stop_asked.set()

    def prepare(self, *, demo: bool) -> str:
        """Bring the database up to date and return the list of accounts, if any."""
        command = [sys.executable, "-m", "config.prepare", *(["--demo"] if demo else [])]
        process = self._spawn(command, stderr=None)
        self._note([process, *(each.process for each in self.children if each.process)])
        while True:
            try:
                said, _ = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if self.stop_asked.is_set():
                    _ask_to_end(process)
                    _await_end(process, self.hurry)
        if process.returncode and not self.stop_asked.is_set():
            raise CannotRunError(
                "Bursar cannot start, because preparing its database failed; the reason is above."
            )
        return said

    def start(self, child: Child) -> None:
        child.process = self._spawn(child.command)
        child.started_at = time.monotonic()
        child.start_again_at = math.inf
        child.reader = threading.Thread(target=_repeat, args=(child.name, child.process.stdout), daemon=True)
        child.reader.start()
        self._note(each.process for each in self.children if each.process)

    def _note(self, processes: Iterable[subprocess.Popen[str]]) -> None:
        """Leave a note of what runs, for the next supervisor to end if this one is killed."""
        running = [psutil.Process(process.pid) for process in processes]
        self.record.write_text(json.dumps([[process.pid, process.create_time()] for process in running]))

    def watch(self) -> None:
        """Start again whoever ended; raises CannotRunError when one does not stay up."""
        for child in self.children:
            now = time.monotonic()
            if child.process is not None and _has_ended(child.process):
                code = _bury(child.process)
                child.process = None
                if now - child.started_at > _HEALTHY_AFTER:
                    child.failures = 0
                child.failures += 1
                if child.failures >= _MOST_FAILURES:
                    raise CannotRunError(
                        f"The {child.name} process ended {child.failures} times in a row, so everything is being "
                        "stopped; what it said last is above."
                    )
                wait = 2.0 ** (child.failures - 1)
                child.start_again_at = now + wait
                say(f"{child.name} ended ({_ending(code)}); starting it again in {wait:.0f} s.")
            elif child.process is None and now >= child.start_again_at:
                self.start(child)

    def stop(self) -> None:
        """Ask the children to end, the last started first; whoever does not end by itself is killed."""
        running = [child.process for child in reversed(self.children) if child.process]
        for process in running:
            _ask_to_end(process)
        for process in running:
            _await_end(process, self.hurry)
        for child in self.children:
            child.process = None
            if child.reader is not None:
                child.reader.join(timeout=2)
        self.record.unlink(missing_ok=True)

    def _spawn(
        self, command: Sequence[str], *, stderr: int | None = subprocess.STDOUT
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**os.environ, **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            process_group=0,  # Ctrl-C in the terminal reaches the supervisor only
        )


def say(line: str) -> None:
    with suppress(OSError):  # nobody is listening any more, which is no reason to stop
        print(line, flush=True)


def _repeat(name: str, stream: TextIO) -> None:
    with stream:
        for line in stream:
            say(f"{name:>6} | {line.rstrip()}")


def _ending(code: int) -> str:
    return f"exit {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _has_ended(process: subprocess.Popen[str]) -> bool:
    """Look without reaping, so that the number stays the process's own and its group can be named by it."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _bury(process: subprocess.Popen[str]) -> int:
    """Kill what the process left in its group, or itself, and return how it ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _ask_to_end(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGTERM)


def _await_end(process: subprocess.Popen[str], hurry: threading.Event) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while not _has_ended(process) and time.monotonic() < deadline and not hurry.wait(0.05):
        pass
    _bury(process)


def _claim(data_dir: Path) -> TextIO:
    """Return the open lock file that marks the data folder as being run by this process."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        claim = (data_dir / "supervisor.lock").open("a")
    except OSError as error:
        raise CannotRunError(
            f"Bursar cannot write in {data_dir} ({error}): set BURSAR_DATA_DIR to another folder."
        ) from error
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.close()
        raise CannotRunError(
            f"Bursar is already running on the data in {data_dir}: stop it first, or set BURSAR_DATA_DIR to "
            "another folder."
        ) from None
    return claim


def _end_left_overs(record: Path) -> None:
    """End the children of an earlier supervisor that was killed, known by number and time of birth."""
    try:
        left_over = [(int(pid), float(born)) for pid, born in json.loads(record.read_text())]
    except (FileNotFoundError, ValueError, TypeError):
        return
    family = []
    for pid, born in left_over:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.create_time() == born:
                family += [process, *process.children(recursive=True)]
                process.terminate()
    _, alive = psutil.wait_procs(family, timeout=_STOP_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    record.unlink()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotRunError(
                f"Port {port} cannot be used ({error.strerror}): stop what uses it, or choose another, for "
                f"example `make demo PORT={_OTHER_PORTS[0] if port != _OTHER_PORTS[0] else _OTHER_PORTS[1]}`."
            ) from error


def _children(port: int, data_dir: Path) -> list[Child]:
    # Celery minds root because of pickled messages; Bursar's are JSON.
    calm = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [sys.executable, *calm, "-m", "celery", "--app=config", "--quiet"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Child(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi", "--preload"),
                *(f"--bind=127.0.0.1:{port}", "--workers=2", "--threads=4"),
                *("--graceful-timeout=10", "--no-control-socket", "--log-level=warning"),
            ],
        ),
        Child("worker", [*celery, "worker", "--concurrency=2", *quiet]),
        Child("beat", [*celery, "beat", f"--schedule={data_dir / 'beat-schedule'}", "--pidfile="]),
    ]


def _serve(supervisor: Supervisor, environment: "Environment", *, demo: bool) -> None:
    """Prepare the database, run the children until somebody asks to stop."""
    web, *others = supervisor.children
    # It reads its code while the database is looked at; nobody is told the address before both are done.
    supervisor.start(web)
    accounts = supervisor.prepare(demo=demo)
    if supervisor.stop_asked.is_set():
        return
    host = urlsplit(environment.base_url).netloc
    deadline = time.monotonic() + _START_SECONDS
    while not supervisor.stop_asked.is_set() and not probe.answers(environment.port, host):
        supervisor.watch()
        if time.monotonic() > deadline:
            raise CannotRunError(
                f"The web process runs but has not answered for {_START_SECONDS:.0f} seconds; what it said is above."
            )
        supervisor.stop_asked.wait(0.1)
    if not supervisor.stop_asked.is_set():
        for child in others:
            supervisor.start(child)
        say(f"\nBursar is running at {environment.base_url} (Ctrl-C stops it).\n\n{accounts}".rstrip() + "\n")
    while not supervisor.stop_asked.wait(0.5):
        supervisor.watch()


def run(*, demo: bool) -> None:
    """Run until a signal asks to stop; raises CannotRunError or EmbeddedServerError."""
    if demo:
        os.environ.setdefault("BURSAR_MODE", "demo")
        os.environ.setdefault("REQUIRE_SECOND_FACTOR", "false")
        os.environ.setdefault("LOG_LEVEL", "WARNING")
    port = os.environ.get("PORT") or "8000"
    if port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT:  # another is refused by its own name
        os.environ.setdefault("BASE_URL", f"http://localhost:{port}")
    from config.environment import environment

    data_dir = environment.data_dir
    supervisor = Supervisor(
        children=_children(environment.port, data_dir),
        record=data_dir / "supervisor.json",
        variables={"PYTHONUNBUFFERED": "1"},
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.ask_to_stop)
    with _claim(data_dir):
        _end_left_overs(supervisor.record)
        _check_port(environment.port)
        with postgres.serving(environment.database_url, data_dir) as address:
            supervisor.variables["DATABASE_URL"] = address
            try:
                _serve(supervisor, environment, demo=demo)
            finally:
                supervisor.stop()
    say(f"Bursar has stopped; its data stays in {data_dir}.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.supervisor", description=__doc__)
    parser.add_argument("what", choices=["demo", "serve"])
    try:
        run(demo=parser.parse_args().what == "demo")
    except (CannotRunError, postgres.EmbeddedServerError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
