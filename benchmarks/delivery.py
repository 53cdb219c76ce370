"""Mail that survives: `python -m benchmarks.delivery` kills workers while they send, and counts what arrived.

Two real workers (Celery, with two processes each as in production) and a real beat work on due notices through a
real broker and send to a real SMTP server on this computer, which counts Message-IDs. At random points of
progress one of the workers gets `kill -9`, with all of its processes or with one of them, while it talks to
the mail server, and is started again. Two things are quicker than in production, by a setting and by the
schedule: a lease lasts seconds instead of ten minutes (DELIVERY_LEASE_SECONDS), and beat wakes the sender
every second instead of every minute. The broker is CELERY_BROKER_URL, or the embedded one, over files.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psutil
from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
PROCESSES = 2  # of each worker
# As it is run for real, apart from the pace.
BEAT = """
import sys
from config import celery_app
kept = celery_app.conf.beat_schedule["deliver-notices"]
celery_app.conf.beat_schedule = {"deliver-notices": {**kept, "schedule": 1.0}}
celery_app.start(["beat", f"--schedule={sys.argv[1]}", "--pidfile=", "--max-interval=1"])
"""


class CountingServer:
    """Takes every mail, in the time a mail server may need, and counts under which Message-ID."""

    seconds_a_mail = 0.02

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:  # noqa: ARG002, N802  # aiosmtpd asks for these names
        import asyncio

        await asyncio.sleep(self.seconds_a_mail)
        assert isinstance(envelope.content, bytes)
        self.taken[BytesHeaderParser().parsebytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


@dataclass
class Worker:
    """One worker that is started again whenever it was killed."""

    name: str
    environment: dict[str, str]
    said: Any
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = [sys.executable, "-m", "celery", "--app=config", "worker", f"--concurrency={PROCESSES}"]
        self.process = _spawn([*command, f"--hostname={self.name}@%h"], self.environment, self.said)

    def talking(self, port: int) -> list[psutil.Process]:
        """Return its processes that talk to the mail server at this moment."""
        assert self.process is not None
        found = []
        with suppress(psutil.Error):
            for process in psutil.Process(self.process.pid).children(recursive=True):
                peers = [each.raddr for each in process.net_connections(kind="tcp4") if each.raddr]
                if any(peer.port == port for peer in peers):
                    found.append(process)
        return found

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Report:
    """What was sent, what was killed and what arrived."""

    broker: str
    notices: int
    lease_seconds: int
    whole_workers: int = 0
    single_processes: int = 0
    seconds: float = 0.0
    sent: int = 0
    attempts: int = 0
    cut_short: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        return self.whole_workers + self.single_processes

    @property
    def lost(self) -> set[str]:
        return self.wanted - set(self.taken)

    @property
    def repeated(self) -> set[str]:
        return {message_id for message_id, times in self.taken.items() if times > 1}

    def failures(self) -> list[str]:
        """Return a sentence for everything that is not as promised."""
        problems = {
            f"{self.notices - self.sent} notices are not marked as sent": self.sent != self.notices,
            f"{len(self.lost)} notices were lost": bool(self.lost),
            "mail arrived that nobody wrote": bool(set(self.taken) - self.wanted),
            "a notice was repeated that was not in flight at a kill": bool(self.repeated - self.cut_short),
            "more attempts were cut short than processes were killed": len(self.cut_short)
            > PROCESSES * self.whole_workers + self.single_processes,
        }
        return [sentence for sentence, is_so in problems.items() if is_so]

    def __str__(self) -> str:
        repeats = sum(self.taken.values()) - len(self.taken)
        rows = {
            "broker": self.broker,
            "notices due": self.notices,
            "kill -9": f"{self.kills} ({self.whole_workers} of a whole worker, {self.single_processes} of one process)",
            "attempts": self.attempts,
            "cut short by a kill": len(self.cut_short),
            "mails the server took": sum(self.taken.values()),
            "notices delivered": len(self.wanted & set(self.taken)),
            "lost": len(self.lost),
            "repeated under the same Message-ID": f"{repeats}, each in flight at a kill",
            "lease": f"{self.lease_seconds} s",
            "took": f"{self.seconds:.1f} s",
        }
        if self.repeated - self.cut_short:
            rows["repeated under the same Message-ID"] = f"{repeats}, NOT ALL in flight at a kill"
        return "\n".join(f"{name:<36}{value}" for name, value in rows.items())


def prove(*, notices: int, kills: int, lease: int, broker: str, folder: Path, seed: int) -> Report:
    """Queue the notices in the current database, kill while they are sent, and report when all are or time is up."""
    from foundation.notices.models import DeliveryAttempt, Notice

    report = Report(broker or "files (embedded)", notices, lease)
    report.wanted = _queue(notices)
    chance = random.Random(seed)  # noqa: S311  # repeatable, guards nothing
    server = CountingServer()
    with ExitStack() as stack:
        port = stack.enter_context(_serving(server))
        said = stack.enter_context((folder / "said.txt").open("w"))
        environment = _environment(broker, folder, lease, port)
        workers = [Worker(f"worker{number}", environment, said) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
            stack.callback(worker.kill)
        beat = _spawn([sys.executable, "-c", BEAT, str(folder / "beat-schedule")], environment, said)
        stack.callback(beat.wait)
        stack.callback(os.killpg, beat.pid, signal.SIGKILL)
        started = time.monotonic()
        # From the first mail on until nearly all are sent.
        for progress in sorted(chance.sample(range(1, notices * 9 // 10), kills)):
            _await(lambda at=progress: len(server.taken) >= at, 120, folder)
            _kill_one(workers, port, chance, report)
        sent = Notice.objects.filter(message_id__in=report.wanted, state="sent")
        _await(lambda: sent.count() == notices, 60 + 4 * lease, folder)
        report.seconds = time.monotonic() - started
    report.sent = sent.count()
    report.taken = server.taken
    attempts = DeliveryAttempt.objects.filter(notice__message_id__in=report.wanted)
    report.attempts = attempts.count()
    report.cut_short = set(attempts.filter(finished_at=None).values_list("notice__message_id", flat=True))
    return report


def _kill_one(workers: list[Worker], port: int, chance: random.Random, report: Report) -> None:
    """Kill one that talks to the mail server, at a random moment of what it does with a notice."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        worker = chance.choice(workers)
        talking = worker.talking(port)
        if not talking:
            time.sleep(0.001)
            continue
        # Before, while and after the server answers; before and after the outcome is written.
        time.sleep(chance.uniform(0, 0.04))
        if chance.random() < 0.25:
            talking[0].kill()  # the worker starts another in its place
            report.single_processes += 1
        else:
            worker.kill()
            worker.start()
            report.whole_workers += 1
        return
    raise TimeoutError("No worker talks to the mail server.")


