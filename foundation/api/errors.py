"""One shape for every error answer: `{"type": …, "errors": [{"code", "detail", "attr"}]}`."""

from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError
from django.db import Error as DatabaseError
from django.urls import reverse
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework.exceptions import APIException, ErrorDetail, NotAuthenticated, ValidationError
from rest_framework.response import Response

from foundation.api.exceptions import Broken, ConflictAnswer, RequestTooLarge
from foundation.api.renderers import JsonRenderer
from foundation.errors import WAITED_TOO_LONG, Conflict, RuleViolation, collision, is_collision

log = structlog.get_logger(__name__)

# SQLSTATE of what the database refuses because other rows contradict it: our own triggers, a row
# that is pointed to, and a value that is taken.
_CONTRADICTIONS = {"23000", "23001", "23503", "23505", "23P01"}


def handle_exception(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    # An error is JSON whatever was asked for: a spreadsheet program shows it better than an empty file.
    request = context.get("request")
    if request is not None:
        request.accepted_renderer = JsonRenderer()
        request.accepted_media_type = JsonRenderer.media_type
    return _Handler(exc, context).run()


class _Handler(ExceptionHandler):
    def should_not_handle(self, exc: Exception) -> bool:  # noqa: ARG002  # the package's signature
        return False

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, RuleViolation):
            return _of_rule(exc)
        if isinstance(exc, NotAuthenticated):
            # In place: REST framework has put the status and the header for clients on it already.
            address = settings.BASE_URL + reverse("account_tokens")
            exc.detail = ErrorDetail(
                f"Send Authorization: Token …; make one under {address}.", exc.default_code
            )
            return exc
        if isinstance(exc, RequestDataTooBig):
            return RequestTooLarge()
        if isinstance(exc, DatabaseError):
            return _of_database(exc)
        return super().convert_known_exceptions(exc)

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        data: dict[str, Any] = super().format_exception(exc)
        for error in data["errors"]:
            # Django's forms may give a sentence without a code.
            error["code"] = error["code"] or "invalid"
            error["detail"], error["attr"] = _writable(error["detail"]), _writable(error["attr"])
        return data

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        return exc if isinstance(exc, APIException) else Broken()


def _writable(text: str | None) -> str | None:
    """Return the text with a question mark for each half of a character, which JSON may send and nobody can write."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _of_rule(exc: RuleViolation) -> APIException:
    sentence = ErrorDetail(exc.message, code=exc.code)
    detail: Any = {exc.field: [sentence]} if exc.field else [sentence]
    return ConflictAnswer(detail) if isinstance(exc, Conflict) else ValidationError(detail)


def _of_database(exc: DatabaseError) -> Exception:
    """Return a conflict when two writers or two records contradict each other, else the error itself."""
    state = getattr(exc.__cause__, "sqlstate", None)
    if isinstance(exc, DataError):
        log.warning("value out of range", sqlstate=state)
        return ValidationError(
            [ErrorDetail("A value is out of range. Choose a usual one.", code="out_of_range")]
        )
    if state == WAITED_TOO_LONG:
        log.warning("waited too long for another writer")
        return _of_rule(collision(exc))
    if is_collision(exc) or (isinstance(exc, IntegrityError) and state in _CONTRADICTIONS):
        log.warning("refused by the database", sqlstate=state)
        return ConflictAnswer()
    return exc
