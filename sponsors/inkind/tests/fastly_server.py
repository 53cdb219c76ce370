"""A provider on this computer: a real HTTP server that answers in the recorded shapes, and stumbles when told to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-that-nobody-may-see"
HOUR = 3600
Rows = list[dict[str, Any]]


def bucket(start: int, service: str, *, requests: int = 1000, **more: Any) -> dict[str, Any]:
    """Return a row with some of the fields that one has; the names and types are those of recorded answers."""
    hits = requests * 99 // 100
    return {
        "start_time": start,
        "service_id": service,
        "requests": requests,
        "hits": hits,
        "miss": requests - hits,
        "pass": 0,
        "errors": requests // 1000,
        "hit_ratio": hits / requests if requests else None,
        "bandwidth": requests * 1500,
        "resp_header_bytes": requests * 500,
        "resp_body_bytes": requests * 1000,
        "edge_requests": requests,
        "edge_resp_header_bytes": requests * 400,
        "edge_resp_body_bytes": requests * 1000,
        "origin_fetch_resp_header_bytes": requests * 5,
        "origin_fetch_resp_body_bytes": requests * 10,
        "hits_time": 0.021048,
        "status_2xx": requests,
        **more,
    }


def envelope(data: Any, *, by: str = "hour", region: str = "all", first: int = 0, before: int = 0) -> bytes:
    """Return the answer as the API wraps it; the text format of the dates varies between versions."""
    written = {
        name: f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
        for name, moment in (("to", before), ("from", first))
    }
    return json.dumps(
        {"data": data, "meta": {**written, "by": by, "region": region}, "status": "success", "msg": None}
    ).encode()


class Provider:
    """What the server knows and does. `rows(service, region, first, before)` makes the data of an answer.

    `faults` are done one after the other, a call each, before anything is answered as it should be.
    """

    def __init__(self) -> None:
        self.url = ""
        self.regions: list[str] = ["usa"]
        self.rows: Callable[[str, str, int, int], Rows] = steady_rows
        self.faults: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.asked: list[str] = []
        self.tokens: list[str | None] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.tokens.append(handler.headers.get("Fastly-Key"))
        if self.faults:
            self.faults.pop(0)(handler)
            return
        parts = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/stats/regions":
            send(handler, envelope(self.regions, by="day"))
            return
        service = parts.path.rsplit("/", 1)[1]
        first, before = int(asked["from"]), int(asked["to"])
        data = self.rows(service, asked["region"], first, before)
        send(
            handler,
            envelope(data, by=asked["by"], region=asked["region"], first=first, before=before),
        )

    def windows(self) -> list[tuple[str, int, int]]:
        """Return region, start and end of each question about a service."""
        found = []
        for path in self.asked:
            asked = parse_qs(urlsplit(path).query)
            if asked:
                found.append((asked["region"][0], int(asked["from"][0]), int(asked["to"][0])))
        return found


def steady_rows(service: str, _region: str, first: int, before: int) -> Rows:
    return [bucket(start, service) for start in range(first, before, HOUR)]


@contextmanager
def provider() -> Iterator[Provider]:
    """Run the server on a free port of this computer until the block ends."""
    does = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            does.answer(self)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    does.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield does
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# Faults ----------------------------------------------------------------------------------------


def send(handler: BaseHTTPRequestHandler, body: bytes, *, code: int = 200, **headers: str) -> None:
    handler.send_response(code)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Length": str(len(body)), **given}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def refuses(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, b'{"msg": "no"}', code=code, **headers)


def says(body: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, body)


def ends_early(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent."""
    send(handler, b'{"data": [{"start_', Content_Length="100000")


def ends_early_in_chunks(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"1000\r\n{")
    handler.close_connection = True


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def is_slow(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    def wait(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        # Whoever asked does not listen any more.
        with suppress(OSError):
            send(handler, envelope([]))

    return wait


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send a little at a time, until whoever asked does not listen any more."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.01)