def _queue(notices: int) -> set[str]:
    """Write the notices as the services do, without waking anybody: beat does."""
    from unittest import mock

    from foundation.notices.services import queue_notice

    with mock.patch("foundation.notices.tasks.wake_sender"):
        return {
            queue_notice(
                actor=None,
                kind="proof",
                key=f"proof:{number}",
                recipient=f"person{number}@foundation.example",
                subject=f"Notice {number}",
                template="invitation",
                context={
                    "name": "Niamh O'Neill",
                    "invited_by": "Ada",
                    "roles": "Finance",
                    "address": "http://localhost/",
                },
            ).message_id
            for number in range(notices)
        }


@contextmanager
def _serving(server: CountingServer) -> Iterator[int]:
    import logging
    import socket

    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def _environment(broker: str, folder: Path, lease: int, port: int) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "CELERY_BROKER_URL"}
    return {
        **inherited,
        **({"CELERY_BROKER_URL": broker} if broker else {}),
        "BURSAR_MODE": "development",
        "BURSAR_DATA_DIR": str(folder),
        "DATABASE_URL": _address_of_database(),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DELIVERY_LEASE_SECONDS": str(lease),
        "LOG_LEVEL": "WARNING",
    }


def _address_of_database() -> str:
    from django.db import connection

    used = connection.settings_dict
    account = f"{quote(used['USER'])}:{quote(used['PASSWORD'])}" if used["PASSWORD"] else quote(used["USER"])
    return (
        f"postgresql://{account}@:{used['PORT'] or 5432}/{used['NAME']}?{urlencode({'host': used['HOST']})}"
    )


def _spawn(command: list[str], environment: dict[str, str], said: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # programs of our own
        command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT, process_group=0
    )


def _await(is_so: Any, seconds: float, folder: Path) -> None:
    """Wait until it is so. What is not so in time shows in the report, unless nothing moves at all."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            print((folder / "said.txt").read_text()[-3000:], file=sys.stderr)
            return
        time.sleep(0.01)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--notices", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--lease", type=int, default=15, help="seconds (default 15; 600 in production)")
    parser.add_argument("--seed", type=int, default=20261126, help="of the random moments")
    parser.add_argument("--broker", default=os.environ.get("CELERY_BROKER_URL", ""), help="files when empty")
    asked = parser.parse_args()
    os.environ["BURSAR_MODE"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    data_dir = ROOT / ".data" / "test"
    os.environ["BURSAR_DATA_DIR"] = str(data_dir)
    os.environ.pop("CELERY_BROKER_URL", None)
    from config import postgres

    with (
        postgres.serving(os.environ.get("DATABASE_URL"), data_dir, durable=False) as address,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ["DATABASE_URL"] = address
        import django

        django.setup()
        from benchmarks.__main__ import in_a_database_of_its_own

        asked_for = {name: getattr(asked, name) for name in ("notices", "kills", "lease", "seed", "broker")}
        report = in_a_database_of_its_own("bursar_proof", partial(prove, **asked_for, folder=Path(folder)))
    print(report)
    for failure in report.failures():
        print(f"NOT AS PROMISED: {failure}")
    return 1 if report.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
