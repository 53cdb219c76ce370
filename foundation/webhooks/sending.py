"""One POST to an address that somebody typed in: no redirects, little patience, no way into the house."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from foundation.errors import RuleViolation
from foundation.webhooks.rules import may_connect

CONNECT_SECONDS = 5.0
# The whole conversation: a receiver that says a letter a second would hold a worker for ever.
LONGEST_SECONDS = 15.0
_ANSWER_READ = 300
_GOOD = range(200, 300)
_REDIRECTS = range(300, 400)


class MayNotConnect(RuleViolation):
    """The name leads to an address that messages do not go to."""

    code = "webhook_address_private"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said: its status, and how its text begins."""

    status: int
    text: str

    @property
    def is_good(self) -> bool:
        return self.status in _GOOD

    def __str__(self) -> str:
        if self.status in _REDIRECTS:
            return f"{self.status}: it leads elsewhere, which is not followed. Give the final address."
        return f"{self.status} {self.text}".rstrip()


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool, loopback: bool) -> Answer:
    """Send the body as JSON and return the answer.

    Raises MayNotConnect, OSError (which covers names, connections, certificates and time-outs) or
    HTTPException. The name is resolved once, and the connection goes to what was looked at then.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    addresses = _addresses(host, port, private=private, loopback=loopback)
    with _Line(_connected(addresses, port)) as line:
        if secure:
            line.secure(host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = line.stream
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "Bursar", **headers}
        connection.request("POST", target, body, sent)
        with connection.getresponse() as response:
            return Answer(response.status, _readable(response.read(_ANSWER_READ)))


class _Line:
    """A connection that is cut when the conversation takes too long."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self._watch = threading.Timer(LONGEST_SECONDS, self._cut)
        self._watch.daemon = True

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._watch.cancel()
        self.stream.close()

    def secure(self, host: str) -> None:
        """Go on over TLS, once the other side has proved to be the host."""
        context = ssl.create_default_context()
        self.stream = wrapped = context.wrap_socket(
            self.stream, server_hostname=host, do_handshake_on_connect=False
        )
        wrapped.do_handshake()

    def _cut(self) -> None:
        with suppress(OSError):
            # The plain one: that of TLS takes its state from under whoever reads at this moment.
            socket.socket.shutdown(self.stream, socket.SHUT_RDWR)


def _addresses(host: str, port: int, *, private: bool, loopback: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host} cannot be the name of a computer.") from error
    addresses = list(dict.fromkeys(str(place[0]) for *_kind, place in found))
    for address in addresses:
        if not may_connect(address.partition("%")[0], private=private, loopback=loopback):
            msg = (
                f"{host} leads to {address}, which is no public address. Set WEBHOOK_ALLOW_PRIVATE when "
                "messages may go to private ones."
            )
            raise MayNotConnect(msg)
    return addresses


def _connected(addresses: list[str], port: int) -> socket.socket:
    problem = OSError("The name has no address.")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=CONNECT_SECONDS)
        except OSError as error:
            problem = error
    raise problem


def _readable(said: bytes) -> str:
    text = said.decode(errors="replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
