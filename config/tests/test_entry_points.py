"""The ways a web server may load Bursar."""

import asyncio
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
