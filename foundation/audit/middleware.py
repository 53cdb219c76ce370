"""Gives every request an id and every change made by it an actor."""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from foundation.audit.actions import acting
from foundation.audit.secret_paths import without_secrets

Handler = Callable[[HttpRequest], HttpResponse]
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Take the proxy's X-Request-ID when it is well formed, else make one; log and return it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                # Django's own words, once an answer; it would say them when the id and the actor are forgotten.
                log_response(
                    "%s: %s", response.reason_phrase, request.path, response=response, request=request
                )
            return response
        finally:
            structlog.contextvars.clear_contextvars()


class ActorMiddleware:
    """Record changes that come from no service (sign-in, sessions) under the page that made them."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = request.user if request.user.is_authenticated else None
        if actor:
            structlog.contextvars.bind_contextvars(actor=actor.pk)
        with acting(f"{request.method} {without_secrets(request.path)}", actor=actor):
            return self.get_response(request)
