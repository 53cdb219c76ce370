"""A real worker and a real beat, over files and over a broker: what is scheduled is done and recorded."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from foundation.health.jobs import HEARTBEAT
from foundation.health.models import JobRun

# Worker and beat are killed before they could say what they ran.
pytestmark = pytest.mark.usefixtures("programs_unmeasured")

ROOT = Path(__file__).resolve().parents[2]
# The heartbeat every second instead of every minute; everything else is as it is run for real.
BEAT = """
import sys
from config import celery_app
celery_app.conf.beat_schedule["heartbeat"]["schedule"] = 1.0
celery_app.start(["beat", f"--schedule={sys.argv[1]}", "--pidfile=", "--max-interval=1"])
"""


def address_of_test_database() -> str:
    used = connection.settings_dict
    account = f"{quote(used['USER'])}:{quote(used['PASSWORD'])}" if used["PASSWORD"] else quote(used["USER"])
    return (
        f"postgresql://{account}@:{used['PORT'] or 5432}/{used['NAME']}?{urlencode({'host': used['HOST']})}"
    )


@contextmanager
def worker_and_beat(data_dir: Path, **variables: str) -> Iterator[None]:
    inherited = {name: value for name, value in os.environ.items() if name != "CELERY_BROKER_URL"}
    environment = {
        **inherited,
        "BURSAR_MODE": "development",
        "BURSAR_DATA_DIR": str(data_dir),
        "DATABASE_URL": address_of_test_database(),
        **variables,
    }
    worker = [sys.executable, "-m", "celery", "--app=config", "worker", "--concurrency=1", "--purge"]
    beat = [sys.executable, "-c", BEAT, str(data_dir / "beat-schedule")]
    with (data_dir / "said.txt").open("w") as said:
        processes = [
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            for command in (worker, beat)
        ]
        try:
            yield
        finally:
            # To end in good order is the supervisor's matter, and takes a worker seconds.
            for process in processes:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for_heartbeat(data_dir: Path) -> JobRun:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        run = JobRun.objects.filter(job=HEARTBEAT, finished_at__isnull=False).first()
        if run:
            return run
        time.sleep(0.1)
    pytest.fail((data_dir / "said.txt").read_text())


@pytest.mark.django_db(transaction=True)
def test_beat_and_worker_meet_over_files_when_no_broker_is_named(tmp_path):
    with worker_and_beat(tmp_path):
        run = wait_for_heartbeat(tmp_path)
    assert run.summary == ""
    assert (tmp_path / "broker" / "messages").is_dir()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_beat_and_worker_meet_over_the_named_broker_and_server(tmp_path):
    with worker_and_beat(tmp_path, CELERY_BROKER_URL=os.environ["CELERY_BROKER_URL"]):
        wait_for_heartbeat(tmp_path)
    assert not (tmp_path / "broker").exists()


@pytest.mark.services
@pytest.mark.django_db
def test_named_server_is_used_and_no_embedded_one_is_started():
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        assert not str(cursor.fetchone()[0]).startswith(str(ROOT))
    assert connection.cursor().connection.info.server_version >= 150_000
    assert not (ROOT / ".data" / "test" / "postgres" / "postmaster.pid").exists()
