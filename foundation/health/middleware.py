"""`/healthz` and `/readyz`, answered before host names, sessions or TLS are looked at."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone

from foundation.health.selectors import readiness

Handler = Callable[[HttpRequest], HttpResponse]


# The heartbeat is all that is missing in the first seconds of a start, which is no fault.
_WAITS_FOR = {
    "database": "the database to answer",
    "migrations": "`python manage.py migrate` to bring the tables up to date",
    "broker": "the broker of the jobs to answer",
    "heartbeat": "a worker to carry out a heartbeat that beat sends; both do so seconds after their start",
}


class HealthMiddleware:
    """Health checks come from inside: by address, without TLS, and while the database is away."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.pages = {"/healthz": healthz, "/readyz": readyz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self.pages.get(request.path)
        if page is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = page()
        response["Cache-Control"] = "no-store"
        return response


def healthz() -> HttpResponse:
    """Alive: the process answers. Asks nothing else of anybody, so that a restart is not the cure for a database."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz() -> HttpResponse:
    """Ready: all that is needed works; 503 otherwise, naming the part and what it waits for."""
    parts = readiness(timezone.now())
    ready = all(parts.values())
    answer = {"ready": ready, "parts": {part: "ok" if works else "failed" for part, works in parts.items()}}
    if not ready:
        answer["waits_for"] = [_WAITS_FOR[part] for part, works in parts.items() if not works]
    return JsonResponse(answer, status=200 if ready else 503)
