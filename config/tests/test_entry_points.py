"""The ways Bursar is loaded and ended: by web servers and by manage.py."""

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from asgiref.testing import ApplicationCommunicator

from config.asgi import application as asgi
from config.wsgi import application as wsgi


@pytest.mark.django_db
def test_wsgi_server_gets_an_answer():
    said = []

    def start_response(status, headers, problem=None):
        said.append(status)
        return lambda body: None

    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/healthz", "SERVER_NAME": "x", "SERVER_PORT": "80"}
    wsgi({**request, "wsgi.input": BytesIO()}, start_response)
    assert said == ["200 OK"]


def test_asgi_server_gets_an_answer():
    async def ask() -> int:
        scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": [], "query_string": b""}
        communicator = ApplicationCommunicator(asgi, scope)
        await communicator.send_input({"type": "http.request", "body": b""})
        answer = await communicator.receive_output(timeout=10)
        await communicator.receive_output(timeout=10)
        await communicator.wait(timeout=10)
        return int(answer["status"])

    # In a thread of its own: the browser tests keep an event loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as aside:
        assert aside.submit(asyncio.run, ask()).result(timeout=30) == 200


@pytest.mark.usefixtures("programs_unmeasured")
def test_a_command_that_is_asked_to_end_takes_the_private_server_with_it(tmp_path, settings):
    variables = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    ended = subprocess.run(
        [
            *(sys.executable, "manage.py", "shell", "--command"),
            "import os, signal, time; os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        ],
        cwd=settings.BASE_DIR,
        env=variables | {"BURSAR_DATA_DIR": str(tmp_path)},
        timeout=120,
        check=False,
    )
    assert ended.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.rglob("PG_VERSION"))
    assert not list(tmp_path.rglob("postmaster.pid"))
