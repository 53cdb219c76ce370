"""The body of a call that sends usage: taken to a file as it comes, so that its rows can be read one by one."""

import tempfile
from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import BaseParser

from foundation.api.exceptions import RequestTooLarge
from sponsors.inkind.rules.imports import LARGEST_CALL

_IN_MEMORY = 1 << 20
_AT_ONCE = 1 << 18


class _UsageParser(BaseParser):
    """Keeps the bytes as they come; the format is told by what they hold. The view closes its `body`."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # the view closes it
        (parser_context or {})["view"].body = body
        size = 0
        while block := stream.read(_AT_ONCE):
            size += len(block)
            if size > LARGEST_CALL:
                raise RequestTooLarge
            body.write(block)
        body.seek(0)
        return UploadedFile(body, name="request", content_type=media_type, size=size)


class JsonUsageParser(_UsageParser):
    media_type = "application/json"


class NdjsonUsageParser(_UsageParser):
    media_type = "application/x-ndjson"


class CsvUsageParser(_UsageParser):
    media_type = "text/csv"


USAGE_PARSERS = [JsonUsageParser, NdjsonUsageParser, CsvUsageParser]
