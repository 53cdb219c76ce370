"""`Idempotency-Key`: a write repeated with the same key is done once and answered the same."""

import functools
import hashlib
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import transaction
from django.http import HttpResponse
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.exceptions import KeyReused
from foundation.api.models import IdempotencyRecord
from foundation.api.renderers import JsonRenderer

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from foundation.people.models import User

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("ETag", "Location")

Answer = Response | HttpResponse
Method = TypeVar("Method", bound=Callable[..., Any])


def idempotent(method: Method) -> Method:
    """Make a view's write repeatable under a key, within one transaction.

    The first caller's row is the lock: a second one with the same key waits for it and then gets
    the answer it left. A write that fails leaves no row, so it may be tried again with the same key.
    """

    @functools.wraps(method)
    def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> Answer:
        key = request.headers.get(KEY_HEADER)
        if key is None:
            answer: Answer = method(view, request, *args, **kwargs)
            return answer
        if not _KEY.fullmatch(key):
            msg = "An Idempotency-Key is 1 to 255 visible ASCII characters without spaces, such as a UUID."
            raise ValidationError({KEY_HEADER: msg})
        digest = _request_digest(request)
        user = cast("User", request.user)  # permissions let nobody else in
        with transaction.atomic():
            # Waits while another transaction holds the same key.
            IdempotencyRecord.objects.bulk_create(
                [IdempotencyRecord(user=user, key=key, request_digest=digest)], ignore_conflicts=True
            )
            record = IdempotencyRecord.objects.select_for_update().get(user=user, key=key)
            if record.request_digest != digest:
                raise KeyReused
            if record.status is not None:
                return _replay(record)
            answer = method(view, request, *args, **kwargs)
            _remember(record, answer)
        return answer

    run.is_idempotent = True  # type: ignore[attr-defined]  # the schema documents the header by it
    return run  # type: ignore[return-value]  # the same method, wrapped


def _request_digest(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, separators=(",", ":"), default=_file_digest)
    text = "\n".join([request.method or "", request.get_full_path(), body])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _file_digest(file: "UploadedFile[Any]") -> str:
    """Return what stands for an uploaded file; anything else in a request is JSON already."""
    digest = hashlib.sha256(f"{file.name}\n".encode("utf-8", "surrogatepass"))
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _remember(record: IdempotencyRecord, answer: Answer) -> None:
    body = JsonRenderer().render(answer.data) if isinstance(answer, Response) else answer.content
    record.status = answer.status_code
    record.body = body.decode()
    record.headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    record.save(update_fields=["status", "body", "headers"])


def _replay(record: IdempotencyRecord) -> HttpResponse:
    answered = record.status or status.HTTP_200_OK
    response = HttpResponse(record.body, status=answered, content_type="application/json")
    for name, value in record.headers.items():
        response[name] = value
    response[REPLAYED_HEADER] = "true"
    return response
