"""A real receiver on this machine, and what counts wake-ups instead of calling a broker."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Receiver:
    """What was received, and how it is to be answered."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], str]] = []
        self.status = 204
        self.text = b""
        self.headers: dict[str, str] = {}
        self.url = ""

    @property
    def numbers(self) -> list[str]:
        return [headers["webhook-id"] for _path, headers, _body in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    box = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name the standard library asks for
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            box.received.append((self.path, headers, body))
            self.send_response(box.status)
            for name, value in box.headers.items():
                self.send_header(name, value)
            if box.status != 204:
                self.send_header("Content-Length", str(len(box.text)))
            self.end_headers()
            self.wfile.write(box.text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as in the standard library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_port}"
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr("foundation.webhooks.tasks.wake_sender", lambda: calls.append("woken"))
    return calls
