"""Error answers that REST framework has no exception for."""

import structlog
from rest_framework import status
from rest_framework.exceptions import APIException


class ConflictAnswer(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "This contradicts what is recorded. Read the record again and repeat your change on it."
    default_code = "conflict"


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "Somebody changed this record after you read it. Read it again and repeat your change on what you find."
    default_code = "stale_record"


class RequestTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is too large. Send it in parts."
    default_code = "request_too_large"


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = (
        "This Idempotency-Key was already used for another request. Use a new key for a new request, "
        "and the same key only to repeat the same one."
    )
    default_code = "idempotency_key_reused"


class Broken(APIException):
    """What a caller is told when we fail: nothing but how to ask about it."""

    def __init__(self) -> None:
        request_id = structlog.contextvars.get_contextvars().get("request_id", "unknown")
        super().__init__(
            f"Something went wrong on our side, and nothing was written. Quote the request id {request_id} "
            "when you ask about it.",
            code="error",
        )
