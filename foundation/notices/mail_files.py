"""Mail as files, where no mail server is set: each a file that a mail program opens."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend as FileBackend
from django.utils import timezone


class EmailBackend(FileBackend):
    """Django's writes all mails of a connection into one `.log`, with lines between them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            name = f"{timezone.now():%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.eml"
            Path(self.file_path, name).write_bytes(message.message().as_bytes())
        return len(email_messages)
