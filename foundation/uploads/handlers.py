"""Keeps a request with a huge file from filling the disk before anybody has looked at it."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from foundation.uploads.rules import MEGABYTE

# Somewhat more than the largest file that any form takes (an import of 10 MB).
LARGEST_KEPT = 12 * MEGABYTE


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Keep a file on disk until it grows too large; from then on only count it.

    The form sees the file's true size and answers with its own sentence, without reading it.
    """

    received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        return super().receive_data_chunk(raw_data, start) if self.received <= LARGEST_KEPT else None

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        del file_size
        return super().file_complete(self.received)
