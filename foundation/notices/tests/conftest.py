"""A real mail server on this machine, and notices to send through it."""

import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from foundation.notices.models import Notice
from foundation.notices.services import queue_notice


class Mailbox:
    """What the server took in, and how it should answer."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipient_answer = ""
        self.data_answer = ""

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if self.data_answer:
            return self.data_answer
        assert isinstance(envelope.content, bytes)
        self.messages.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield box
    controller.stop()


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """Counts the wake-ups instead of calling a broker."""
    calls: list[str] = []
    monkeypatch.setattr("foundation.notices.tasks.wake_sender", lambda: calls.append("woken"))
    return calls


@pytest.fixture
def queue(woken) -> Callable[..., Notice]:
    def write(key: str = "invitation:1", **changes) -> Notice:
        values = {
            "actor": None,
            "kind": "invitation",
            "key": key,
            "recipient": "new@foundation.example",
            "subject": "Come in",
            "template": "invitation",
            "context": {
                "name": "Niamh O'Neill",
                "invited_by": "Ada Administrator",
                "roles": "Finance",
                "address": "http://localhost:8000/account/invitation/secret/",
                "expires": "29 May 2026",
            },
        }
        return queue_notice(**(values | changes))

    return write
