"""Real web processes tell administrators that the nightly sweep stopped, while no worker is there at all."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from config.tests.test_jobs import ROOT, address_of_test_database
from foundation.health.jobs import schedules
from foundation.health.models import JobRun
from foundation.notices.models import Notice
from foundation.notices.tests.conftest import mailbox
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

__all__ = ["mailbox"]
# The file as it is, looking every half second instead of every five minutes.
IN_A_HURRY = """
exec(open("gunicorn.conf.py").read())
_start = post_worker_init


def post_worker_init(worker):
    from foundation.health import watch

    watch.FIRST_LOOK_AFTER_SECONDS = 0.1
    watch.Watch.__init__.__kwdefaults__["every"] = 0.5
    _start(worker)
"""


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_web_processes_write_to_administrators_once_and_end_when_asked(tmp_path, mailbox, settings):
    (watched,) = settings.WATCHED_JOBS
    assert watched in schedules()
    ada = make_user("Ada Administrator", Role.ADMINISTRATOR)
    long_ago = timezone.now() - timedelta(hours=30)
    JobRun.objects.create(job=watched, started_at=long_ago, finished_at=long_ago)
    (tmp_path / "hurry.py").write_text(IN_A_HURRY)
    environment = {
        **os.environ,
        "BURSAR_MODE": "development",
        "BURSAR_DATA_DIR": str(tmp_path),
        "DATABASE_URL": address_of_test_database(),
        "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
        # Nobody is there who would carry anything out.
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--preload", "--workers=2", "--threads=2"]
    with (tmp_path / "said.txt").open("w") as said:
        web = subprocess.Popen(
            [*command, f"--config={tmp_path / 'hurry.py'}", "--bind=127.0.0.1:0", "--no-control-socket"],
            cwd=ROOT,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            deadline = time.monotonic() + 60
            while not mailbox.messages and time.monotonic() < deadline:
                time.sleep(0.1)
            # Several looks of both processes later it is still the only one.
            time.sleep(2)
            web.terminate()
            web.wait(timeout=10)
        finally:
            if web.poll() is None:
                os.killpg(web.pid, signal.SIGKILL)
                web.wait()
    assert [(message["To"], message["Subject"]) for message in mailbox.messages] == [
        (ada.email, "Sweep renewals has not run for 30 hours")
    ], (tmp_path / "said.txt").read_text()
    assert web.returncode == 0
    assert Notice.objects.get().state == "sent"
